// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Carries connections to a server on this machine, and lets every byte take a while on its way:
/// a server on another continent.
///
/// Connections are opened without delay, so that what is measured is the latency of requests.
package final class DelayingProxy: Sendable {
    package let port: Int
    private let target: Int
    private let milliseconds: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        var acceptor: pthread_t?
        var threads: [pthread_t] = []
        var open: Set<Int32> = []
        /// Connections with a request that is not answered yet.
        var asking: Set<Int32> = []
        var mostAtOnce = 0
    }

    /// - Parameters:
    ///   - target: port of the server.
    ///   - milliseconds: from a request to its answer, half of it each way.
    package init(to target: Int, roundTrip milliseconds: Int) throws {
        self.target = target
        self.milliseconds = milliseconds
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = DelayingProxy.loopback(port: 0)
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

    /// The URL of a path on the server, by way of this proxy.
    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// How many requests were on their way at the same time, at most.
    package var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

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
        for thread in state.withLock({ $0.threads }) { pthread_join(thread, nil) }
        close(listener)
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private func acceptAll() {
        while true {
            let near = accept(listener, nil, nil)
            if near >= 0 { _ = fcntl(near, F_SETFD, FD_CLOEXEC) }
            guard near >= 0, let far = connectToTarget() else {
                if near >= 0 { close(near) }
                if state.withLock({ $0.isStopped }) || near < 0 { return }
                continue
            }
            let isStopped = state.withLock { state in
                if !state.isStopped { state.open.formUnion([near, far]) }
                return state.isStopped
            }
            let thread = isStopped ? nil : try? startThread { [self] in carry(near, far) }
            guard let thread else {
                finish(near, far)
                if isStopped { return }
                continue
            }
            state.withLock { $0.threads.append(thread) }
        }
    }

    private func connectToTarget() -> Int32? {
        let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = DelayingProxy.loopback(port: target)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(far, $0, length) }
        }
        if code == 0 { return far }
        close(far)
        return nil
    }

    private func finish(_ near: Int32, _ far: Int32) {
        state.withLock { state in
            state.open.subtract([near, far])
            close(near)
            close(far)
        }
    }

    private func note(_ near: Int32) {
        state.withLock { state in
            state.asking.insert(near)
            state.mostAtOnce = max(state.mostAtOnce, state.asking.count)
        }
    }

    /// One direction of a connection.
    private struct Way {
        let from: Int32
        let to: Int32
        /// What is on its way, and when it arrives.
        var chunks: [(due: Int, bytes: [UInt8])] = []
        var hasEnded = false
    }

    private func carry(_ near: Int32, _ far: Int32) {
        defer { finish(near, far) }
        for socket in [near, far] {
            var on: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        }
        var ways = [Way(from: near, to: far), Way(from: far, to: near)]
        while !ways.allSatisfy({ $0.hasEnded && $0.chunks.isEmpty }) {
            let due = ways.compactMap { $0.chunks.first?.due }.min()
            // A direction that has ended, or is full, is not looked at.
            var watched = ways.map { way in
                let isRead = !way.hasEnded && way.chunks.count < 1024
                return pollfd(fd: isRead ? way.from : -1, events: Int16(POLLIN), revents: 0)
            }
            let pause = due.map { Int32(max(0, $0 - DelayingProxy.now)) } ?? -1
            guard poll(&watched, 2, pause) >= 0 || errno == EINTR else { return }
            for index in ways.indices {
                if watched[index].revents != 0 {
                    receive(&ways[index])
                    if index == 0 { note(near) }
                }
                guard deliver(&ways[index]) else { return }
            }
        }
    }

    private func receive(_ way: inout Way) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(way.from, &bytes, bytes.count, 0)
        if count <= 0 { way.hasEnded = true }
        // The end takes its time, too.
        let chunk = count > 0 ? Array(bytes[..<count]) : []
        way.chunks.append((DelayingProxy.now + milliseconds / 2, chunk))
    }

    /// - Returns: `false` if nobody takes it any more.
    private func deliver(_ way: inout Way) -> Bool {
        let now = DelayingProxy.now
        while let chunk = way.chunks.first, chunk.due <= now {
            way.chunks.removeFirst()
            _ = state.withLock { $0.asking.remove(way.to) }
            if chunk.bytes.isEmpty {
                shutdown(way.to, Int32(SHUT_WR))
            } else {
                var offset = 0
                while offset < chunk.bytes.count {
                    let sent = chunk.bytes.withUnsafeBytes {
                        send(
                            way.to, $0.baseAddress.map { $0 + offset }, $0.count - offset,
                            Int32(MSG_NOSIGNAL))
                    }
                    guard sent > 0 else { return false }
                    offset += sent
                }
            }
        }
        return true
    }

    /// Milliseconds of the monotonic clock.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
