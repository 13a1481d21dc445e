// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Pauses before repetitions")
    struct PauseTests {
        @Test("each pause is twice the last one, less up to a half by chance")
        func backOff() {
            let limits = TransportLimits()
            let pauses = { (repetition: Int, chance: Double) in
                limits.pauseMilliseconds(
                    beforeRepetition: repetition, askedSeconds: 0, chance: chance)
            }
            #expect([1, 2, 3].map { pauses($0, 0) } == [500, 1000, 2000])
            #expect([1, 2, 3].map { pauses($0, 1) } == [250, 500, 1000])
            #expect(pauses(1, 0.5) == 375)
            // No pause is longer than the longest, however many came before.
            #expect([7, 50, 1_000_000].map { pauses($0, 0) } == [30_000, 30_000, 30_000])
        }

        @Test("what a server asks for is granted up to the longest pause")
        func retryAfter() {
            let limits = TransportLimits()
            let pause = { (asked: Int) in
                limits.pauseMilliseconds(beforeRepetition: 1, askedSeconds: asked, chance: 0)
            }
            #expect(pause(1) == 1000)
            #expect(pause(30) == 30_000)
            #expect(pause(31) == nil)
            #expect(pause(.max) == nil)
        }

        @Test("a server that says when is asked then and not before")
        func waits() async throws {
            let script = Script {
                $0.number == 1 ? $0.fault(retryAfter: "1") : $0.answer(body: "x")
            }
            try await withServer(script) { server in
                let clock = ContinuousClock()
                let start = clock.now
                _ = try await transport().fetch(server.url("/"), maximumBytes: 1)
                #expect(clock.now - start >= .milliseconds(950))
                #expect(server.requests.count == 2)
            }
        }

        @Test(
            "a server that asks for too long a pause is not asked again",
            arguments: ["31", "2000000000", "Wed, 31 Dec 2099 23:59:59 GMT"])
        func tooLong(retryAfter: String) async throws {
            try await withServer(Script { $0.fault(retryAfter: retryAfter) }) { server in
                #expect(await failure(transport(), server.url("/")) == .status(503))
                #expect(server.requests.count == 1)
            }
        }

        @Test("a pause that would outlast the total time is not begun")
        func totalTime() async throws {
            try await withServer(Script { $0.fault(retryAfter: "3") }) { server in
                let transport = transport { $0.fetchSeconds = 2 }
                let clock = ContinuousClock()
                let start = clock.now
                #expect(await failure(transport, server.url("/")) == .status(503))
                #expect(clock.now - start < .seconds(2))
                #expect(server.requests.count == 1)
            }
        }

        @Test("the total time counts over all tries")
        func totalTimeOverTries() async throws {
            let script = Script { exchange in
                exchange.waitForEnd(400)
                return exchange.fault()
            }
            try await withServer(script) { server in
                let transport = transport {
                    $0.fetchSeconds = 1
                    $0.retries = 100
                }
                #expect(await failure(transport, server.url("/")) == .timedOut(seconds: 1))
                #expect((2...4).contains(server.requests.count))
            }
        }

        @Test("a transfer in its pause can be cancelled, and holds up no other")
        func cancellation() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                guard exchange.target == "/slow" else { return exchange.answer(body: "x") }
                arrived.yield()
                return exchange.fault(retryAfter: "9")
            }
            try await withServer(script) { server in
                let transport = transport { $0.parallelTransfers = 1 }
                let task = Task { await failure(transport, server.url("/slow")) }
                for await _ in arrivals { break }
                _ = try await transport.fetch(server.url("/"), maximumBytes: 1)
                task.cancel()
                #expect(await task.value == .cancelled)
                let last = Task { await failure(transport, server.url("/slow")) }
                for await _ in arrivals { break }
                _ = try await transport.fetch(server.url("/"), maximumBytes: 1)
                transport.shutdown()
                #expect(await last.value == .unreachable("transport closed"))
            }
        }
    }
}
