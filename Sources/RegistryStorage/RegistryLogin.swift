// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import KeyAccess
import MetadataSigning

/// Who we are to a registry. No message shows the password.
package enum RegistryLogin: Sendable {
    /// Nobody.
    ///
    /// - Parameter remark: why, for whoever is refused; empty if there is nothing to say.
    case anonymous(remark: String)
    case password(user: String, password: String)

    /// What `Authorization: Basic` takes; `nil` for nobody.
    var basic: String? {
        guard case .password(let user, let password) = self else { return nil }
        return base64(Array("\(user):\(password)".utf8))
    }

    var remark: String {
        guard case .anonymous(let remark) = self else { return "" }
        return remark
    }

    /// Looks for credentials where docker, podman and skopeo leave them: in `$REGISTRY_AUTH_FILE`,
    /// or else in `$DOCKER_CONFIG/config.json`, or else in `~/.docker/config.json`.
    ///
    /// Runs `docker-credential-…` if such a file names one.
    ///
    /// - Throws: ``RegistryError/credentials(path:_:)`` if a file is named and not there, or
    ///   cannot be read.
    package static func find(
        for place: RegistryPlace, _ environment: ProcessEnvironment
    ) throws(RegistryError) -> RegistryLogin {
        func value(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value
        }
        let isNamed = value("REGISTRY_AUTH_FILE") != nil
        let path =
            value("REGISTRY_AUTH_FILE") ?? value("DOCKER_CONFIG").map { "\($0)/config.json" }
            ?? value("HOME").map { "\($0)/.docker/config.json" }
        guard let path else { return .anonymous(remark: "") }
        guard let file = try CredentialFile(path) else {
            guard !isNamed else { throw .credentials(path: path, "named and not there") }
            return .anonymous(remark: "")
        }
        if let helper = file.helper(for: place) {
            return try CredentialHelper(helper).login(for: place, environment)
        }
        return try file.login(for: place)
    }
}

extension RegistryLogin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .anonymous: "anonymous"
        case .password(let user, _): "user \(quoted(user))"
        }
    }
}
