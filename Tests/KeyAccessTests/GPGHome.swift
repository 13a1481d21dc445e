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

    /// Makes a primary key; gives its fingerprint in lower-case digits.
    func makeKey(
        _ algorithm: String, _ usage: String = "sign", name: String = "a",
        expires: String = "never"
    ) throws -> String {
        try gpg([
            "--quick-gen-key", "\(algorithm) <\(name)@example.org>", algorithm, usage, expires,
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
