// SPDX-License-Identifier: Apache-2.0
import Glibc

/// nghttp2's server on 127.0.0.1, which speaks HTTP/2 over TLS and nothing else.
final class HTTP2Server: Sendable {
    let folder: TestFolder
    let port: Int
    private let process: Command

    var caFile: String { folder.path + "/certificate.pem" }

    /// - Parameter files: by their names.
    init(files: [String: [UInt8]]) throws {
        folder = try TestFolder()
        for (name, bytes) in files { try folder.write(bytes, to: name) }
        try folder.makeCertificate()
        process = try Command([
            // Line by line, so that nothing of the log is lost when the server ends.
            "stdbuf", "-oL", "nghttpd", "--verbose", "--htdocs=\(folder.path)",
            "--address=127.0.0.1", "0", folder.path + "/key.pem", folder.path + "/certificate.pem",
        ])
        guard process.line(where: { $0.hasPrefix("IPv4: listen ") }) != nil else {
            throw SystemError(code: ECONNREFUSED)
        }
        port = try listeningPort(of: process.identifier)
    }

    func url(_ name: String) -> String { "https://127.0.0.1:\(port)/\(name)" }

    /// Ends the server.
    ///
    /// - Returns: its log, a line for each header field: `[id=1] [  1.2] recv (stream_id=1) :path: /a`.
    func end() -> [String] { process.end() }
}

/// The port that a process listens on; nghttpd takes any free one, but does not tell which.
private func listeningPort(of process: pid_t) throws -> Int {
    let sockets = (0..<64).compactMap { number -> String? in
        var target = [CChar](repeating: 0, count: 64)
        guard readlink("/proc/\(process)/fd/\(number)", &target, 63) > 0 else { return nil }
        let text = String(decoding: target.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix("socket:[") else { return nil }
        return text.dropFirst(8).split(separator: "]").first.map(String.init)
    }
    guard let table = fopen("/proc/net/tcp", "r") else { throw SystemError(code: errno) }
    defer { fclose(table) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, 512, table) != nil {
        let text = String(
            decoding: line.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self)
        let fields = text.split(separator: " ")
        let listening = "0A"
        guard fields.count > 9, fields[3] == listening, sockets.contains(String(fields[9])),
            let port = fields[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) })
        else { continue }
        return port
    }
    throw SystemError(code: ESRCH)
}
