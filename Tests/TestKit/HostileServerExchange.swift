// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A request as a ``HostileServer`` received it.
package struct HostileRequest: Sendable {
    /// The request line and all header lines, byte for byte.
    package let header: String

    package var method: String { word(0) }

    /// The path and query, or whatever else stands there.
    package var target: String { word(1) }

    /// Header lines without the request line.
    package var lines: [String] {
        header.split(separator: "\r\n").dropFirst().map(String.init)
    }

    /// The value of the first header line of this name, in any case.
    package func value(of name: String) -> String? {
        lines.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { $0.dropFirst(name.count + 1).drop { $0 == " " } }.map(String.init)
    }

    /// N of a line `Range: bytes=N-`.
    package var rangeStart: Int? {
        value(of: "Range").flatMap { value in
            value.hasPrefix("bytes=") && value.hasSuffix("-")
                ? Int(value.dropFirst(6).dropLast()) : nil
        }
    }

    private func word(_ place: Int) -> String {
        let words = header.prefix { $0 != "\r\n" }.split(separator: " ")
        return words.count > place ? String(words[place]) : ""
    }
}

/// One request on one connection, and the ways to answer it.
///
/// Each answer tells whether the connection stays open, as a script has to. Here are the honest
/// ones and the tools; what a hostile server does stands in the other files of this name.
package struct HostileExchange: Sendable {
    let connection: Int32
    package let request: HostileRequest
    /// 1 for the first request of this target.
    package let number: Int

    package var target: String { request.target }

    /// - Returns: `false` once the other side is gone.
    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
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
    package func answer(
        _ status: String = "200 OK", headers: [String] = [], body: [UInt8]
    ) -> Bool {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
        // In one piece: two would wait for each other (Nagle, delayed acknowledgement).
        return send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    package func answer(
        _ status: String = "200 OK", headers: [String] = [], body: String = ""
    ) -> Bool {
        answer(status, headers: headers, body: Array(body.utf8))
    }

    package func notFound() -> Bool { answer("404 Not Found", body: "nothing here") }

    package func redirect(_ location: String, status: String = "302 Found") -> Bool {
        answer(status, headers: ["Location: \(location)"], body: "moved")
    }

    /// Sends `text` again and again, with a pause between; until the other side is gone.
    package func drip(_ text: String, every milliseconds: Int32) {
        while send(text), !waitForEnd(milliseconds) {}
    }

    /// Waits for the other side to go away.
    ///
    /// - Parameter milliseconds: -1 to wait for ever.
    /// - Returns: whether it did.
    @discardableResult
    package func waitForEnd(_ milliseconds: Int32 = -1) -> Bool {
        var watched = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, milliseconds) != 0
    }

    /// Lets the connection end with a reset, once what was sent has had time to arrive.
    @discardableResult
    package func reset() -> Bool {
        waitForEnd(100)
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            connection, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        return false
    }
}
