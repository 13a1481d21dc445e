// SPDX-License-Identifier: Apache-2.0
import Glibc

/// One request on one connection, and the ways to answer it.
struct Exchange {
    let connection: Int32
    let request: String

    var target: String {
        let words = request.split(separator: " ")
        return words.count > 1 ? String(words[1]) : ""
    }

    /// - Returns: `false` once the other side is gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A whole answer with its length, after which the connection stays open.
    func answer(_ status: String = "200 OK", headers: [String] = [], body: [UInt8]) -> Bool {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
        // In one piece: two would wait for each other (Nagle, delayed acknowledgement).
        return send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    func answer(_ status: String = "200 OK", headers: [String] = [], body: String = "") -> Bool {
        answer(status, headers: headers, body: Array(body.utf8))
    }

    func redirect(_ location: String, status: String = "302 Found") -> Bool {
        answer(status, headers: ["Location: \(location)"], body: "moved")
    }

    /// Sends `text` again and again, with a pause between; until the other side is gone.
    func drip(_ text: String, every milliseconds: Int32) {
        while send(text), !waitForEnd(milliseconds) {}
    }

    /// Waits for the other side to go away.
    ///
    /// - Parameter milliseconds: -1 to wait for ever.
    /// - Returns: whether it did.
    @discardableResult
    func waitForEnd(_ milliseconds: Int32 = -1) -> Bool {
        var watched = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, milliseconds) != 0
    }

    /// Lets the connection end with a reset, once what was sent has had time to arrive.
    func reset() {
        waitForEnd(100)
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            connection, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
    }
}
