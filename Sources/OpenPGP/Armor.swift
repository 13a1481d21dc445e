// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// ASCII armor (RFC 4880 §6): one block of base64 between two lines.
enum Armor {
    private static let key = "PGP PUBLIC KEY BLOCK"
    private static let signature = "PGP SIGNATURE"

    /// Whether bytes begin as armor does; packets begin with a byte above ASCII.
    static func isBegun(_ bytes: [UInt8]) -> Bool {
        bytes.drop(while: isSpace).starts(with: "-----BEGIN PGP ".utf8)
    }

    /// The packets inside armor; bytes without armor as they are.
    ///
    /// Nothing but white space may stand before or after the block. The check sum may be left
    /// out, as RFC 9580 §6.1 has it; a wrong one is refused.
    ///
    /// - Throws: ``OpenPGPFault``: `.malformed`, `.tooMany`.
    static func packets(in bytes: [UInt8]) throws(OpenPGPFault) -> [UInt8] {
        guard isBegun(bytes) else { return bytes }
        guard bytes.count <= Packet.maximumBytes * 3 / 2 else {
            throw .tooMany("bytes of OpenPGP data", maximum: Packet.maximumBytes)
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { trimmed($0) }[...]
        lines = lines.drop { $0.isEmpty }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        guard let first = lines.popFirst(), let last = lines.popLast(),
            let kind = [key, signature].first(where: {
                first.elementsEqual("-----BEGIN \($0)-----".utf8)
            })
        else { throw .malformed("armor of another kind") }
        guard last.elementsEqual("-----END \(kind)-----".utf8) else {
            throw .malformed("armor without its end")
        }
        // Headers such as "Comment: …" end with an empty line.
        guard let blank = lines.firstIndex(where: \.isEmpty) else {
            throw .malformed("armor without its empty line")
        }
        for header in lines[..<blank] where !header.contains(UInt8(ascii: ":")) {
            throw .malformed("armor with a header that is none")
        }
        lines = lines[(blank + 1)...]
        var sum: [UInt8]?
        if let line = lines.last, line.first == UInt8(ascii: "=") {
            lines.removeLast()
            sum = decoded(Array(line.dropFirst()))
            guard sum?.count == 3 else { throw .malformed("armor with a check sum that is none") }
        }
        guard let decoded = decoded(Array(lines.joined())) else {
            throw .malformed("armor that is no base64")
        }
        guard sum == nil || sum == checkSum(decoded) else {
            throw .malformed("armor with a wrong check sum")
        }
        return decoded
    }

    /// Packets of a public key in armor.
    static func text(of packets: [UInt8]) -> [UInt8] {
        var result = Array("-----BEGIN \(key)-----\n\n".utf8)
        var rest = encoded(packets)[...]
        while !rest.isEmpty {
            result += rest.prefix(64) + [UInt8(ascii: "\n")]
            rest = rest.dropFirst(64)
        }
        return result + Array("=".utf8) + encoded(checkSum(packets))
            + Array("\n-----END \(key)-----\n".utf8)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let length = EVP_EncodeBlock(&output, bytes, Int32(bytes.count))
        return Array(output[0..<Int(length)])
    }

    /// Standard base64 with its padding.
    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
        let digits = text.dropLast(padding)
        let isSound = digits.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x2B || byte == 0x2F
        }
        guard isSound else { return nil }
        guard !text.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: text.count / 4 * 3)
        let length = EVP_DecodeBlock(&output, text, Int32(text.count))
        guard length == output.count else { return nil }
        return output.dropLast(padding)
    }

    /// CRC-24 (RFC 4880 §6.1).
    private static func checkSum(_ bytes: [UInt8]) -> [UInt8] {
        var sum: UInt32 = 0xB704CE
        for byte in bytes {
            sum ^= UInt32(byte) << 16
            for _ in 0..<8 {
                sum <<= 1
                if sum & 0x100_0000 != 0 { sum ^= 0x186_4CFB }
            }
        }
        return [UInt8(sum >> 16 & 0xFF), UInt8(sum >> 8 & 0xFF), UInt8(sum & 0xFF)]
    }
}
