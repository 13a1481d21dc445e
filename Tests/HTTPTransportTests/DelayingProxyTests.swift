// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("A server far away")
    struct DelayingProxyTests {
        @Test("each request takes its round trip, many at a time take one, and no byte is lost")
        func delay() async throws {
            let body = [UInt8](repeating: 0x61, count: 300_000)
            let script = Script { $0.answer("200 OK", body: body) }
            try await withServer(script) { server in
                let proxy = try DelayingProxy(to: server.port, roundTrip: 100)
                defer { proxy.stop() }
                let transport = transport()
                defer { transport.shutdown() }
                let clock = ContinuousClock()
                let alone = try await clock.measure {
                    let bytes = try await transport.fetch(proxy.url("/x"), maximumBytes: 1 << 20)
                    #expect(bytes == body)
                }
                #expect(alone >= .milliseconds(100))
                let together = try await clock.measure {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<8 {
                            group.addTask {
                                let url = proxy.url("/\(number)")
                                let bytes = try await transport.fetch(url, maximumBytes: 1 << 20)
                                #expect(bytes == body)
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                #expect(together >= .milliseconds(100))
                #expect(server.requests.count == 9)
                #expect((2...8).contains(proxy.mostAtOnce))
            }
        }
    }
}
