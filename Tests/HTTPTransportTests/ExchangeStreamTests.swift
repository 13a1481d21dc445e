// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import Synchronization
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Exchanges into a sink, and repeated ones")
    struct ExchangeStreamTests {
        @Test("a file goes into the sink from an offset on, a long one by way of the second thread")
        func file() async throws {
            let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 * 31 >> 5) }
            let script = Script { exchange in
                guard let start = exchange.request.rangeStart else {
                    return exchange.answer(body: body)
                }
                return exchange.answer(
                    "206 Part",
                    headers: ["Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)"],
                    body: Array(body[start...]))
            }
            try await withServer(script) { server in
                let transport = transport()
                for offset in [0, 1, 2_900_000] {
                    let sink = RecordingSink()
                    let response = try await transport.exchange(
                        HTTPRequest(.get, server.url("/"), headers: [("If-Match", "\"x\"")]),
                        from: offset, maximumBytes: body.count, into: sink)
                    #expect(response.status == (offset == 0 ? 200 : 206))
                    #expect(response.body.isEmpty)
                    #expect(sink.bytes == Array(body[offset...]))
                }
                #expect(server.requests.allSatisfy { $0.value(of: "If-Match") == "\"x\"" })
            }
        }

        @Test("other answers are responses, and the sink gets nothing of them")
        func otherAnswers() async throws {
            for status in [307, 404, 412, 416, 503] {
                let script = Script { $0.answer("\(status) No", body: "why not") }
                try await withServer(script) { server in
                    let sink = RecordingSink()
                    let response = try await transport().exchange(
                        HTTPRequest(.get, server.url("/")), from: 3, maximumBytes: 10, into: sink)
                    #expect(response.status == status)
                    #expect(response.body == Array("why not".utf8))
                    #expect(sink.bytes.isEmpty)
                }
            }
        }

        @Test("a part other than the one asked for is refused, a whole file's start is passed over")
        func ranges() async throws {
            let wrong = Script {
                $0.answer("206 Part", headers: ["Content-Range: bytes 1-4/5"], body: "bcde")
            }
            try await withServer(wrong) { server in
                let sink = RecordingSink()
                let url = server.url("/")
                let words = "part 1 to 4 of 5, expected from 3"
                await #expect(throws: FetchError(url: url, reason: .rangeRefused(words))) {
                    try await transport().exchange(
                        HTTPRequest(.get, url), from: 3, maximumBytes: 10, into: sink)
                }
                #expect(sink.bytes.isEmpty)
            }
            try await withServer(Script { $0.answer(body: "abcde") }) { server in
                let sink = RecordingSink()
                _ = try await transport().exchange(
                    HTTPRequest(.get, server.url("/")), from: 3, maximumBytes: 10, into: sink)
                #expect(sink.bytes == Array("de".utf8))
            }
        }

        @Test("a sink learns whose bytes it gets before the first of them, once")
        func answerSink() async throws {
            let body = [UInt8](repeating: 5, count: 300_000)
            let script = Script { $0.answer(headers: ["ETag: \"t\""], body: body) }
            try await withServer(script) { server in
                let sink = LearningSink()
                _ = try await transport().exchange(
                    HTTPRequest(.get, server.url("/")), from: 0, maximumBytes: 300_000, into: sink)
                #expect(sink.notes.first == "\"t\" at 0")
                #expect(sink.notes.count == 1)
            }
        }

        @Test("a sink that refuses ends the exchange", arguments: [10, 3_000_000])
        func sinkRefuses(count: Int) async throws {
            let body = [UInt8](repeating: 7, count: count)
            try await withServer(Script { $0.answer(body: body) }) { server in
                let sink = RecordingSink(refusingAfter: count > 10 ? 20 : 0)
                let url = server.url("/")
                await #expect(throws: FetchError(url: url, reason: .sinkRefused)) {
                    try await transport().exchange(
                        HTTPRequest(.get, url), from: 0, maximumBytes: count, into: sink)
                }
                #expect(sink.bytes.count < count)
            }
        }

        @Test("a fault that passes is tried again after the server's pause, others are not")
        func repeating() async throws {
            let script = Script { exchange in
                switch exchange.target {
                case "/no": exchange.answer("403 No")
                case "/never": exchange.answer("501 Never")
                case "/long": exchange.fault(retryAfter: "31")
                case "/cut" where exchange.number == 1: false
                case "/busy" where exchange.number < 3: exchange.answer("503 Busy")
                case "/first" where exchange.number == 1: exchange.fault(retryAfter: "1")
                default: exchange.answer()
                }
            }
            try await withServer(script) { server in
                let transport = transport()
                var tries: [String: [Int]] = [:]
                var statuses: [String: Int] = [:]
                let clock = ContinuousClock()
                let start = clock.now
                for path in ["/no", "/never", "/long", "/cut", "/busy", "/first", "/"] {
                    let attempt = await transport.repeating { repetition in
                        tries[path, default: []].append(repetition.number)
                        var request = HTTPRequest(.put, server.url(path), body: .bytes([]))
                        request.pauseMilliseconds = repetition.pauseMilliseconds
                        return await transport.attempt(request, maximumBytes: 0)
                    }
                    if case .answered(let response) = attempt { statuses[path] = response.status }
                }
                #expect(clock.now - start >= .milliseconds(950))
                #expect(
                    statuses == [
                        "/no": 403, "/never": 501, "/long": 503, "/cut": 200, "/busy": 200,
                        "/first": 200, "/": 200,
                    ])
                #expect(tries["/busy"] == [0, 1, 2])
                #expect(tries["/first"] == [0, 1])
                #expect(tries["/no"] == [0] && tries["/never"] == [0] && tries["/long"] == [0])
            }
        }

        @Test("tries are bounded in number and in time")
        func bounds() async throws {
            try await withServer(Script { $0.answer("503 Busy") }) { server in
                let transport = transport { $0.retryMilliseconds = 400 }
                func tries(_ bounds: RepetitionBounds) async -> Int {
                    var count = 0
                    _ = await transport.repeating(bounds) { repetition in
                        count += 1
                        var request = HTTPRequest(.get, server.url("/"))
                        request.pauseMilliseconds = repetition.pauseMilliseconds
                        return await transport.attempt(request, maximumBytes: 0)
                    }
                    return count
                }
                #expect(await tries(RepetitionBounds(repetitions: 0, totalSeconds: 9)) == 1)
                #expect(await tries(RepetitionBounds(repetitions: 1, totalSeconds: 9)) == 2)
                #expect(await tries(RepetitionBounds(repetitions: 99, totalSeconds: 1)) <= 4)
            }
        }
    }
}

/// Notes what it is told of the answer, and after how many bytes.
private final class LearningSink: AnswerSink {
    private let state = Mutex<(notes: [String], count: Int)>(([], 0))

    var notes: [String] { state.withLock { $0.notes } }

    func begin(_ answer: HTTPResponse) {
        state.withLock { $0.notes.append("\(answer.value(of: "etag") ?? "") at \($0.count)") }
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { $0.count += chunk.count }
        return true
    }
}
