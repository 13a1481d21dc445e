// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("HTTP/2")
    struct HTTP2Tests {
        @Test("files arrive whole over one connection, many at a time, and in part")
        func files() async throws {
            let body = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
            let server = try HTTP2Server(files: ["a": body, "empty": []])
            let transport = transport(caFile: server.caFile)
            // The first alone, so that the others find its connection.
            #expect(try await transport.fetch(server.url("empty"), maximumBytes: 0).isEmpty)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let bytes = try? await transport.fetch(
                            server.url("a"), maximumBytes: 400_000)
                        return bytes == body
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
            // nghttpd knows no ranges: it answers with the whole.
            let sink = RecordingSink()
            try await transport.stream(
                server.url("a"), from: 300_000, maximumBytes: 400_000, into: sink)
            #expect(sink.bytes == Array(body[300_000...]))

            let log = server.end()
            let received = log.filter { $0.contains(" recv (stream_id=") }
            #expect(received.count { $0.hasSuffix(":method: GET") } == 14)
            #expect(received.count { $0.hasSuffix("range: bytes=300000-") } == 1)
            #expect(Set(received.map { $0.prefix { $0 != " " } }).count == 1)
        }

        @Test("limits and statuses are those of HTTP/1")
        func limits() async throws {
            let server = try HTTP2Server(files: ["a": [UInt8](repeating: 1, count: 100_000)])
            let transport = transport(caFile: server.caFile)
            #expect(await failure(transport, server.url("none")) == .notFound)
            #expect(
                await failure(transport, server.url("a"), maximumBytes: 99_999)
                    == .tooLarge(maximumBytes: 99_999))
            let bytes = try await transport.fetch(server.url("a"), maximumBytes: 100_000)
            #expect(bytes.count == 100_000)
            let sink = RecordingSink(refusingAfter: 1)
            await #expect(throws: FetchError(url: server.url("a"), reason: .sinkRefused)) {
                try await transport.stream(server.url("a"), maximumBytes: 100_000, into: sink)
            }
            #expect(sink.calls == 2)
        }
    }
}
