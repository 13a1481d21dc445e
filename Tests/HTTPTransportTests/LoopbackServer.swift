// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1 that behaves as badly as its script says.
///
/// One thread a connection; `stop()` ends and joins them all.
final class LoopbackServer: Sendable {
    let port: Int
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        var threads: [pthread_t] = []
        var open: Set<Int32> = []
        var connections = 0
        var requests: [String] = []
    }

    init(_ script: Script) throws {
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
                else { throw SystemError(code: errno) }
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        try begin { [self] in acceptAll() }
    }

    /// The URL of a path on this server.
    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Connections taken so far.
    var connections: Int { state.withLock { $0.connections } }

    /// The header of every request so far, as received.
    var requests: [String] { state.withLock { $0.requests } }

    /// The request targets so far, as received.
    var targets: [String] {
        requests.map { request in
            let words = request.split(separator: " ")
            return words.count > 1 ? String(words[1]) : ""
        }
    }

    func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
            shutdown(listener, Int32(SHUT_RDWR))
            return state.threads
        }
        for thread in threads { pthread_join(thread, nil) }
        close(listener)
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
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
                try begin { [self] in serve(connection) }
            } catch {
                finish(connection)
            }
        }
    }

    private func serve(_ connection: Int32) {
        var isOpen = true
        while isOpen, let request = readHeader(connection) {
            state.withLock { $0.requests.append(request) }
            isOpen = script.answer(Exchange(connection: connection, request: request))
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
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            header.append(byte)
        }
        return String(decoding: header, as: UTF8.self)
    }

    private func begin(_ body: @escaping @Sendable () -> Void) throws {
        let thread = try startThread(body)
        state.withLock { $0.threads.append(thread) }
    }
}

/// How a server answers.
struct Script: Sendable {
    /// Answers one request; tells whether the connection stays open for another.
    let answer: @Sendable (Exchange) -> Bool

    init(_ answer: @escaping @Sendable (Exchange) -> Bool) { self.answer = answer }
}

struct SystemError: Error { let code: Int32 }

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(ThreadBody(body))
    let code = pthread_create(&thread, nil, runBody, context.toOpaque())
    guard code == 0 else {
        context.release()
        throw SystemError(code: code)
    }
    return thread
}

private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
