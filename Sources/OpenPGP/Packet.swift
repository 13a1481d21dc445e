// SPDX-License-Identifier: Apache-2.0

/// A packet: its tag (RFC 4880 §4.3) and its body.
struct Packet {
    static let signature: UInt8 = 2
    static let publicKey: UInt8 = 6
    static let userID: UInt8 = 13
    static let publicSubkey: UInt8 = 14
    static let userAttribute: UInt8 = 17

    /// Most that is read, in bytes without armor, and in packets.
    static let maximumBytes = 4 << 20
    static let maximumCount = 1 << 17

    let tag: UInt8
    /// The packet as received, with its header.
    let bytes: [UInt8]
    let headerLength: Int

    var body: [UInt8] { Array(bytes[headerLength...]) }

    /// Takes apart a sequence of packets of known lengths.
    ///
    /// - Throws: ``OpenPGPFault``: `.malformed`, `.tooMany`.
    static func all(of bytes: [UInt8]) throws(OpenPGPFault) -> [Packet] {
        guard bytes.count <= maximumBytes else {
            throw .tooMany("bytes of OpenPGP data", maximum: maximumBytes)
        }
        var reader = PacketReader(bytes)
        var packets: [Packet] = []
        while !reader.isAtEnd {
            guard packets.count < maximumCount else {
                throw .tooMany("packets", maximum: maximumCount)
            }
            let start = reader.rest.startIndex
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
            let headerLength = reader.rest.startIndex - start
            _ = try reader.bytes(length, "packet")
            packets.append(
                Packet(
                    tag: tag, bytes: Array(bytes[start..<(start + headerLength + length)]),
                    headerLength: headerLength))
        }
        return packets
    }

    private static func newLength(_ reader: inout PacketReader) throws(OpenPGPFault) -> Int {
        let first = Int(try reader.byte("packet length"))
        switch first {
        case ..<192: return first
        case ..<224: return (first - 192) << 8 + 192 + Int(try reader.byte("packet length"))
        case 255: return try reader.integer(4, "packet length")
        default: throw .malformed("packet in parts")
        }
    }
}
