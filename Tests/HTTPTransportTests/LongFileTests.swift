// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTransport
import Synchronization
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Long files, whose sinks have a thread of their own")
    struct LongFileTests {
        private static let body = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 5) }
        private static let script = Script { $0.file(body, entityTag: "\"v1\"") }

        @Test("several at a time arrive whole, each with its own bytes")
        func parallel() async throws {
            let script = Script { exchange in
                let first = UInt8(exchange.target.utf8.count)
                return exchange.answer(body: [first] + Self.body)
            }
            try await withServer(script) { server in
                let transport = transport()
                await withTaskGroup(of: Bool.self) { group in
                    for number in 1...6 {
                        group.addTask {
                            let sink = RecordingSink()
                            let target = "/" + String(repeating: "a", count: number)
                            try? await transport.stream(
                                server.url(target), maximumBytes: 7_000_000, into: sink)
                            return sink.bytes == [UInt8(number + 1)] + Self.body
                        }
                    }
                    for await isRight in group { #expect(isRight) }
                }
            }
        }

        @Test("a sink slower than the server makes it wait, and gets all")
        func slowSink() async throws {
            try await withServer(Self.script) { server in
                let sink = MeddlingSink { _ in usleep(20_000) }
                try await transport().stream(
                    server.url("/"), maximumBytes: 6_000_000, into: sink)
                #expect(sink.bytes == Self.body)
            }
        }

        @Test(
            "a sink that refuses late ends the transfer and is not called again",
            arguments: [1_200_000, 3_000_000, 5_999_999])
        func refusal(limit: Int) async throws {
            try await withServer(Self.script) { server in
                let sink = BoundedSink(limit)
                let url = server.url("/")
                await #expect(throws: FetchError(url: url, reason: .sinkRefused)) {
                    try await transport().stream(url, maximumBytes: 6_000_000, into: sink)
                }
                #expect(sink.refusals == 1)
                #expect(server.requests.count == 1)
            }
        }

        @Test("a refusal ends a transfer that the server keeps waiting")
        func refusalWhileWaiting() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
                exchange.send(Self.body)
                return exchange.silence()
            }
            try await withServer(script) { server in
                let url = server.url("/")
                await #expect(throws: FetchError(url: url, reason: .sinkRefused)) {
                    try await transport { $0.slowSeconds = 60 }.stream(
                        url, maximumBytes: 9_000_000, into: BoundedSink(5_900_000))
                }
            }
        }

        @Test("after a broken connection it goes on where it stood")
        func goesOn() async throws {
            let script = Script { exchange in
                exchange.number == 1
                    ? exchange.truncated(Self.body, at: 4_000_001, headers: ["ETag: \"v1\""])
                    : exchange.file(Self.body, entityTag: "\"v1\"")
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/"), maximumBytes: 6_000_000, into: sink)
                #expect(sink.bytes == Self.body)
                #expect(server.requests.last?.value(of: "Range") == "bytes=4000001-")
            }
        }

        @Test("when the call has thrown, the sink has all that came, and gets no more")
        func noCallAfter() async throws {
            let script = Script { $0.truncated(Self.body, at: 4_000_001) }
            try await withServer(script) { server in
                let sink = RecordingSink()
                let url = server.url("/")
                await #expect(throws: FetchError(url: url, reason: .truncated)) {
                    try await transport { $0.retries = 0 }.stream(
                        url, maximumBytes: 6_000_000, into: sink)
                }
                #expect(sink.bytes == Array(Self.body[..<4_000_001]))
            }
        }

        @Test("a cancelled one ends, and its sink gets no more")
        func cancellation() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            try await withServer(Self.script) { server in
                let sink = MeddlingSink { count in
                    if count > 2_000_000 { arrived.yield() }
                    usleep(5000)
                }
                let transport = transport()
                let task = Task {
                    try await transport.stream(
                        server.url("/"), maximumBytes: 6_000_000, into: sink)
                }
                for await _ in arrivals { break }
                task.cancel()
                let expected = FetchError(url: server.url("/"), reason: .cancelled)
                await #expect(throws: expected) { try await task.value }
                let count = sink.bytes.count
                transport.shutdown()
                #expect(sink.bytes.count == count)
            }
        }

        @Test("a sink may shut its own transport down, with the server far ahead of it")
        func shutdownWithinSink() async throws {
            let script = Script { $0.endlessFile() }
            try await withServer(script) { server in
                let transport = transport()
                let sink = MeddlingSink { count in
                    if count > 2_000_000 { transport.shutdown() }
                    usleep(5000)
                }
                let url = server.url("/")
                let closed = FetchError(url: url, reason: .unreachable("transport closed"))
                await #expect(throws: closed) {
                    try await transport.stream(url, maximumBytes: 1 << 40, into: sink)
                }
            }
        }

        @Test("a transport may be shut down or let go at any moment of them")
        func turmoil() async throws {
            try await withServer(Self.script) { server in
                for round in 0..<10 {
                    var transport: HTTPTransport? = transport { $0.parallelTransfers = 4 }
                    let tasks = (0..<6).map { [transport] _ in
                        Task {
                            let sink = RecordingSink()
                            try? await transport?.stream(
                                server.url("/"), maximumBytes: 6_000_000, into: sink)
                            let bytes = sink.bytes
                            return bytes == Array(Self.body[..<bytes.count])
                        }
                    }
                    usleep(useconds_t(round * 1500))
                    if round % 2 == 0 { transport?.shutdown() }
                    for task in tasks where round % 3 == 0 { task.cancel() }
                    transport = nil
                    for task in tasks { #expect(await task.value) }
                }
            }
        }
    }
}

/// Does something with the number of bytes it has, and then takes the next ones.
private final class MeddlingSink: FetchSink {
    private let state = Mutex<[UInt8]>([])
    private let meddle: @Sendable (Int) -> Void

    init(_ meddle: @escaping @Sendable (Int) -> Void) { self.meddle = meddle }

    var bytes: [UInt8] { state.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        meddle(state.withLock { $0.count })
        state.withLock { $0.append(contentsOf: chunk) }
        return true
    }
}

/// Refuses what would make it more than so many bytes, and counts how often.
private final class BoundedSink: FetchSink {
    private let state = Mutex((count: 0, refusals: 0))
    private let limit: Int

    init(_ limit: Int) { self.limit = limit }

    var refusals: Int { state.withLock { $0.refusals } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            state.count += chunk.count
            guard state.count > limit else { return true }
            state.refusals += 1
            return false
        }
    }
}
