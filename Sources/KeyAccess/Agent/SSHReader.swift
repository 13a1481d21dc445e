// SPDX-License-Identifier: Apache-2.0

/// Reads the data types of ssh (RFC 4251 §5) from bytes that are not trusted.
struct SSHReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func byte(_ what: String) throws(AgentFault) -> UInt8 {
        guard let byte = rest.popFirst() else { throw .malformed("\(what) missing") }
        return byte
    }

    mutating func integer(_ what: String) throws(AgentFault) -> Int {
        guard rest.count >= 4 else { throw .malformed("\(what) missing") }
        let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        return value
    }

    mutating func string(_ what: String) throws(AgentFault) -> [UInt8] {
        let length = try integer(what)
        guard length <= rest.count else {
            throw .malformed("\(what) of \(length) bytes, \(rest.count) left")
        }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }

    /// A positive integer of at most so many bytes, in its one form; without a leading zero.
    mutating func positiveInteger(
        _ what: String, maximumBytes: Int
    ) throws(AgentFault) -> [UInt8] {
        let bytes = try string(what)
        guard let first = bytes.first, first < 0x80 else {
            throw .malformed("\(what) is not positive")
        }
        guard first == 0 else {
            guard bytes.count <= maximumBytes else { throw .malformed("\(what) is too large") }
            return bytes
        }
        guard bytes.count > 1, bytes[1] >= 0x80 else {
            throw .malformed("\(what) has needless zeros")
        }
        guard bytes.count <= maximumBytes + 1 else { throw .malformed("\(what) is too large") }
        return Array(bytes.dropFirst())
    }

    /// Text to be shown: bytes that are not UTF-8 become U+FFFD.
    mutating func text(_ what: String) throws(AgentFault) -> String {
        String(decoding: try string(what), as: UTF8.self)
    }

    func expectEnd(of what: String) throws(AgentFault) {
        guard rest.isEmpty else { throw .malformed("\(rest.count) bytes after \(what)") }
    }
}

/// The bytes of a string with its length (RFC 4251 §5).
func sshString(_ bytes: [UInt8]) -> [UInt8] { sshInteger(bytes.count) + bytes }

func sshString(_ text: String) -> [UInt8] { sshString(Array(text.utf8)) }

/// A `uint32`.
func sshInteger(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).bigEndian) { Array($0) }
}
