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
            let folder = try TestFolder()
            try folder.write(body, to: "a b#c?d")
            let transport = transport()
            let url = "file://\(folder.path)/a%20b%23c%3fd"
            #expect(try await transport.fetch(url, maximumBytes: 600_000) == body)
            #expect(
                await failure(transport, url, maximumBytes: 599_999)
                    == .tooLarge(maximumBytes: 599_999))
            #expect(!transport.isRunning)
        }

        @Test("a missing file is not found")
        func missing() async throws {
            let folder = try TestFolder()
            let path = try folder.write([1], to: "a")
            let transport = transport()
            #expect(await failure(transport, "file://\(folder.path)/b") == .notFound)
            #expect(await failure(transport, "file://\(path)/b") == .notFound)
        }

        @Test("a directory, a FIFO and a device are no files")
        func irregular() async throws {
            let folder = try TestFolder()
            #expect(mkfifo(folder.path + "/fifo", 0o600) == 0)
            for path in [folder.path, folder.path + "/fifo", "/dev/zero"] {
                #expect(
                    await failure(transport(), "file://\(path)")
                        == .unreachable("no regular file"))
            }
        }

        @Test("a sink may refuse a local file")
        func sinkRefuses() async throws {
            let folder = try TestFolder()
            let url = "file://" + (try folder.write(Array(repeating: 1, count: 600_000), to: "a"))
            let sink = RecordingSink(refusingAfter: 1)
            await #expect(throws: FetchError(url: url, reason: .sinkRefused)) {
                try await transport().stream(url, maximumBytes: 600_000, into: sink)
            }
            #expect(sink.calls == 2)
        }

        @Test("a file that is longer than it says ends at the limit")
        func growing() async throws {
            // Files of procfs say 0 bytes and have more.
            let reason = await failure(transport(), "file:///proc/self/maps", maximumBytes: 10)
            #expect(reason == .tooLarge(maximumBytes: 10))
        }

        @Test("the rest of a local file comes from its offset on, within the limit of the whole")
        func rest() async throws {
            let body = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 11) }
            let folder = try TestFolder()
            let url = "file://" + (try folder.write(body, to: "a"))
            let sink = RecordingSink()
            try await transport().stream(url, from: 599_000, maximumBytes: 600_000, into: sink)
            #expect(sink.bytes == Array(body[599_000...]))
            let refused: [(Int, Int, FetchError.Reason)] = [
                (600_000, 600_000, .rangeRefused("600000 bytes, asked from 600000")),
                (5, 599_999, .tooLarge(maximumBytes: 599_999)),
            ]
            for (offset, maximum, reason) in refused {
                await #expect(throws: FetchError(url: url, reason: reason)) {
                    try await transport().stream(
                        url, from: offset, maximumBytes: maximum, into: sink)
                }
            }
        }

        @Test(
            "a host, a query, a broken escape and control characters are refused",
            arguments: [
                "file://example.org/a", "file://", "file://localhost", "file:///a?b", "file:///a#b",
                "file:///a%", "file:///a%2", "file:///a%zz", "file:///a%00", "file:///a%7f",
                "file:///a%0a", "file:a", "file:/a",
            ])
        func malformed(url: String) async {
            guard case .unreachable(let words) = await failure(transport(), url) else {
                Issue.record("expected unreachable")
                return
            }
            #expect(words.hasPrefix("not an absolute URL: "))
        }

        @Test(
            "localhost is the one host that a file may have",
            arguments: ["", "localhost", "LOCALHOST"])
        func host(name: String) async throws {
            let folder = try TestFolder()
            let path = try folder.write([1], to: "a")
            let url = "FILE://\(name)\(path)"
            let bytes = try await transport().fetch(url, maximumBytes: 1)
            #expect(bytes == [1])
        }
    }
}
