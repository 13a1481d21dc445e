// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Tells the service manager how a daemon fares: `sd_notify(3)`, a datagram to the socket that
/// the variable `NOTIFY_SOCKET` names. Without it nothing is sent.
enum ServiceNotice {
    static func send(_ text: String) {
        guard let path = Home.variable("NOTIFY_SOCKET"), let first = path.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        var bytes = Array(path.utf8)
        guard bytes.count < capacity else { return }
        // An abstract name: its first byte is zero.
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(
            MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + bytes.count } ?? 0)
        let line = Array(text.split(separator: "\n").joined(separator: " ").utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = sendto(
                    descriptor, line, line.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL), generic,
                    length)
            }
        }
    }
}
