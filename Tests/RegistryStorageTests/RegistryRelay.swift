// SPDX-License-Identifier: Apache-2.0
import Glibc
import TestKit

/// Stands between a store and a real registry, and loses answers: the registry has done what it
/// was asked for, and nobody hears of it.
enum RegistryRelay {
    /// - Parameter isLost: whether the answer to this request is lost.
    static func script(
        to port: Int, losing isLost: @escaping @Sendable (HostileExchange) -> Bool
    ) -> HostileServer.Script {
        HostileServer.Script { exchange in
            let body = exchange.receiveBody()
            let header =
                exchange.request.header.split(separator: "\r\n")
                .filter { !$0.lowercased().hasPrefix("connection:") } + ["Connection: close"]
            let request = Array((header.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
            guard let answer = ask(port, request), !isLost(exchange) else { return false }
            exchange.send(answer)
            return false
        }
    }

    /// Sends a request and reads until the other side ends.
    private static func ask(_ port: Int, _ request: [UInt8]) -> [UInt8]? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { return nil }
        var rest = request[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return nil }
            rest = rest.dropFirst(sent)
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &piece, piece.count, 0)
            guard count >= 0 else { return nil }
            if count == 0 { return answer }
            answer += piece.prefix(count)
        }
    }
}
