// SPDX-License-Identifier: Apache-2.0
import Glibc
import KeyAccess

/// A keyring of gpg with keys without passphrase; its agent ends with the last reference.
final class GPGHome: Sendable {
    let folder = TestFolder()
    let path: String

    init() throws {
        path = "\(folder.path)/h"
        mkdir(path, 0o700)
    }

    deinit {
        _ = try? run(["gpgconf", "--homedir", path, "--kill", "all"])
    }

    @discardableResult
    func run(_ words: [String]) throws -> String {
        try shell(words, ["LC_ALL": "C", "GNUPGHOME": path])
    }

    @discardableResult
    func gpg(_ words: [String]) throws -> String {
        try run(
            ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""] + words
        )
    }

    /// What gpg exports of a key.
    func export(_ user: String, _ options: [String] = []) throws -> [UInt8] {
        try gpg(["--yes", "--output", "\(folder.path)/export"] + options + ["--export", user])
        return folder.bytes("export") ?? []
    }

    /// A detached signature over bytes.
    func sign(_ message: [UInt8], _ user: String, _ options: [String] = []) throws -> [UInt8] {
        folder.write("message", message)
        try gpg(
            ["--yes", "--output", "\(folder.path)/sig", "--local-user", user]
                + ["--digest-algo", "SHA256"] + options
                + ["--detach-sign", "\(folder.path)/message"])
        return folder.bytes("sig") ?? []
    }

    /// Takes a key back with the certificate that gpg made along with it.
    func revoke(_ fingerprint: String) throws {
        let path = "\(path)/openpgp-revocs.d/\(fingerprint.uppercased()).rev"
        try run(["sed", "-i", "s/^:---/---/", path])
        try gpg(["--import", path])
    }

    /// Answers to the questions of `gpg --edit-key`.
    func edit(_ fingerprint: String, _ answers: String, _ options: String = "") throws {
        try run([
            "sh", "-c",
            "printf '\(answers)' | gpg --batch --quiet --pinentry-mode loopback "
                + "--passphrase '' \(options) --command-fd 0 --yes --edit-key \(fingerprint)",
        ])
    }

    /// Makes a primary key; gives its fingerprint in lower-case digits.
    func makeKey(
        _ algorithm: String, _ usage: String = "sign", name: String = "a",
        expires: String = "never", options: [String] = []
    ) throws -> String {
        try gpg(
            options + [
                "--quick-gen-key", "\(algorithm) <\(name)@example.org>", algorithm, usage,
                expires,
            ])
        return try fingerprints(of: "\(algorithm) <\(name)@example.org>")[0]
    }

    /// Fingerprints of a key and its subkeys.
    func fingerprints(of user: String) throws -> [String] {
        try gpg(["--with-colons", "--list-keys", user]).split(separator: "\n")
            .filter { $0.hasPrefix("fpr:") }
            .map { $0.split(separator: ":", omittingEmptySubsequences: true)[1].lowercased() }
    }

    var environment: ProcessEnvironment {
        var environment = testEnvironment()
        environment["GNUPGHOME"] = path
        return environment
    }
}
