// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not the JSON this project accepts, or not of the shape asked for.
public enum JSONError: Error, Equatable, Sendable {
    case tooLarge(bytes: Int, maximum: Int)
    case tooDeep(maximum: Int, offset: Int)
    case tooManyValues(maximum: Int)
    case truncated
    case trailingData(offset: Int)
    case byteOrderMark
    case unexpected(byte: UInt8, offset: Int)
    case invalidUTF8(offset: Int)
    case controlCharacter(offset: Int)
    case invalidEscape(offset: Int)
    case loneSurrogate(offset: Int)
    case duplicateKey(String, offset: Int)
    /// A number with a fraction or an exponent: neither TUF nor in-toto has one, and canonical
    /// JSON cannot write it.
    case fraction(offset: Int)
    case malformedNumber(offset: Int)
    /// A member that must be there is not; `path` as in `signed.roles.root.threshold`.
    case missing(path: String)
    /// A value of another kind or out of its range.
    case mismatch(path: String, found: String, expected: String)
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let maximum): "\(bytes) bytes found, at most \(maximum) expected"
        case .tooDeep(let maximum, let offset):
            "nested too deeply at byte \(offset), at most \(maximum) levels expected"
        case .tooManyValues(let maximum): "too many values, at most \(maximum) expected"
        case .truncated: "JSON ends too early"
        case .trailingData(let offset): "data after the end of the JSON value, at byte \(offset)"
        case .byteOrderMark: "byte order mark found, expected JSON"
        case .unexpected(let byte, let offset):
            "\(named(byte)) at byte \(offset), expected JSON"
        case .invalidUTF8(let offset): "invalid UTF-8 at byte \(offset)"
        case .controlCharacter(let offset): "raw control character in a string at byte \(offset)"
        case .invalidEscape(let offset): "invalid escape in a string at byte \(offset)"
        case .loneSurrogate(let offset): "half a surrogate pair in a string at byte \(offset)"
        case .duplicateKey(let key, let offset):
            "key \(quoted(key)) twice in one object, at byte \(offset)"
        case .fraction(let offset): "fraction or exponent at byte \(offset), expected an integer"
        case .malformedNumber(let offset): "malformed number at byte \(offset)"
        case .missing(let path): "\(path): missing"
        case .mismatch(let path, let found, let expected):
            "\(path): \(found) found, \(expected) expected"
        }
    }

    private func named(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte)
            ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
    }
}
