// SPDX-License-Identifier: Apache-2.0

/// Reads the parts of OpenPGP packets (RFC 4880 §3, §4.2) from bytes that are not trusted.
struct PacketReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte(_ what: String) throws(OpenPGPFault) -> UInt8 {
        guard let byte = rest.popFirst() else { throw .malformed("\(what) missing") }
        return byte
    }

    /// A number of so many bytes, the highest first; at most seven.
    mutating func integer(_ count: Int, _ what: String) throws(OpenPGPFault) -> Int {
        try bytes(count, what).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func bytes(_ count: Int, _ what: String) throws(OpenPGPFault) -> [UInt8] {
        guard count <= rest.count else {
            throw .malformed("\(what) of \(count) bytes, \(rest.count) left")
        }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A multiprecision integer in its one form, without leading zeros.
    mutating func number(_ what: String, maximumBits: Int) throws(OpenPGPFault) -> [UInt8] {
        let (bytes, bits) = try written(what, maximumBits)
        guard let first = bytes.first else { return [] }
        guard 8 - first.leadingZeroBitCount == (bits - 1) % 8 + 1 else {
            throw .malformed("\(what) has another length than it says")
        }
        return bytes
    }

    /// Bytes that stand as a multiprecision integer though their leading zeros count: some write
    /// these, some do not.
    mutating func padded(_ what: String, bytes count: Int) throws(OpenPGPFault) -> [UInt8] {
        let bytes = try written(what, count * 8).bytes
        return [UInt8](repeating: 0, count: count - bytes.count) + bytes
    }

    private mutating func written(
        _ what: String, _ maximumBits: Int
    ) throws(OpenPGPFault) -> (bytes: [UInt8], bits: Int) {
        let bits = try integer(2, what)
        guard bits <= maximumBits else { throw .malformed("\(what) of \(bits) bits") }
        return (try bytes((bits + 7) / 8, what), bits)
    }

    func expectEnd(of what: String) throws(OpenPGPFault) {
        guard rest.isEmpty else { throw .malformed("\(rest.count) bytes after \(what)") }
    }
}
