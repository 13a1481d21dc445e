// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Where the module of a token is.
package enum ModuleLocation {
    /// The variables that name a module, ours first; the second is that of securesystemslib.
    package static let variables = ["CARNET_PKCS11_MODULE", "PYKCS11LIB"]

    /// The folders in which distributions put modules.
    private static let folders: [String] = {
        let roots = [
            "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
            "/usr/local/lib", "/opt/homebrew/lib",
        ]
        return roots.flatMap { [$0, "\($0)/pkcs11", "\($0)/softhsm"] }
    }()

    private static let usualNames = [
        "libykcs11", "opensc-pkcs11", "libsofthsm2", "libtpm2_pkcs11", "yubihsm_pkcs11",
        "p11-kit-proxy",
    ]

    /// The well-known modules that this machine has, to be proposed.
    package static func usual() -> [String] {
        usualNames.compactMap { name in first([name]) }
    }

    /// The path of the module: as given, of the URI, or of the environment, in this order.
    ///
    /// - Parameters:
    ///   - given: what the user named beside the URI.
    ///   - environment: the value of a variable.
    /// - Throws: ``TokenError/noModule(usual:)``, `.moduleName`, `.module`.
    package static func path(
        given: String? = nil, for uri: PKCS11URI,
        environment: (String) -> String? = variable
    ) throws(TokenError) -> String {
        if let given, !given.isEmpty { return try checked(given) }
        if let path = uri.modulePath {
            guard let name = uri.moduleName else { return try checked(path) }
            // A path beside a name is that of a folder (RFC 7512 §2.3).
            guard let found = file(named: name, in: [path]) else {
                throw .moduleName(name, folder: path)
            }
            return found
        }
        if let name = uri.moduleName {
            guard let found = file(named: name, in: folders) else {
                throw .moduleName(name, folder: nil)
            }
            return found
        }
        for name in variables {
            if let value = environment(name), !value.isEmpty { return try checked(value) }
        }
        throw .noModule(usual: usual())
    }

    /// The system's variable.
    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// A file name alone is looked for by the system; a path must not depend on the current
    /// folder.
    private static func checked(_ path: String) throws(TokenError) -> String {
        let slash = UInt8(ascii: "/")
        guard path.utf8.first == slash || !path.utf8.contains(slash), !path.utf8.contains(0)
        else { throw .module(path: path, .notLoaded("a path from / on is expected")) }
        return path
    }

    private static func file(named name: String, in folders: [String]) -> String? {
        first(["lib\(name)", name, "\(name)-pkcs11", "lib\(name)-pkcs11"], in: folders)
    }

    private static func first(_ names: [String], in folders: [String] = folders) -> String? {
        for folder in folders {
            for name in names where access("\(folder)/\(name).so", R_OK) == 0 {
                return "\(folder)/\(name).so"
            }
        }
        return nil
    }
}
