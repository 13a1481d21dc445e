// SPDX-License-Identifier: Apache-2.0

/// Text whose identity is its UTF-8 bytes.
///
/// `String` compares by canonical equivalence: a precomposed and a decomposed é are equal, and
/// the order is not that of code points. Names of keys, roles, files and artifacts, and the
/// order of canonical JSON, go by bytes, so they are held in this type.
public struct UTF8Text: Sendable, Hashable, Comparable {
    /// The same text, for showing.
    public let string: String

    public init(_ string: String) {
        var native = string
        native.makeContiguousUTF8()
        self.string = native
    }

    /// Text of bytes that are known to be valid UTF-8; invalid ones are refused with `nil`.
    public init?(validating bytes: some Collection<UInt8>) {
        guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
        self.string = string
    }

    /// The bytes.
    public var utf8: String.UTF8View { string.utf8 }
    /// Number of bytes.
    public var count: Int { string.utf8.count }
    public var isEmpty: Bool { string.isEmpty }

    public static func == (left: UTF8Text, right: UTF8Text) -> Bool {
        left.count == right.count && left.compared(with: right) == 0
    }

    public static func < (left: UTF8Text, right: UTF8Text) -> Bool {
        left.compared(with: right) < 0
    }

    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }

    /// Calls `body` with the bytes in place.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        // Native strings have their bytes in one place, and this way they are not copied.
        if let result = string.utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = string
        return copy.withUTF8(body)
    }

    private func compared(with other: UTF8Text) -> Int {
        withBytes { left in other.withBytes { right in compareBytes(left, right) } }
    }
}

extension UTF8Text: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension UTF8Text: CustomStringConvertible {
    public var description: String { string }
}

/// Text from outside, made fit for one line of a message: control and invisible formatting
/// characters escaped, cut to 120 characters.
package func quoted(_ text: String) -> String {
    var result = "\""
    var count = 0
    for scalar in text.unicodeScalars {
        if count == 120 {
            result += "…"
            break
        }
        count += 1
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default:
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// ``quoted(_:)`` for text held by its bytes.
package func quoted(_ text: UTF8Text) -> String { quoted(text.string) }
