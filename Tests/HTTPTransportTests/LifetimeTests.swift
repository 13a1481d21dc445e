// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Parallel transfers, cancellation, the end of a transport")
    struct LifetimeTests {
        @Test("64 fetches at a time all arrive, over no more connections than allowed")
        func parallel() async throws {
            try await withServer(Script { $0.answer(body: String($0.target.dropFirst())) }) {
                server in
                let transport = transport { $0.parallelTransfers = 8 }
                await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<64 {
                        group.addTask {
                            let bytes = try? await transport.fetch(
                                server.url("/\(number)"), maximumBytes: 10)
                            return bytes == Array("\(number)".utf8)
                        }
                    }
                    for await isRight in group { #expect(isRight) }
                }
                #expect(server.requests.count == 64)
                #expect((1...8).contains(server.connections))
            }
        }

        @Test("a cancelled fetch ends, and its connection with it")
        func cancellation() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let (ends, ended) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                arrived.yield()
                exchange.waitForEnd()
                ended.yield()
                return false
            }
            try await withServer(script) { server in
                let transport = transport()
                let task = Task { await failure(transport, server.url("/")) }
                for await _ in arrivals { break }
                task.cancel()
                #expect(await task.value == .cancelled)
                // Waits for ever if the transfer goes on.
                for await _ in ends { break }
            }
        }

        @Test("a fetch cancelled in the queue never starts")
        func cancelledInQueue() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                arrived.yield()
                exchange.waitForEnd()
                return false
            }
            try await withServer(script) { server in
                let transport = transport { $0.parallelTransfers = 1 }
                let first = Task { await failure(transport, server.url("/first")) }
                for await _ in arrivals { break }
                let second = Task { await failure(transport, server.url("/second")) }
                second.cancel()
                #expect(await second.value == .cancelled)
                first.cancel()
                #expect(await first.value == .cancelled)
                #expect(server.targets == ["/first"])
            }
        }

        @Test("a sink that refuses ends the transfer, and is not called again")
        func sinkRefuses() async throws {
            let body = [UInt8](repeating: 0x62, count: 1_000_000)
            try await withServer(Script { $0.answer(body: body) }) { server in
                let sink = RecordingSink(refusingAfter: 1)
                let url = server.url("/")
                await #expect(throws: FetchError(url: url, reason: .sinkRefused)) {
                    try await transport().stream(url, maximumBytes: 1_000_000, into: sink)
                }
                #expect(sink.calls == 2)
            }
        }

        @Test("the thread begins with the first transfer and ends with shutdown")
        func shutdown() async throws {
            try await withServer(Script { $0.answer() }) { server in
                let transport = transport()
                #expect(!transport.isRunning)
                _ = try await transport.fetch(server.url("/"), maximumBytes: 0)
                #expect(transport.isRunning)
                transport.shutdown()
                transport.shutdown()
                #expect(!transport.isRunning)
                #expect(
                    await failure(transport, server.url("/")) == .unreachable("transport closed"))
                #expect(server.requests.count == 1)
            }
        }

        @Test("shutdown ends the transfers that run and those that wait")
        func shutdownMidway() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                arrived.yield()
                exchange.waitForEnd()
                return false
            }
            try await withServer(script) { server in
                let transport = transport { $0.parallelTransfers = 2 }
                await withTaskGroup(of: FetchError.Reason?.self) { group in
                    for _ in 0..<6 {
                        group.addTask { await failure(transport, server.url("/")) }
                    }
                    for await _ in arrivals { break }
                    transport.shutdown()
                    for await reason in group {
                        #expect(reason == .unreachable("transport closed"))
                    }
                }
            }
        }

        @Test("fetches, cancellations and the end at random moments: each ends once")
        func turmoil() async throws {
            let script = Script { exchange in
                exchange.answer(body: [UInt8](repeating: 0x63, count: 50_000))
            }
            try await withServer(script) { server in
                for round in 0..<8 {
                    let transport = transport { $0.parallelTransfers = 4 }
                    let tasks = (0..<24).map { _ in
                        Task {
                            try? await transport.fetch(server.url("/"), maximumBytes: 50_000)
                        }
                    }
                    for (number, task) in tasks.enumerated() where number % 3 == round % 3 {
                        task.cancel()
                    }
                    _ = await tasks[round].value
                    if round % 2 == 0 { transport.shutdown() }
                    for task in tasks {
                        let bytes = await task.value
                        #expect(bytes == nil || bytes?.count == 50_000)
                    }
                }
            }
        }

        @Test("a sink may shut its own transport down")
        func shutdownWithinSink() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\n\r\nx")
                exchange.waitForEnd()
                return false
            }
            try await withServer(script) { server in
                let transport = transport()
                let url = server.url("/")
                let closed = FetchError(url: url, reason: .unreachable("transport closed"))
                await #expect(throws: closed) {
                    try await transport.stream(url, maximumBytes: 1, into: ClosingSink(transport))
                }
                #expect(!transport.isRunning)
            }
        }

        @Test("a command started meanwhile inherits no connection")
        func closeOnExec() async throws {
            try await withServer(Script { $0.answer() }) { server in
                let transport = transport()
                _ = try await transport.fetch(server.url("/"), maximumBytes: 0)
                let sockets = (0..<1024).filter { peerPort(of: $0) == server.port }
                #expect(sockets.count == 1)
                for socket in sockets { #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0) }
                transport.shutdown()
                #expect(!(0..<1024).contains { peerPort(of: $0) == server.port })
            }
        }
    }
}

/// Refuses nothing, but ends its transport.
private final class ClosingSink: FetchSink {
    private let transport: HTTPTransport

    init(_ transport: HTTPTransport) { self.transport = transport }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        transport.shutdown()
        return true
    }
}

private func peerPort(of descriptor: Int32) -> Int? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            getpeername(descriptor, $0, &length)
        }
    }
    return code == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
}
