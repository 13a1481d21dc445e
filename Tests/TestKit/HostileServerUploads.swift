// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Bodies that a client sends.
extension HostileExchange {
    /// What the request announces; 0 if nothing.
    package var announcedLength: Int {
        request.value(of: "Content-Length").flatMap { Int($0) } ?? 0
    }

    /// The body, as long as announced.
    ///
    /// - Returns: less than that if the other side ends before.
    package func receiveBody() -> [UInt8] { receive(announcedLength) }

    /// The next bytes of the body.
    package func receive(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let more = bytes.withUnsafeMutableBytes {
                recv(connection, $0.baseAddress! + got, count - got, 0)
            }
            guard more > 0 else { break }
            got += more
        }
        return Array(bytes.prefix(got))
    }

    /// Reads the body in portions with a pause after each.
    ///
    /// - Returns: how much came.
    package func receiveSlowly(portion: Int, every milliseconds: Int32) -> Int {
        var got = 0
        while got < announcedLength {
            let bytes = receive(min(portion, announcedLength - got))
            got += bytes.count
            guard !bytes.isEmpty, !waitForHangup(milliseconds) else { break }
        }
        return got
    }

    /// Waits for the other side to go away, or for the server's end, and reads nothing.
    ///
    /// - Parameter milliseconds: -1 to wait for ever.
    /// - Returns: whether that came.
    @discardableResult
    package func waitForHangup(_ milliseconds: Int32 = -1) -> Bool {
        let hangup: Int16 = 0x2000  // POLLRDHUP, which Swift does not see
        var watched = pollfd(fd: connection, events: hangup, revents: 0)
        return poll(&watched, 1, milliseconds) != 0
    }
}
