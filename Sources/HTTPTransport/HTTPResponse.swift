// SPDX-License-Identifier: Apache-2.0
package import TUFClient

/// What a server answered, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// All header fields in their order, names in lower case.
    package let fields: [(name: String, value: [UInt8])]
    /// Empty if it went into a sink. Of an answer other than 2xx as much as
    /// ``TransportLimits/maximumErrorBodyBytes`` allows.
    package let body: [UInt8]
    /// Seconds that the server asks us to wait before the next try; 0 if it does not.
    package let retryAfterSeconds: Int

    package init(
        status: Int, fields: [(name: String, value: [UInt8])], body: [UInt8],
        retryAfterSeconds: Int = 0
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var isSuccess: Bool { (200...299).contains(status) }

    /// The values of all fields of a name, in any case; those that are no UTF-8 left out.
    package func values(of name: String) -> [String] {
        let name = name.utf8.map(lowerCased)
        return fields.filter { $0.name.utf8.elementsEqual(name) }
            .compactMap { String(validating: $0.value, as: UTF8.self) }
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
