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

    /// Whether a body is announced, be it an empty one.
    var hasBody: Bool {
        switch (method, body) {
        case (.put, _), (.post, _), (.patch, _): true
        case (_, .none): false
        default: true
        }
    }

    var hasAuthorization: Bool {
        headers.contains { $0.0.utf8.map(lowerCased).elementsEqual("authorization".utf8) }
    }

    /// Header lines in libcurl's form; `nil` if one of them could become more than one line.
    var headerLines: [String]? {
        var lines: [String] = []
        for (name, value) in headers {
            guard isHeaderName(name.utf8), isHeaderValue(value.utf8) else { return nil }
            // With nothing after its colon libcurl would leave the line out.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // Without this libcurl asks for leave before a long body and may wait a second for it.
        return hasBody ? lines + ["Expect:"] : lines
    }
}

/// A token of RFC 9110 §5.6.2.
func isHeaderName(_ name: some Collection<UInt8>) -> Bool {
    !name.isEmpty
        && name.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}

private func isHeaderValue(_ value: some Sequence<UInt8>) -> Bool {
    value.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7f }
}
