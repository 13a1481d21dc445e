// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A way to a server on 127.0.0.1 that is slow, or stops in the middle: what the server answers
/// comes through it in small pieces. Ended with its last reference.
final class Relay {
    /// How a connection's answers come through.
    enum Pace: Sendable {
        /// So many bytes, then a pause.
        case slow(bytes: Int, milliseconds: Int)
        /// So many bytes of each connection, then nothing more before ``Relay/release()``.
        case held(after: Int)
    }

    let url: String
    private let shared: Shared

    /// - Parameter server: `http://127.0.0.1:PORT/`.
    init(to server: String, _ pace: Pace) throws {
        let digits = server.reversed().drop { $0 == "/" }.prefix { $0.isNumber }.reversed()
        guard let target = UInt16(String(digits)) else { throw SystemFailure(server) }
        let listener = try Relay.socket()
        let port = try Relay.listen(listener)
        url = "http://127.0.0.1:\(port)/"
        shared = Shared(listener: listener, target: target, pace: pace)
        detach { [shared] in shared.acceptAll() }
    }

    deinit { shared.stop() }

    /// Bytes of all answers that came through so far.
    var passed: Int { shared.state.withLock { $0.passed } }

    /// Connections that are held now.
    var held: Int { shared.state.withLock { $0.held } }

    /// Waits until so many connections are held.
    ///
    /// - Returns: whether they were, within 20 seconds.
    func waitForHeld(_ count: Int) -> Bool {
        for _ in 0..<4000 {
            if held >= count {
                // What was sent has to arrive, too; nothing tells when the other side has read it.
                usleep(500_000)
                return true
            }
            usleep(5000)
        }
        return false
    }

    /// Lets everything through from now on.
    func release() { shared.state.withLock { $0.isReleased = true } }

    private static func socket() throws -> Int32 {
        let made = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { throw SystemFailure("socket") }
        return made
    }

    private static func listen(_ listener: Int32) throws -> UInt16 {
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, length) == 0, Glibc.listen(listener, 64) == 0,
                    getsockname(listener, generic, &length) == 0
                else { throw SystemFailure("listen") }
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
    }
}

/// What the threads of a relay share; they end with their connections.
private final class Shared: Sendable {
    struct State {
        var passed = 0
        var held = 0
        var isReleased = false
        var isStopped = false
        var open: Set<Int32> = []
    }

    let state = Mutex(State())
    private let listener: Int32
    private let target: UInt16
    private let pace: Relay.Pace

    init(listener: Int32, target: UInt16, pace: Relay.Pace) {
        self.listener = listener
        self.target = target
        self.pace = pace
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = loopback(target)
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let isWanted = state.withLock { state in
                if !state.isStopped { state.open.formUnion([client, server]) }
                return isConnected && !state.isStopped
            }
            guard isWanted else {
                for end in [client, server] { close(end) }
                continue
            }
            detach { [self] in
                pass(from: client, to: server)
                shutdown(server, Int32(SHUT_RDWR))
            }
            detach { [self] in answers(from: server, to: client) }
        }
        close(listener)
    }

    private func pass(from source: Int32, to sink: Int32) {
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while case let count = recv(source, &chunk, chunk.count, 0), count > 0 {
            guard sendAll(chunk[0..<count], to: sink) else { return }
        }
    }

    private func answers(from server: Int32, to client: Int32) {
        var passed = 0
        var isHeld = false
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var size = chunk.count
            if case .slow(let bytes, _) = pace { size = min(bytes, size) }
            if case .held(let limit) = pace, !state.withLock({ $0.isReleased }) {
                if passed >= limit {
                    if !isHeld { state.withLock { $0.held += 1 } }
                    isHeld = true
                    guard isOpen(client) else { break }
                    usleep(5000)
                    continue
                }
                size = min(size, limit - passed)
            }
            let count = recv(server, &chunk, size, 0)
            guard count > 0, sendAll(chunk[0..<count], to: client) else { break }
            passed += count
            state.withLock { $0.passed += count }
            if case .slow(_, let milliseconds) = pace { usleep(UInt32(milliseconds) * 1000) }
        }
        // The other thread sees the end of its reading; the descriptors go with the process.
        for end in [server, client] { shutdown(end, Int32(SHUT_RDWR)) }
        state.withLock { if isHeld { $0.held -= 1 } }
    }

    /// Whether nobody has closed the connection, as far as can be seen without reading.
    private func isOpen(_ connection: Int32) -> Bool {
        var watched = pollfd(fd: connection, events: Int16(hungUp), revents: 0)
        return poll(&watched, 1, 0) == 0
    }

    private func sendAll(_ bytes: ArraySlice<UInt8>, to sink: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// `POLLRDHUP`, which Swift does not import.
private let hungUp: Int32 = 0x2000

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func detach(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(body))
    if pthread_create(&thread, nil, runBody, context.toOpaque()) == 0 { pthread_detach(thread) }
}

private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
