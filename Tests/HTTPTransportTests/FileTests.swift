// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTransport
import TUFClient
import Testing

extension TransportTests {
    @Suite("file: URLs")
    struct FileTests {
        @Test("a local file arrives whole, by its percent-encoded name")
        func whole() async throws {
            let body = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 11) }
            try await withFolder { folder in
                try write(body, to: folder + "/a b#c?d")
                let transport = transport()
                let url = "file://\(folder)/a%20b%23c%3fd"
                #expect(try await transport.fetch(url, maximumBytes: 600_000) == body)
                #expect(
                    await failure(transport, url, maximumBytes: 599_999)
                        == .tooLarge(maximumBytes: 599_999))
                #expect(!transport.isRunning)
            }
        }

        @Test("a missing file is not found")
        func missing() async throws {
            try await withFolder { folder in
                try write([1], to: folder + "/a")
                let transport = transport()
                #expect(await failure(transport, "file://\(folder)/b") == .notFound)
                #expect(await failure(transport, "file://\(folder)/a/b") == .notFound)
            }
        }

        @Test("a directory, a FIFO and a device are no files")
        func irregular() async throws {
            try await withFolder { folder in
                #expect(mkfifo(folder + "/fifo", 0o600) == 0)
                for path in [folder, folder + "/fifo", "/dev/zero"] {
                    #expect(
                        await failure(transport(), "file://\(path)")
                            == .unreachable("no regular file"))
                }
            }
        }

        @Test("a sink may refuse a local file")
        func sinkRefuses() async throws {
            try await withFolder { folder in
                try write([UInt8](repeating: 1, count: 600_000), to: folder + "/a")
                let url = "file://\(folder)/a"
                let sink = RecordingSink(refusingAfter: 1)
                await #expect(throws: FetchError(url: url, reason: .sinkRefused)) {
                    try await transport().stream(url, maximumBytes: 600_000, into: sink)
                }
                #expect(sink.calls == 2)
            }
        }

        @Test("a file that is longer than it says ends at the limit")
        func growing() async throws {
            // Files of procfs say 0 bytes and have more.
            let reason = await failure(transport(), "file:///proc/self/maps", maximumBytes: 10)
            #expect(reason == .tooLarge(maximumBytes: 10))
        }

        private func withFolder(_ body: (String) async throws -> Void) async throws {
            var template = Array("/tmp/carnet-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError(code: errno) }
            let folder = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            defer {
                for name in ["/a", "/a b#c?d", "/fifo"] { unlink(folder + name) }
                rmdir(folder)
            }
            try await body(folder)
        }

        private func write(_ bytes: [UInt8], to path: String) throws {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw SystemError(code: errno) }
            defer { close(descriptor) }
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
                throw SystemError(code: errno)
            }
        }
    }
}
