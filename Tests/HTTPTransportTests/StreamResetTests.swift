// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("HTTP/2: a stream that is reset in the middle of a file")
    struct StreamResetTests {
        private static let length = 200_000
        private let body = HTTP2Frames.file(length)

        @Test(
            "it is asked for once more over the same connection, and each byte is taken once",
            arguments: [2, 1, 11])
        func repeated(code: Int) async throws {
            let server = try HTTP2Frames(
                length: Self.length, resets: [(50_000, code), (120_000, code)])
            let transport = transport(caFile: server.caFile)
            let sink = RecordingSink()
            try await transport.stream(server.url, maximumBytes: Self.length, into: sink)
            #expect(sink.bytes == body)
            // The other side counts on: one stream after the other of one connection.
            #expect(server.end() == [1, 3, 5])
        }

        @Test("a file for memory begins anew")
        func memory() async throws {
            let server = try HTTP2Frames(length: Self.length, resets: [(50_000, 2), (-1, 2)])
            let transport = transport(caFile: server.caFile)
            let bytes = try await transport.fetch(server.url, maximumBytes: Self.length)
            #expect(bytes == body)
            #expect(server.end() == [1, 3, 5])
        }

        @Test("one that is refused before it was looked at is asked for once more, too")
        func refused() async throws {
            let server = try HTTP2Frames(length: Self.length, resets: [(-1, 7)])
            let transport = transport(caFile: server.caFile)
            #expect(try await transport.fetch(server.url, maximumBytes: Self.length) == body)
        }

        @Test("after the last repetition it is a file cut short, and what came can be gone on with")
        func cutShort() async throws {
            let server = try HTTP2Frames(
                length: Self.length, resets: [(50_000, 2), (50_000, 2), (50_000, 2), (60_000, 2)])
            let transport = transport(caFile: server.caFile)
            let sink = RecordingSink()
            await #expect(throws: FetchError(url: server.url, reason: .truncated)) {
                try await transport.stream(server.url, maximumBytes: Self.length, into: sink)
            }
            let kept = sink.bytes
            #expect(kept == Array(body.prefix(kept.count)) && kept.count <= 50_000)
            let rest = RecordingSink()
            try await transport.stream(
                server.url, from: kept.count, maximumBytes: Self.length, into: rest)
            #expect(kept + rest.bytes == body)
        }

        @Test("a stream that ends too early or too late without a reset is no file")
        func wrongLength() async throws {
            let server = try HTTP2Frames(length: Self.length, resets: [(50_000, 0)])
            // NO_ERROR says that the answer is whole; the announced length says it is not.
            let transport = transport(caFile: server.caFile) { $0.retries = 0 }
            #expect(
                await failure(transport, server.url, maximumBytes: Self.length) == .truncated)
        }
    }
}
