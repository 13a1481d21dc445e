// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage

/// A real registry on 127.0.0.1, on a free port, with its data in a folder of its own: Debian's
/// `docker-registry` 2.8, which has no referrers API, gives all tags in one page, and takes
/// uploads only by POST and PUT.
///
/// It ends with ``stop()`` or with the last reference, by its process id.
package final class DockerRegistry: Sendable {
    /// How a registry is set up.
    package struct Setup: Sendable {
        /// Whether manifests may be removed.
        package var allowsRemoval = true
        /// Whether it wants ``DockerRegistry/user`` and ``DockerRegistry/password``.
        package var wantsPassword = false
        /// Where tokens are to be had for it, and a file with the certificate of whoever signs
        /// them, as issuer `tokens` for the service `registry`.
        package var tokens: (realm: String, certificate: String)?
        /// Files of a certificate for 127.0.0.1 and its key: then it speaks HTTPS alone.
        package var tls: (certificate: String, key: String)?

        package init() {}
    }

    package static let user = "alice"
    package static let password = "open sesame"
    /// As `htpasswd -B` makes it of both, at the least cost that a registry takes.
    private static let passwordLine =
        "alice:$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"

    package let port: Int
    private let folder: TemporaryFolder
    private let process: ServerProcess

    /// - Throws: ``DockerRegistryError`` if the program is not there, or does not begin to answer.
    package init(_ setup: Setup = Setup()) throws {
        folder = try TemporaryFolder()
        port = try LocalHTTP.freePorts(1)[0]
        try folder.write(DockerRegistry.passwordLine + "\n", to: "htpasswd")
        var lines = [
            "version: 0.1", "log: {level: warn, accesslog: {disabled: true}}", "storage:",
            "  filesystem: {rootdirectory: \(folder("data")), maxthreads: 100}",
            "  delete: {enabled: \(setup.allowsRemoval)}",
        ]
        let tls = setup.tls.map { ", tls: {certificate: \($0.certificate), key: \($0.key)}" } ?? ""
        lines.append("http: {addr: \"127.0.0.1:\(port)\"\(tls)}")
        if setup.wantsPassword {
            lines.append("auth: {htpasswd: {realm: test, path: \(folder("htpasswd"))}}")
        }
        if let tokens = setup.tokens {
            lines.append(
                "auth: {token: {realm: \"\(tokens.realm)\", service: registry, issuer: tokens, "
                    + "rootcertbundle: \(tokens.certificate)}}")
        }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "config.yml")
        process = try ServerProcess(
            ["/usr/bin/docker-registry", "serve", folder("config.yml")], log: folder("log"))
        try start()
    }

    // Before its folder goes.
    deinit { stop() }

    /// `oci://…` of a repository in it.
    package func url(_ name: String = "demo") -> String { "oci://127.0.0.1:\(port)/\(name)" }

    /// The URL of a path of its API.
    package func httpURL(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// `127.0.0.1:port`.
    package var host: String { "127.0.0.1:\(port)" }

    /// Writes a manifest and its tag to where the registry keeps them, without asking it: what
    /// thousands of uploads would leave there.
    ///
    /// - Parameter digest: of the manifest, SHA-256 in hexadecimal digits.
    package func seed(_ name: String, tag: String, manifest: [UInt8], digest: String) throws {
        try folder.write(
            String(decoding: manifest, as: UTF8.self),
            to: "\(DockerRegistry.root)/blobs/sha256/\(digest.prefix(2))/\(digest)/data")
        try folder.write(
            "sha256:\(digest)",
            to: "\(manifests(name))/revisions/sha256/\(digest)/link")
        try seed(name, tag: tag, digest: digest)
    }

    /// Writes a tag alone.
    package func seed(_ name: String, tag: String, digest: String) throws {
        try folder.write("sha256:\(digest)", to: "\(manifests(name))/tags/\(tag)/current/link")
    }

    private static let root = "data/docker/registry/v2"

    private func manifests(_ name: String) -> String {
        "\(DockerRegistry.root)/repositories/\(name)/_manifests"
    }

    /// Puts other bytes in the place of a content, as a damaged disk does.
    ///
    /// - Parameter digest: SHA-256 of the content in hexadecimal digits.
    package func damage(_ digest: String, with text: String) throws {
        try folder.write(
            text, to: "\(DockerRegistry.root)/blobs/sha256/\(digest.prefix(2))/\(digest)/data")
    }

    /// Takes a content away, as an operator does.
    package func removeContent(_ digest: String) throws {
        try FileSystem.remove(
            folder("\(DockerRegistry.root)/blobs/sha256/\(digest.prefix(2))/\(digest)/data"))
    }

    /// Begins again where it was stopped, on the same port.
    package func start() throws {
        try process.start()
        for _ in 0..<1000 where process.isRunning {
            if LocalHTTP.ask(port, "/") != nil { return }
            usleep(10_000)
        }
        throw DockerRegistryError(words: (try? folder.text("log")) ?? "no answer")
    }

    /// Ends it at once; what it acknowledged stays.
    package func stop() { process.end() }
}

/// Why there is no registry.
package struct DockerRegistryError: Error { package let words: String }
