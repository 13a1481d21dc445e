// SPDX-License-Identifier: Apache-2.0

/// Reads the parts of OpenPGP packets (RFC 4880 §3, §4.2) from bytes that are not trusted.
struct OpenPGPReader {
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
        let bits = try integer(2, what)
        guard bits <= maximumBits else { throw .malformed("\(what) of \(bits) bits") }
        let bytes = try bytes((bits + 7) / 8, what)
        guard let first = bytes.first else { return [] }
        guard 8 - first.leadingZeroBitCount == (bits - 1) % 8 + 1 else {
            throw .malformed("\(what) has another length than it says")
        }
        return bytes
    }

    func expectEnd(of what: String) throws(OpenPGPFault) {
        guard rest.isEmpty else { throw .malformed("\(rest.count) bytes after \(what)") }
    }
}

/// A packet: its tag (RFC 4880 §4.3) and its body.
struct OpenPGPPacket {
    static let signature: UInt8 = 2
    static let publicKey: UInt8 = 6
    static let userID: UInt8 = 13
    static let publicSubkey: UInt8 = 14
    static let userAttribute: UInt8 = 17

    let tag: UInt8
    let body: [UInt8]

    /// Takes apart a sequence of packets of known lengths.
    static func all(of bytes: [UInt8]) throws(OpenPGPFault) -> [OpenPGPPacket] {
        var reader = OpenPGPReader(bytes)
        var packets: [OpenPGPPacket] = []
        while !reader.isAtEnd {
            let first = try reader.byte("packet")
            guard first & 0x80 != 0 else { throw .malformed("byte \(first) begins no packet") }
            let tag: UInt8
            let length: Int
            if first & 0x40 != 0 {
                tag = first & 0x3F
                length = try newLength(&reader)
            } else {
                tag = first >> 2 & 0x0F
                guard first & 3 != 3 else { throw .malformed("packet of unknown length") }
                length = try reader.integer(1 << Int(first & 3), "packet length")
            }
            guard tag != 0 else { throw .malformed("packet of tag 0") }
            packets.append(OpenPGPPacket(tag: tag, body: try reader.bytes(length, "packet")))
        }
        return packets
    }

    private static func newLength(_ reader: inout OpenPGPReader) throws(OpenPGPFault) -> Int {
        let first = Int(try reader.byte("packet length"))
        switch first {
        case ..<192: return first
        case ..<224: return (first - 192) << 8 + 192 + Int(try reader.byte("packet length"))
        case 255: return try reader.integer(4, "packet length")
        default: throw .malformed("packet in parts")
        }
    }
}
