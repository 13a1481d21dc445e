// SPDX-License-Identifier: Apache-2.0

/// Bodies that never end, drip, break off or are something else than they say.
extension HostileExchange {
    private static let okay = "HTTP/1.1 200 OK\r\n"

    /// How a body's end is told.
    package enum Framing: Sendable {
        case length, chunked, close
    }

    /// How a connection ends in the middle of a body.
    package enum Ending: Sendable {
        case close, reset
    }

    /// Chunks that lie.
    package enum ChunkLie: String, CaseIterable, Sendable {
        /// One chunk after the other, for ever.
        case endless
        /// The last chunk never comes, nor does anything else.
        case noEnd
        /// A chunk that is shorter than its size, and then the end of the connection.
        case short
        /// A chunk that is longer than its size.
        case long
        /// A size that is no number.
        case noSize
        /// A size that does not fit into 64 bits.
        case hugeSize
        /// A size of 2^63 - 1, and then a few bytes.
        case vastSize
        /// An extension of the size that never ends.
        case endlessExtension
    }

    /// A file without an end.
    ///
    /// - Parameter announced: a length to announce, which is then exceeded.
    package func endlessFile(announced: Int? = nil) -> Bool {
        send(Self.okay + (announced.map { "Content-Length: \($0)\r\n" } ?? "") + "\r\n")
        return endlessly([UInt8](repeating: 0x41, count: 16_384))
    }

    /// Sends these bytes for ever.
    package func endlessly(_ piece: [UInt8]) -> Bool {
        while send(piece) {}
        return false
    }

    /// A file byte by byte, its length announced or not.
    package func drippingFile(
        _ body: String = "x", announced: Int? = nil, every milliseconds: Int32 = 1000
    ) -> Bool {
        send(Self.okay + (announced.map { "Content-Length: \($0)\r\n" } ?? "") + "\r\n")
        drip(body, every: milliseconds)
        return false
    }

    /// A page for people where a file was asked for.
    package func loginPage() -> Bool {
        answer(
            headers: ["Content-Type: text/html; charset=utf-8"],
            body: "<!DOCTYPE html><html><body><form action=\"/login\">Sign in</form></body></html>")
    }

    /// A file that breaks off after so many bytes.
    package func truncated(
        _ body: [UInt8], at count: Int, headers: [String] = [], framing: Framing = .length,
        ending: Ending = .close
    ) -> Bool {
        var lines = headers
        switch framing {
        case .length: lines.append("Content-Length: \(body.count)")
        case .chunked: lines.append("Transfer-Encoding: chunked")
        case .close: break
        }
        send(Self.okay + lines.map { $0 + "\r\n" }.joined() + "\r\n")
        if framing == .chunked { send("\(String(body.count, radix: 16))\r\n") }
        send(Array(body.prefix(count)))
        return ending == .reset ? reset() : false
    }

    /// A good answer, after which the connection ends although it was to stay.
    package func answerAndClose(_ body: [UInt8]) -> Bool {
        _ = answer(headers: ["Connection: keep-alive"], body: body)
        return false
    }

    package func chunked(_ lie: ChunkLie) -> Bool {
        send(Self.okay + "Transfer-Encoding: chunked\r\n\r\n")
        switch lie {
        case .endless:
            return endlessly(
                Array("4000\r\n".utf8) + Array(repeating: 0x41, count: 16_384) + [13, 10])
        case .noEnd:
            send("2\r\nab\r\n")
            waitForEnd()
        case .short: send("5\r\nab")
        case .long: send("2\r\nabcd\r\n0\r\n\r\n")
        case .noSize: send("ab cd\r\n\r\n")
        case .hugeSize: send("ffffffffffffffffff\r\nab\r\n0\r\n\r\n")
        case .vastSize: send("7fffffffffffffff\r\nab\r\n0\r\n\r\n")
        case .endlessExtension:
            send("5")
            drip(";x=y", every: 10)
        }
        return false
    }

    /// A body that is 1 MiB of zeros to whoever undoes its encoding.
    package func bomb(_ encoding: Bomb.Encoding, field: String = "Content-Encoding") -> Bool {
        answer(headers: ["\(field): \(encoding.rawValue)"], body: Bomb.bytes(encoding))
    }
}
