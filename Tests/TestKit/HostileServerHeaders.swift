// SPDX-License-Identifier: Apache-2.0

/// Headers that never come to an end, come slowly or not at all, and redirects.
extension HostileExchange {
    /// Header lines for ever.
    ///
    /// - Parameter lineLength: of each, its name and end not counted.
    package func endlessHeader(lineLength: Int = 10) -> Bool {
        send("HTTP/1.1 200 OK\r\n")
        return endlessly(Array(("X: " + String(repeating: "a", count: lineLength) + "\r\n").utf8))
    }

    /// One header line for ever.
    package func endlessHeaderLine() -> Bool {
        send("HTTP/1.1 200 OK\r\nX: ")
        return endlessly([UInt8](repeating: 0x61, count: 4096))
    }

    /// A good file under a header with one line of this length.
    package func file(_ body: [UInt8], withHeaderLineOf count: Int) -> Bool {
        answer(headers: ["X: " + String(repeating: "a", count: max(0, count - 3))], body: body)
    }

    /// Header lines one at a time, with a pause between.
    package func slowHeader(every milliseconds: Int32 = 1000) -> Bool {
        send("HTTP/1.1 200 OK\r\n")
        drip("X-Drop: 1\r\n", every: milliseconds)
        return false
    }

    /// Nothing at all, and the connection stays.
    package func silence() -> Bool {
        waitForEnd()
        return false
    }

    /// Interim answers for ever.
    package func interimFlood(_ status: String = "100 Continue") -> Bool {
        endlessly(Array("HTTP/1.1 \(status)\r\n\r\n".utf8))
    }

    /// Lines after the last chunk, for ever.
    package func endlessTrailer() -> Bool {
        send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
        return endlessly(Array("X: trailer\r\n".utf8))
    }

    /// A redirect to the URL that was asked for.
    package func redirectToItself() -> Bool { redirect(target) }

    /// A redirect that each time leads to another path of this server, for ever.
    package func redirectForEver() -> Bool {
        redirect("/\((Int(target.dropFirst()) ?? 0) + 1)")
    }

    /// A redirect that does not say where to.
    package func redirectNowhere(status: String = "301 Moved Permanently") -> Bool {
        answer(status, body: "moved")
    }

    /// A server's own fault.
    package func fault(_ status: String = "503 Service Unavailable", retryAfter: String? = nil)
        -> Bool
    {
        answer(status, headers: retryAfter.map { ["Retry-After: \($0)"] } ?? [], body: "later")
    }
}
