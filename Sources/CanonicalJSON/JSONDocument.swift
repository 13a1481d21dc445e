// SPDX-License-Identifier: Apache-2.0

/// Bounds for a document from outside.
public struct JSONLimits: Sendable {
    /// Length of the whole document.
    public var maximumBytes: Int
    /// Objects and arrays inside one another.
    public var maximumDepth: Int
    /// Values and keys together.
    public var maximumValues: Int

    public init(
        maximumBytes: Int = 512 << 20, maximumDepth: Int = 64, maximumValues: Int = 64 << 20
    ) {
        self.maximumBytes = min(maximumBytes, Int(UInt32.max) - 1)
        self.maximumDepth = maximumDepth
        self.maximumValues = maximumValues
    }
}

/// A parsed document: the bytes as received, and a flat list of where each value stands.
///
/// Nothing is copied out of the bytes until asked for. Parsing is strict (RFC 8259 without
/// fractions, no byte order mark, no duplicate keys, valid UTF-8, no half surrogates) and notes
/// for each value whether its bytes already are its canonical form.
public final class JSONDocument: Sendable {
    /// The document as received.
    public let bytes: [UInt8]
    let nodes: [Node]

    /// Parses and checks `bytes`.
    ///
    /// - Throws: ``JSONError``, never one of the shape errors.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooLarge(bytes: bytes.count, maximum: limits.maximumBytes)
        }
        self.bytes = bytes
        let outcome = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) -> [Node] in
                var parser = Parser(buffer, limits)
                return try parser.parse()
            }
        }
        self.nodes = try outcome.get()
    }

    /// The outermost value.
    public var root: JSONValue { JSONValue(document: self, index: 0) }

    /// One value or key. Children of a container follow it directly; `next` skips them.
    struct Node {
        /// First byte; for a string the one after its quote.
        var start: UInt32
        /// One past the last byte; for a string the closing quote.
        var end: UInt32
        /// Index of the node after this one and all inside it.
        var next: UInt32
        var kind: JSONKind
        var flags: Flags
    }

    struct Flags: OptionSet {
        let rawValue: UInt8
        /// The bytes are the canonical form.
        static let canonical = Flags(rawValue: 1)
        /// A string with a backslash in it.
        static let escaped = Flags(rawValue: 2)
        /// An object whose keys stand in canonical order.
        static let sorted = Flags(rawValue: 4)
    }
}

/// What a value is.
public enum JSONKind: UInt8, Sendable {
    case object, array, string, integer, boolean, null

    var words: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "true or false"
        case .null: "null"
        }
    }
}
