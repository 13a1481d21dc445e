// SPDX-License-Identifier: Apache-2.0
package import TUFClient

/// What a server answered, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// Empty if it went into a sink. Of an answer other than 2xx as much as
    /// ``TransportLimits/maximumErrorBodyBytes`` allows.
    package let body: [UInt8]
    /// Seconds that the server asks us to wait before the next try; 0 if it does not.
    package let retryAfterSeconds: Int
    /// The lines as they came, each with its end: most answers are asked for their status alone.
    private let header: [UInt8]

    init(status: Int, header: [UInt8], body: [UInt8], retryAfterSeconds: Int) {
        self.status = status
        self.header = header
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// All header fields in their order, names in lower case.
    package var fields: [(name: String, value: [UInt8])] {
        header.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let (name, value) = headerField(line) else { return nil }
            return (String(decoding: name.map(lowerCased), as: UTF8.self), Array(value))
        }
    }

    package var isSuccess: Bool { (200...299).contains(status) }

    /// The values of all fields of a name, in any case; those that are no UTF-8 left out.
    package func values(of name: String) -> [String] {
        let wanted = name.utf8.map(lowerCased)
        return header.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.count > wanted.count, let (name, value) = headerField(line),
                name.count == wanted.count, name.lazy.map(lowerCased).elementsEqual(wanted)
            else { return nil }
            return String(validating: value, as: UTF8.self)
        }
    }

    /// The value of a field; `nil` if there is none, or if there are several that differ.
    package func value(of name: String) -> String? {
        let values = values(of: name)
        guard let first = values.first,
            values.allSatisfy({ $0.utf8.elementsEqual(first.utf8) })
        else { return nil }
        return first
    }

    /// Of `Content-Length`, also of an answer to HEAD; `nil` if it is no number.
    package var contentLength: Int? { value(of: "content-length").flatMap { decimal($0.utf8) } }

    /// Whether another try may have another answer: the server's own fault, or too much at once.
    package var isTransient: Bool {
        status == 429 || (500...599).contains(status) && status != 501 && status != 505
    }
}

/// Name and value of a header line; `nil` if it has no name.
private func headerField(
    _ line: ArraySlice<UInt8>
) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isHeaderName(line[..<colon])
    else { return nil }
    var value = line[(colon + 1)...]
    while let first = value.first, isHeaderBlank(first) { value = value.dropFirst() }
    while let last = value.last, isHeaderBlank(last) { value = value.dropLast() }
    return (line[..<colon], value)
}

/// A space, or what may stand at the end of a line.
func isHeaderBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
}

/// A sink that wants to know whose bytes it gets: to ask for the rest of the same file.
package protocol AnswerSink: FetchSink {
    /// Status and fields of the answer, before its first byte that is for the sink.
    func begin(_ answer: HTTPResponse)
}

/// How one try went.
package enum HTTPAttempt: Sendable {
    case answered(HTTPResponse)
    /// - Parameter isTransient: whether another try may go better; the request may have taken
    ///   effect all the same.
    case failed(FetchError, isTransient: Bool)
    /// The file to be sent could not be read to its end, or changed meanwhile.
    case unsent(BodyFault)

    package var isTransient: Bool {
        switch self {
        case .answered(let response): response.isTransient
        case .failed(_, let isTransient): isTransient
        case .unsent: false
        }
    }
}

/// Why a file could not be sent.
package enum BodyFault: Error, Equatable, Sendable {
    case changed
    /// The system's words.
    case unreadable(String)
}

extension BodyFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .changed: "changed while it was being sent"
        case .unreadable(let words): words
        }
    }
}
