// SPDX-License-Identifier: Apache-2.0

import Glibc
import RepositoryServer
import Testing

@Suite("Serving: start and stop", .timeLimit(.minutes(10)))
struct LifecycleTests {
    @Test("what cannot be served is refused before anything listens")
    func directories() async throws {
        let scratch = try Scratch()
        try scratch.write("file", "")
        for path in [scratch.at("none"), scratch.at("file")] {
            let refusal = ServerError.directoryMissing(path)
            await #expect(throws: refusal) { try await start(path) }
            #expect("\(refusal)" == "\(path): no such directory, expected a repository")
        }
        let refusal = ServerError.metadataMissing(in: scratch.path)
        await #expect(throws: refusal) { try await start(scratch.path) }
        try scratch.link("metadata", to: "/etc")
        await #expect(throws: refusal) { try await start(scratch.path) }
        #expect("\(refusal)" == "\(scratch.path): no folder metadata in it, expected a repository")
    }

    @Test("a port in use is named, with what to do about it")
    func portInUse() async throws {
        let scratch = try Scratch.repository()
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let path = scratch.path
        let first = Task {
            try await RepositoryServer(directory: path, port: 0).run { listening.yield($0) }
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let refusal = ServerError.portInUse(port)
        await #expect(throws: refusal) { try await start(path, port: port) }
        #expect("\(refusal)" == "port \(port): already in use, choose another with --port")
        let answer = await blocking {
            try Client(port: port).get("/metadata/timestamp.json").status
        }
        #expect(try answer.get() == 200)
        first.cancel()
        try await first.value
        withExtendedLifetime(scratch) {}
    }

    @Test("an address or port that does not exist is named")
    func addresses() async throws {
        let scratch = try Scratch.repository()
        for port in [-1, 65536] {
            await #expect(throws: ServerError.portOutOfRange(port)) {
                try await start(scratch.path, port: port)
            }
        }
        // RFC 5737: an address of documents, of no machine.
        for address in ["192.0.2.1", "no such name.invalid"] {
            await #expect(throws: ServerError.addressUnavailable(address)) {
                try await start(scratch.path, address: address)
            }
        }
    }

    @Test("every error is one line")
    func messages() {
        let errors: [ServerError] = [
            .directoryMissing("d"), .metadataMissing(in: "d"), .portInUse(1),
            .portNotPermitted(80), .portOutOfRange(-1), .addressUnavailable("a"),
            .listenerFailed(errno: 5),
        ]
        for error in errors {
            #expect("\(error)".contains(": ") && !"\(error)".contains("\n"))
        }
    }

    @Test("cancelled, the server ends and gives its port back")
    func cancelled() async throws {
        let scratch = try Scratch.repository()
        let port = try await serving(scratch) { port in
            let client = try Client(port: port)
            #expect(try client.get("/metadata/timestamp.json").status == 200)
            return port
        }
        let again = await blocking { _ = try Client(port: port) }
        #expect(throws: Problem.self) { try again.get() }
    }

    @Test("a server can be cancelled before it has begun")
    func cancelledEarly() async throws {
        let scratch = try Scratch.repository()
        let path = scratch.path
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await RepositoryServer(directory: path, port: 0).run { _ in }
        }
        try await running.value
        withExtendedLifetime(scratch) {}
    }

    @Test(
        "a signal lets the download in progress end, and then the server",
        arguments: [
            SIGTERM, SIGINT,
        ])
    func signals(number: Int32) async throws {
        await #expect(processExitsWith: .success) { [number] in
            let scratch = try Scratch.repository()
            let bytes = noise(16 << 20, seed: 14)
            try scratch.write("targets/a", bytes)
            try await RepositoryServer(directory: scratch.path, port: 0).run { port in
                let result = await blocking {
                    let idle = try Client(port: port)
                    #expect(try idle.get("/metadata/timestamp.json").status == 200)
                    let client = try Client(port: port, receiveBytes: 65536)
                    try client.request("GET", "/targets/a")
                    try client.wait(forBytes: 100_000)
                    kill(getpid(), number)
                    #expect(try idle.waitForEnd() == 0)
                    #expect(try client.answer().body == bytes)
                    #expect(try client.waitForEnd() == 0)
                }
                if case .failure(let error) = result { Issue.record(error) }
            }
            withExtendedLifetime(scratch) {}
        }
    }

    @Test("a client that takes nothing does not keep the server from stopping")
    func signalWhileStalled() async throws {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch.repository()
            try scratch.makeSparse("targets/a", bytes: 64 << 20)
            var limits = ServerLimits()
            limits.shutdownSeconds = 0.2
            let server = RepositoryServer(directory: scratch.path, port: 0, limits: limits)
            try await server.run { port in
                let result = await blocking {
                    let client = try Client(port: port, receiveBytes: 4096)
                    try client.request("GET", "/targets/a")
                    try client.wait(forBytes: 4096)
                    kill(getpid(), SIGTERM)
                    while (try? Client(port: port)) != nil { usleep(10_000) }
                    usleep(400_000)
                    #expect(try client.waitForEnd() < 64 << 20)
                }
                if case .failure(let error) = result { Issue.record(error) }
            }
            withExtendedLifetime(scratch) {}
        }
    }
}

private func start(_ path: String, address: String = "127.0.0.1", port: Int = 0) async throws {
    try await RepositoryServer(directory: path, address: address, port: port).run { _ in
        Issue.record("the server listens")
    }
}
