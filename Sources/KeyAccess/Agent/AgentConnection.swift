// SPDX-License-Identifier: Apache-2.0
import Glibc

/// One connection to the socket of an ssh-agent; closed with its last use.
struct AgentConnection: ~Copyable {
    /// What OpenSSH's agent sends at most, in bytes.
    static let maximumAnswer = 256 << 10

    private let socket: Int32

    init(_ path: String, _ limit: Duration) throws(AgentFault) {
        socket = try AgentConnection.connected(path, limit)
    }

    private static func connected(
        _ path: String, _ limit: Duration
    ) throws(AgentFault) -> Int32 {
        let bytes = Array(path.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room, !bytes.contains(0) else { throw .longPath(path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let socket = Glibc.socket(AF_UNIX, Int32(type), 0)
        guard socket >= 0 else { throw .unreachable(path: path, .latest) }
        let deadline = Deadline(after: limit)
        while true {
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if status == 0 { return socket }
            let reason = SystemReason.latest
            // A queue that is full says EAGAIN, and there is nothing to wait on.
            guard reason.number == EAGAIN || reason.number == EINTR, !deadline.isOver else {
                close(socket)
                throw .unreachable(path: path, reason)
            }
            poll(nil, 0, 10)
        }
    }

    deinit { close(socket) }

    /// Process that listens at the other end; `nil` if the system does not say.
    var listener: pid_t? {
        // `struct ucred` of unix(7), which is not imported: process, user, group.
        var credentials: [Int32] = [0, 0, 0]
        var length = socklen_t(12)
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0,
            credentials[0] > 0
        else { return nil }
        return credentials[0]
    }

    /// Sends a message and gives the answer, without their lengths.
    ///
    /// - Parameters:
    ///   - limit: for all of it.
    ///   - patience: after it `whileWaiting` is called, once, if no answer has begun.
    borrowing func exchange(
        _ message: [UInt8], within limit: Duration, patience: Duration? = nil,
        whileWaiting: () -> Void = {}
    ) throws(AgentFault) -> [UInt8] {
        let deadline = Deadline(after: limit)
        try send(sshString(message), deadline, limit)
        if let patience {
            if !isReady(POLLIN, Deadline(after: min(patience, limit))) { whileWaiting() }
        }
        let length = try receive(4, deadline, limit).reduce(0) { $0 << 8 | Int($1) }
        guard length <= AgentConnection.maximumAnswer else {
            throw .tooLong(bytes: length, maximum: AgentConnection.maximumAnswer)
        }
        return try receive(length, deadline, limit)
    }

    private borrowing func send(
        _ bytes: [UInt8], _ deadline: Deadline, _ limit: Duration
    ) throws(AgentFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            guard errno == EAGAIN || errno == EINTR else { throw .closed }
            guard isReady(POLLOUT, deadline) else { throw .silent(limit) }
        }
    }

    private borrowing func receive(
        _ count: Int, _ deadline: Deadline, _ limit: Duration
    ) throws(AgentFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let received = bytes.withUnsafeMutableBytes {
                recv(socket, $0.baseAddress! + filled, count - filled, 0)
            }
            if received > 0 {
                filled += received
                continue
            }
            guard received < 0, errno == EAGAIN || errno == EINTR else { throw .closed }
            guard isReady(POLLIN, deadline) else { throw .silent(limit) }
        }
        return bytes
    }

    /// Waits; `false` if the time is over.
    private borrowing func isReady(_ event: Int32, _ deadline: Deadline) -> Bool {
        while true {
            var waiting = pollfd(fd: socket, events: Int16(event), revents: 0)
            let count = poll(&waiting, 1, deadline.milliseconds())
            if count > 0 { return true }
            // A poll that ends a little early is repeated.
            if deadline.isOver { return false }
        }
    }
}
