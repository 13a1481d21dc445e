// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("The rest of a file, from an offset on")
    struct RangeTests {
        private static let body = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 13) }

        /// Why the rest did not come; `nil` if it came. The sink must have nothing else.
        private func refusal(
            from offset: Int, maximumBytes: Int = 1000, _ script: Script,
            expecting requests: Int = 1, at location: SourceLocation = #_sourceLocation
        ) async throws -> FetchError.Reason? {
            try await withServer(script) { server in
                let sink = RecordingSink()
                let reason = await reason(server.url("/"), offset, maximumBytes, sink)
                let expected = Self.body[offset...]
                let isRight =
                    reason == nil
                    ? expected.elementsEqual(sink.bytes) : expected.starts(with: sink.bytes)
                #expect(isRight, sourceLocation: location)
                #expect(server.requests.count == requests, sourceLocation: location)
                return reason
            }
        }

        private func reason(
            _ url: String, _ offset: Int, _ maximumBytes: Int, _ sink: RecordingSink
        ) async -> FetchError.Reason? {
            do throws(FetchError) {
                try await transport().stream(
                    url, from: offset, maximumBytes: maximumBytes, into: sink)
                return nil
            } catch {
                return error.reason
            }
        }

        @Test("the part from the offset on is asked for, and no more is sent", arguments: [1, 999])
        func part(offset: Int) async throws {
            try await withServer(Script { $0.file(Self.body, entityTag: "\"a\"") }) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/"), from: offset, maximumBytes: 1000, into: sink)
                #expect(sink.bytes == Array(Self.body[offset...]))
                let request = try #require(server.requests.first)
                #expect(request.value(of: "Range") == "bytes=\(offset)-")
                // No tag is known before the first answer.
                #expect(request.value(of: "If-Range") == nil)
            }
        }

        @Test("from 0 no range is asked for")
        func whole() async throws {
            try await withServer(Script { $0.file(Self.body) }) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/"), from: 0, maximumBytes: 1000, into: sink)
                #expect(sink.bytes == Self.body)
                #expect(server.requests.first?.value(of: "Range") == nil)
            }
        }

        @Test("of the whole file instead of the part, what comes before is passed over")
        func rangeIgnored() async throws {
            #expect(try await refusal(from: 700, Script { $0.fileIgnoringRange(Self.body) }) == nil)
            let chunked = Script {
                $0.truncated(Self.body, at: 1000, framing: .close)
            }
            #expect(try await refusal(from: 1, chunked) == nil)
        }

        @Test("a part of unknown whole is taken")
        func unknownTotal() async throws {
            let script = Script {
                $0.answer(
                    "206 Partial Content", headers: ["content-range: BYTES 990-999/*"],
                    body: Array(Self.body[990...]))
            }
            #expect(try await refusal(from: 990, script) == nil)
        }

        @Test(
            "every part that is not the one asked for is refused",
            arguments: HostileExchange.RangeLie.allCases.filter { $0 != .otherTotal })
        func lies(lie: HostileExchange.RangeLie) async throws {
            let reason = try await refusal(
                from: 500, maximumBytes: 2000, Script { $0.file(Self.body, rangeLie: lie) })
            guard case .rangeRefused(let words) = reason else {
                Issue.record("\(String(describing: reason)), expected a refused range")
                return
            }
            #expect(words.hasSuffix(", expected from 500"))
        }

        @Test("a part with more or fewer bytes than it names is refused")
        func lengthOfPart() async throws {
            let head = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 500-999/1000\r\n\r\n"
            let longer = Script { exchange in
                exchange.send(Array(head.utf8) + Self.body[500...] + [0])
                return false
            }
            // More bytes than the sink may have: of the last ones none is handed on.
            let reason = try await refusal(from: 500, maximumBytes: 2000, longer)
            #expect(reason == .rangeRefused("a part longer than its end, 1000"))
            let shorter = Script { exchange in
                exchange.send(Array(head.utf8) + Self.body[500..<999])
                return false
            }
            let again = transport { $0.retries = 0 }
            try await withServer(shorter) { server in
                let url = server.url("/")
                await #expect(throws: FetchError(url: url, reason: .truncated)) {
                    try await again.stream(
                        url, from: 500, maximumBytes: 1000, into: RecordingSink())
                }
            }
        }

        @Test("a range that cannot be had is refused, whatever the server says of it")
        func unsatisfiable() async throws {
            #expect(
                try await refusal(from: 1000, Script { $0.unsatisfiable(1000) })
                    == .rangeRefused("1000 bytes, asked from 1000"))
            #expect(
                try await refusal(from: 10, Script { $0.answer("416 No") })
                    == .rangeRefused("status 416"))
            // The whole instead, and nothing of it is wanted.
            for length in [0, 9, 10] {
                let script = Script {
                    $0.fileIgnoringRange(Array(Self.body[..<length]))
                }
                #expect(
                    try await refusal(from: 10, script)
                        == .rangeRefused("\(length) bytes, asked from 10"))
            }
        }

        @Test("a part that nobody asked for, and 416 for the whole, are mere statuses")
        func unasked() async throws {
            #expect(
                try await refusal(from: 0, Script { $0.partUnasked(Self.body, from: 5) })
                    == .status(206))
            #expect(try await refusal(from: 0, Script { $0.unsatisfiable(3) }) == .status(416))
        }

        @Test("the limit is that of the whole file")
        func limit() async throws {
            let reason = FetchError.Reason.tooLarge(maximumBytes: 999)
            #expect(
                try await refusal(from: 500, maximumBytes: 999, Script { $0.file(Self.body) })
                    == reason)
            #expect(
                try await refusal(
                    from: 500, maximumBytes: 999, Script { $0.fileIgnoringRange(Self.body) })
                    == reason)
            // Without a length, by the bytes themselves.
            let endless = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\n\r\n")
                while exchange.send(Self.body) {}
                return false
            }
            #expect(try await refusal(from: 500, maximumBytes: 999, endless) == reason)
            let unknown = Script { exchange in
                exchange.send("HTTP/1.1 206 Partial\r\nContent-Range: bytes 500-2000/*\r\n\r\n")
                return exchange.endlessly(Self.body)
            }
            #expect(try await refusal(from: 500, maximumBytes: 999, unknown) == reason)
            let beyond = try await refusal(
                from: 1000, maximumBytes: 999, Script { $0.notFound() }, expecting: 0)
            #expect(beyond == reason)
        }

        @Test("404 stays 404")
        func notFound() async throws {
            #expect(try await refusal(from: 5, Script { $0.notFound() }) == .notFound)
        }
    }
}
