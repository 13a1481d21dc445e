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
    /// The bounds that it keeps.
    public let limits: JSONLimits
    let nodes: [Node]

    /// Parses and checks `bytes`.
    ///
    /// - Throws: ``JSONError``, never one of the shape errors.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooLarge(bytes: bytes.count, maximum: limits.maximumBytes)
        }
        self.bytes = bytes
        self.limits = limits
        let count = bytes.count
        // No document has more nodes than this: a value takes a byte and the comma, colon or
        // bracket before it, and only as many containers as are open may lack their end.
        let most = count / 2 + min(max(limits.maximumDepth, 0), count) + 8
        // Metadata has far fewer. What is not filled costs address space alone, but on a small
        // machine there is no more of that than of memory.
        let usual = count < 1 << 16 ? most : count / 6
        var filled = try JSONDocument.nodes(of: bytes, limits, room: usual)
        if filled == nil { filled = try JSONDocument.nodes(of: bytes, limits, room: most) }
        guard let filled else { throw .tooManyValues(maximum: most) }
        nodes = filled
    }

    /// The node list, or `nil` if it takes more than `room` nodes.
    private static func nodes(
        of bytes: [UInt8], _ limits: JSONLimits, room: Int
    ) throws(JSONError) -> [Node]? {
        let capacity = min(room, max(limits.maximumValues, 0))
        let (nodes, end) = parsed(bytes, capacity, limits.maximumDepth)
        switch end {
        case .complete: return nodes
        case .noRoom where capacity < limits.maximumValues: return nil
        case .noRoom: throw .tooManyValues(maximum: limits.maximumValues)
        case .refused(let error): throw error
        }
    }

    private static func parsed(
        _ bytes: [UInt8], _ capacity: Int, _ maximumDepth: Int
    ) -> ([Node], Ending) {
        var end = Ending.complete
        let nodes = [Node](unsafeUninitializedCapacity: capacity) { output, count in
            let room = UnsafeMutableBufferPointer(rebasing: output[..<capacity])
            bytes.withUnsafeBufferPointer { input in
                var parser = Parser(input, into: room, maximumDepth: maximumDepth)
                do throws(Parser.Fault) {
                    try parser.parse()
                    count = parser.used
                } catch {
                    end = error.reason == .full ? .noRoom : .refused(parser.error(error))
                }
            }
        }
        return (nodes, end)
    }

    private enum Ending {
        case complete, noRoom
        case refused(JSONError)
    }

    /// The outermost value.
    public var root: JSONValue { JSONValue(document: self, index: 0) }

    /// One value or key. Children of a container follow it directly; `next` skips them.
    @usableFromInline
    struct Node: Sendable {
        /// First byte; for a string the one after its quote.
        @usableFromInline var start: UInt32
        /// One past the last byte; for a string the closing quote.
        @usableFromInline var end: UInt32
        /// Index of the node after this one and all inside it.
        @usableFromInline var next: UInt32
        @usableFromInline var kind: JSONKind
        @usableFromInline var flags: Flags

        init(start: Int, end: Int, next: Int, kind: JSONKind, flags: Flags) {
            // Documents are shorter than 2^32 bytes, and have no more nodes than bytes.
            self.start = UInt32(truncatingIfNeeded: start)
            self.end = UInt32(truncatingIfNeeded: end)
            self.next = UInt32(truncatingIfNeeded: next)
            self.kind = kind
            self.flags = flags
        }
    }

    @usableFromInline
    struct Flags: OptionSet, Sendable {
        @usableFromInline let rawValue: UInt8

        @usableFromInline init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The bytes are the canonical form.
        static let canonical = Flags(rawValue: 1)
        /// A string with a backslash in it.
        static let escaped = Flags(rawValue: 2)
        /// An object whose keys stand in canonical order.
        static let sorted = Flags(rawValue: 4)
    }
}

/// What a value is.
@frozen
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
