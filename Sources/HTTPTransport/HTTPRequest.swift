// SPDX-License-Identifier: Apache-2.0

/// One request of a storage engine, of which nothing is done but what it says.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case head = "HEAD"
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
        case patch = "PATCH"
    }

    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A part of a file on this machine, which is read while it is sent. If the file changes
        /// meanwhile, the last of it is not sent.
        case file(path: String, offset: Int, length: Int)

        /// Bytes.
        package var length: Int {
            switch self {
            case .none: 0
            case .bytes(let bytes): bytes.count
            case .file(_, _, let length): length
            }
        }
    }

    package var method: Method
    /// Absolute, percent-encoded; sent as it is.
    package var url: String
    /// Beside `Host`, `Content-Length`, `User-Agent` and `Accept`. With an `Authorization` among
    /// them, none of the transport's own credentials is sent.
    package var headers: [(String, String)]
    package var body: Body
    /// Seconds without a break that the exchange may be slow, the server's time for its answer
    /// among them; `nil` for ``TransportLimits/slowSeconds``.
    package var slowSeconds: Int?
    /// Asked before the last bytes of a file are sent; `false` keeps them back.
    package var mayEnd: (@Sendable () -> Bool)?
    /// What passes before the request is sent.
    package var pauseMilliseconds = 0

    package init(
        _ method: Method, _ url: String, headers: [(String, String)] = [], body: Body = .none
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// libcurl 7.88 sends up to twice this with the header.
    private static let shortBytes = 32 << 10

    /// Whether a body is announced, be it an empty one.
    var hasBody: Bool {
        switch (method, body) {
        case (.put, _), (.post, _), (.patch, _): true
        case (_, .none): false
        default: true
        }
    }

    var hasAuthorization: Bool {
        has("authorization")
    }

    /// - Parameter name: in lower case.
    private func has(_ name: StaticString) -> Bool {
        headers.contains { header, _ in
            guard header.utf8.count == name.utf8CodeUnitCount else { return false }
            return name.withUTF8Buffer { header.utf8.lazy.map(lowerCased).elementsEqual($0) }
        }
    }

    /// Header lines in libcurl's form; `nil` if one of them could become more than one line.
    var headerLines: [String]? {
        var lines: [String] = []
        lines.reserveCapacity(headers.count + 2)
        for (name, value) in headers {
            guard isHeaderName(name.utf8), isHeaderValue(value) else { return nil }
            var line = name
            if value.isEmpty {
                // With nothing after its colon libcurl would leave the line out.
                line += ";"
            } else {
                line += ": "
                line += value
            }
            lines.append(line)
        }
        // Without this libcurl asks for leave before a long body and may wait a second for it.
        if hasBody { lines.append("Expect:") }
        // What libcurl would say of a short body by itself.
        if isShort, !has("content-type") { lines.append("Content-Type:") }
        return lines
    }

    /// Whether the body goes to libcurl in one piece, which then sends it with the header.
    var isShort: Bool {
        guard case .bytes(let bytes) = body, hasBody else { return false }
        return (1...Self.shortBytes).contains(bytes.count)
    }
}

/// A token of RFC 9110 §5.6.2.
func isHeaderName(_ name: some Collection<UInt8>) -> Bool {
    !name.isEmpty
        && name.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"): true
            default: "!#$%&'*+.^_`|~".utf8.contains(byte)
            }
        }
}

private func isHeaderValue(_ value: String) -> Bool {
    var value = value
    return value.withUTF8 { bytes in
        bytes.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7f }
    }
}
