// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The head of one answer, as it goes over the wire.
struct ResponseHead {
    /// Code and reason.
    enum Status: String {
        case ok = "200 OK"
        case partialContent = "206 Partial Content"
        case notModified = "304 Not Modified"
        case badRequest = "400 Bad Request"
        case notFound = "404 Not Found"
        case methodNotAllowed = "405 Method Not Allowed"
        case rangeNotSatisfiable = "416 Range Not Satisfiable"
        case headTooLarge = "431 Request Header Fields Too Large"
        case unavailable = "503 Service Unavailable"
    }

    let status: Status
    /// Header lines, each with its line end.
    var lines: [[UInt8]] = []
    /// `Content-Length`; `nil` where none belongs.
    var length: Int?
    /// Whether the connection ends with this answer.
    var closes = false

    /// Appends the head to `buffer`.
    ///
    /// - Parameter second: the time of the answer.
    /// - Returns: where in the buffer the date stands.
    @discardableResult
    func write(second: Int, to buffer: inout ByteBuffer) -> Int {
        buffer.writeString("HTTP/1.1 \(status.rawValue)\r\nDate: ")
        let date = buffer.writerIndex
        buffer.writeBytes(HTTPDate.bytes(second))
        buffer.writeString("\r\n")
        for line in lines { buffer.writeBytes(line) }
        if let length { buffer.writeString("Content-Length: \(length)\r\n") }
        if closes { buffer.writeString("Connection: close\r\n") }
        buffer.writeString("\r\n")
        return date
    }
}
