// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A web server on 127.0.0.1, on any free port, that behaves as badly as its script says, and
/// that keeps every request literally.
///
/// The script answers one request at a time with the methods of ``HostileExchange``:
///
///     let script = HostileServer.Script { exchange in
///         switch exchange.target {
///         case "/timestamp.json": exchange.endlessFile()
///         case "/1.root.json" where exchange.number == 1: exchange.truncated(root, at: 100)
///         default: exchange.notFound()
///         }
///     }
///     try await HostileServer.run(script) { server in
///         … server.url("/timestamp.json") …
///         #expect(server.targets == ["/timestamp.json"])
///     }
///
/// One thread a connection; whatever a script waits for ends with the connection, and
/// ``stop()`` ends them all.
package final class HostileServer: Sendable {
    /// How a server answers.
    package struct Script: Sendable {
        let answer: @Sendable (HostileExchange) -> Bool

        /// - Parameter answer: answers one request; tells whether the connection stays open for
        ///   another. Called on the connection's own thread.
        package init(_ answer: @escaping @Sendable (HostileExchange) -> Bool) {
            self.answer = answer
        }
    }

    package let port: Int
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        /// Takes the connections.
        var acceptor: pthread_t?
        /// One for each connection.
        var threads: [pthread_t] = []
        var open: Set<Int32> = []
        var connections = 0
        var requests: [HostileRequest] = []
    }

    package init(_ script: Script) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = try withUnsafeMutablePointer(to: &address) { [listener] pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, length) == 0, listen(listener, 128) == 0,
                    getsockname(listener, generic, &length) == 0
                else { throw HostileServerError(code: errno) }
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        let acceptor = try startThread { [self] in acceptAll() }
        state.withLock { $0.acceptor = acceptor }
    }

    /// Runs `body` with a server that lives no longer.
    package static func run<Value>(
        _ script: Script, _ body: (HostileServer) async throws -> Value
    ) async throws -> Value {
        let server = try HostileServer(script)
        defer { server.stop() }
        return try await body(server)
    }

    /// The URL of a path on this server.
    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Connections taken so far.
    package var connections: Int { state.withLock { $0.connections } }

    /// Every request so far, in the order of their arrival.
    package var requests: [HostileRequest] { state.withLock { $0.requests } }

    /// The targets of all requests so far, as received.
    package var targets: [String] { requests.map(\.target) }

    /// Ends all connections and joins their threads.
    package func stop() {
        let acceptor = state.withLock { state in
            state.isStopped = true
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
            shutdown(listener, Int32(SHUT_RDWR))
            return state.acceptor.take()
        }
        guard let acceptor else { return }
        pthread_join(acceptor, nil)
        // Now all threads are known.
        for thread in state.withLock({ $0.threads }) { pthread_join(thread, nil) }
        close(listener)
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            // A command started meanwhile would keep the connection open.
            if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
            let isStopped = state.withLock { state in
                guard connection >= 0, !state.isStopped else { return true }
                state.open.insert(connection)
                state.connections += 1
                return false
            }
            guard !isStopped else {
                if connection >= 0 { close(connection) }
                return
            }
            do {
                let thread = try startThread { [self] in serve(connection) }
                state.withLock { $0.threads.append(thread) }
            } catch {
                finish(connection)
            }
        }
    }

    private func serve(_ connection: Int32) {
        var isOpen = true
        while isOpen, let header = readHeader(connection) {
            let request = HostileRequest(header: header)
            let number = state.withLock { state in
                state.requests.append(request)
                return state.requests.count { $0.target == request.target }
            }
            isOpen = script.answer(
                HostileExchange(connection: connection, request: request, number: number))
        }
        finish(connection)
    }

    private func finish(_ connection: Int32) {
        state.withLock { state in
            state.open.remove(connection)
            close(connection)
        }
    }

    private func readHeader(_ connection: Int32) -> String? {
        var header: [UInt8] = []
        var byte: UInt8 = 0
        while !header.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(connection, &byte, 1, 0) == 1, header.count < 100_000 else { return nil }
            header.append(byte)
        }
        return String(decoding: header, as: UTF8.self)
    }
}

/// The server could not begin: the system's code.
package struct HostileServerError: Error { package let code: Int32 }

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

func startThread(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(ThreadBody(body))
    let code = pthread_create(&thread, nil, runBody, context.toOpaque())
    guard code == 0 else {
        context.release()
        throw HostileServerError(code: code)
    }
    return thread
}

private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
