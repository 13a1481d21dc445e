// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What a proxy does with `CONNECT`.
extension HostileExchange {
    /// Opens a connection to a port of this machine and carries bytes both ways until one side
    /// ends.
    package func tunnel(toPort port: Int) -> Bool {
        let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(far) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(far, $0, length)
            }
        }
        guard code == 0 else { return answer("502 Bad Gateway") }
        send("HTTP/1.1 200 Connection established\r\n\r\n")
        var watched = [connection, far].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&watched, 2, -1) > 0 {
            for (from, to) in [(0, far), (1, connection)] where watched[from].revents != 0 {
                guard carry(from: watched[from].fd, to: to) else { return false }
            }
        }
        return false
    }

    private func carry(from: Int32, to: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(from, &bytes, bytes.count, 0)
        return count > 0 && Glibc.send(to, bytes, count, Int32(MSG_NOSIGNAL)) == count
    }
}
