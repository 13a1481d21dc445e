// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTransport
import Synchronization
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Uploads")
    struct UploadTests {
        private static let long = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 * 17 >> 3) }

        @Test("bytes arrive as they are, short and long", arguments: [0, 1, 70_000, 2_500_000])
        func bytes(count: Int) async throws {
            let received = Mutex<[UInt8]>([])
            let script = Script { exchange in
                let body = exchange.receiveBody()
                received.withLock { $0 = body }
                return exchange.answer("201 Made", body: "tag")
            }
            try await withServer(script) { server in
                for method in [HTTPRequest.Method.put, .post, .patch] {
                    let body = Array(Self.long.prefix(count))
                    let request = HTTPRequest(method, server.url("/"), body: .bytes(body))
                    let response = try await transport().exchange(request, maximumBytes: 3)
                    #expect(response.status == 201)
                    #expect(response.body == Array("tag".utf8))
                    #expect(received.withLock { $0 } == body)
                    #expect(server.requests.last?.value(of: "Content-Length") == "\(count)")
                    #expect(server.requests.last?.value(of: "Expect") == nil)
                }
            }
        }

        @Test("a body has the type that is said of it, or none", arguments: [0, 1, 40_000])
        func type(count: Int) async throws {
            let script = Script { exchange in
                _ = exchange.receiveBody()
                return exchange.answer()
            }
            try await withServer(script) { server in
                let body = HTTPRequest.Body.bytes([UInt8](repeating: 7, count: count))
                for type in [nil, "application/json"] {
                    let request = HTTPRequest(
                        .put, server.url("/"), headers: type.map { [("content-type", $0)] } ?? [],
                        body: body)
                    _ = try await transport().exchange(request, maximumBytes: 0)
                    #expect(server.requests.last?.value(of: "Content-Type") == type)
                    #expect(server.requests.last?.method == "PUT")
                }
            }
        }

        @Test("a part of a file arrives, over one connection")
        func file() async throws {
            let received = Mutex<[UInt8]>([])
            let script = Script { exchange in
                let body = exchange.receiveBody()
                received.withLock { $0 = body }
                return exchange.answer()
            }
            let folder = try TestFolder()
            let path = try folder.write(Self.long, to: "file")
            try await withServer(script) { server in
                let transport = transport()
                for (offset, length) in [(0, 2_500_000), (1_000_000, 700_001), (5, 0)] {
                    let body = HTTPRequest.Body.file(path: path, offset: offset, length: length)
                    let request = HTTPRequest(.put, server.url("/"), body: body)
                    _ = try await transport.exchange(request, maximumBytes: 0)
                    #expect(received.withLock { $0 } == Array(Self.long[offset...].prefix(length)))
                }
                #expect(server.connections == 1)
            }
        }

        @Test("a file that is not there, no file, or too short is not begun")
        func unreadable() async throws {
            try await withServer(Script { $0.answer() }) { server in
                let folder = try TestFolder()
                let path = try folder.write([1, 2, 3], to: "file")
                func fault(_ path: String, _ offset: Int, _ length: Int) async -> BodyFault? {
                    let body = HTTPRequest.Body.file(path: path, offset: offset, length: length)
                    let request = HTTPRequest(.put, server.url("/"), body: body)
                    let attempt = await transport().attempt(request, maximumBytes: 0)
                    if case .unsent(let fault) = attempt { return fault }
                    return nil
                }
                #expect(
                    await fault(folder.path + "/none", 0, 1)
                        == .unreadable("no such file or directory"))
                #expect(await fault("/dev/null", 0, 0) == .unreadable("not a regular file"))
                #expect(await fault(path, 1, 3) == .changed)
                #expect(server.requests.isEmpty)
            }
        }

        @Test("a file that changes while it is sent never arrives as a whole")
        func changed() async throws {
            let folder = try TestFolder()
            let path = try folder.write(Self.endless, to: "file")
            // Written long ago: within one tick of the clock nobody could tell.
            let past = [timeval(tv_sec: 1000, tv_usec: 0), timeval(tv_sec: 1000, tv_usec: 0)]
            #expect(utimes(path, past) == 0)
            let received = Mutex(0)
            let (ends, ended) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                _ = exchange.receive(1)
                let file = fopen(path, "r+")
                fputs("x", file)
                fclose(file)
                let count = 1 + exchange.receive(exchange.announcedLength - 1).count
                received.withLock { $0 = count }
                ended.yield()
                return false
            }
            try await withServer(script) { server in
                let body = HTTPRequest.Body.file(path: path, offset: 0, length: Self.endless.count)
                let request = HTTPRequest(.put, server.url("/"), body: body)
                let attempt = await transport().attempt(request, maximumBytes: 0)
                guard case .unsent(.changed) = attempt else {
                    Issue.record("\(attempt)")
                    return
                }
                for await _ in ends { break }
                #expect(received.withLock { $0 } < Self.endless.count)
            }
        }

        @Test("the end of a file that its owner disowns is kept back")
        func disowned() async throws {
            let (ends, ended) = AsyncStream<Int>.makeStream()
            let script = Script { exchange in
                ended.yield(exchange.receiveBody().count)
                return false
            }
            let folder = try TestFolder()
            let path = try folder.write([1, 2, 3], to: "file")
            try await withServer(script) { server in
                let body = HTTPRequest.Body.file(path: path, offset: 0, length: 3)
                var request = HTTPRequest(.put, server.url("/"), body: body)
                request.mayEnd = { false }
                let attempt = await transport().attempt(request, maximumBytes: 0)
                guard case .unsent(.changed) = attempt else {
                    Issue.record("\(attempt)")
                    return
                }
                for await count in ends {
                    #expect(count < 3)
                    break
                }
            }
        }

        @Test("a server that answers before it has read all is heard")
        func earlyAnswer() async throws {
            let script = Script { exchange in
                _ = exchange.receive(1000)
                _ = exchange.answer(
                    "403 No", headers: ["Connection: close"], body: "not for you")
                _ = exchange.receiveBody()
                return false
            }
            try await withServer(script) { server in
                let request = HTTPRequest(.put, server.url("/"), body: .bytes(Self.endless))
                let response = try await transport().exchange(request, maximumBytes: 0)
                #expect(response.status == 403)
                #expect(response.body == Array("not for you".utf8))
            }
        }

        @Test("a server that stops reading, or never answers, is too slow")
        func stuckServer() async throws {
            for readsAll in [false, true] {
                let script = Script { exchange in
                    _ = readsAll ? exchange.receiveBody() : exchange.receive(1000)
                    exchange.waitForHangup()
                    return false
                }
                try await withServer(script) { server in
                    let body = readsAll ? [1, 2, 3] : Self.endless
                    let request = HTTPRequest(.put, server.url("/"), body: .bytes(body))
                    #expect(
                        await reason(request, transport { $0.slowSeconds = 1 })
                            == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
                }
            }
        }

        @Test("an upload that drips is too slow, one that only takes its time is not")
        func slowUpload() async throws {
            let script = Script { exchange in
                let portion = exchange.target == "/drip" ? 10 : 2_000_000
                _ = exchange.receiveSlowly(portion: portion, every: 200)
                return exchange.answer()
            }
            try await withServer(script) { server in
                let transport = transport { $0.slowSeconds = 1 }
                let fair = HTTPRequest(.put, server.url("/fair"), body: .bytes(Self.endless))
                let response = try await transport.exchange(fair, maximumBytes: 0)
                #expect(response.status == 200)
                let drip = HTTPRequest(.put, server.url("/drip"), body: .bytes(Self.endless))
                #expect(
                    await reason(drip, transport)
                        == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
            }
        }

        @Test("a connection that ends in the middle of an upload is a fault that may pass")
        func reset() async throws {
            let script = Script { exchange in
                _ = exchange.receive(100_000)
                return exchange.reset()
            }
            try await withServer(script) { server in
                let request = HTTPRequest(.put, server.url("/"), body: .bytes(Self.endless))
                let attempt = await transport().attempt(request, maximumBytes: 0)
                guard case .failed(let error, let isTransient) = attempt else {
                    Issue.record("\(attempt)")
                    return
                }
                #expect(isTransient)
                #expect("\(error)".contains("not reachable"))
                #expect(server.requests.count == 1)
            }
        }

        @Test("a cancelled upload ends")
        func cancellation() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                _ = exchange.receive(1000)
                arrived.yield()
                exchange.waitForHangup()
                return false
            }
            try await withServer(script) { server in
                let request = HTTPRequest(.put, server.url("/"), body: .bytes(Self.endless))
                let task = Task { await reason(request) }
                for await _ in arrivals { break }
                task.cancel()
                #expect(await task.value == .cancelled)
            }
        }

        /// More than any socket's buffers take.
        private static let endless = [UInt8](repeating: 3, count: 20_000_000)
    }
}
