// SPDX-License-Identifier: Apache-2.0
import Glibc

/// OpenSSL's test server on 127.0.0.1, with a certificate of its own that nobody else trusts.
final class TLSServer: Sendable {
    let folder: TestFolder
    let port: Int
    private let process: Command

    /// The certificate, for whoever is to trust it.
    var caFile: String { folder.path + "/certificate.pem" }

    /// - Parameter answers: whole HTTP answers, by the names of their paths.
    init(answers: [String: String]) throws {
        folder = try TestFolder()
        for (name, answer) in answers { try folder.write(answer, to: name) }
        try folder.makeCertificate()
        process = try Command([
            "sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path,
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-HTTP",
            "-cert", folder.path + "/certificate.pem", "-key", folder.path + "/key.pem",
        ])
        let line = process.line { $0.hasPrefix("ACCEPT ") }
        port = line?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    func url(_ name: String) -> String { "https://127.0.0.1:\(port)/\(name)" }
}
