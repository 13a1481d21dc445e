// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A folder of a test's own; removed with its last reference, and all that is in it.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/carnet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { _ = try? Command.run(["rm", "-r", path]) }

    /// Makes a file.
    ///
    /// - Returns: its path.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = "\(path)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError(code: errno)
        }
        return path
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Makes `key.pem` and `certificate.pem`, which nobody else trusts, for 127.0.0.1.
    func makeCertificate() throws {
        // Another name each time: one name for two certificates confuses whoever looks them up.
        let name = "/CN=test \(UInt64.random(in: 0...(.max)))"
        let made = try Command.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", name, "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", path + "/key.pem", "-out", path + "/certificate.pem",
        ])
        guard made == 0 else { throw SystemError(code: made) }
    }
}
