// SPDX-License-Identifier: Apache-2.0

/// The extra fields of an entry of a zip archive.
struct ZipExtra {
    /// The numbers of field 1, those that did not fit into the header.
    private(set) var large: [UInt8]?
    /// The name of field 0x7075, which Info-ZIP prefers to the header's.
    private(set) var unicodeName: [UInt8]?

    /// - Throws: `.entry(_, .field)`.
    init(_ bytes: [UInt8], of name: [UInt8]) throws(ArchiveError) {
        let malformed = ArchiveError.entry(name: name, .field("extra"))
        var fields = LittleEndianReader(bytes)
        while fields.rest > 0 {
            guard let kind = fields.number(2), let count = fields.number(2),
                let value = fields.bytes(count)
            else { throw malformed }
            switch kind {
            case 1:
                guard large == nil else { throw malformed }
                large = value
            case 0x7075:
                // A version and a checksum of the header's name before it.
                guard unicodeName == nil, count > 5 else { throw malformed }
                unicodeName = Array(value[5...])
            default: break
            }
        }
    }

    /// Puts numbers of 64 bits in the place of those of which all 32 bits are set, in their order.
    ///
    /// - Throws: `.entry(_, .disagreement)`.
    func fill(_ numbers: [Int], of name: [UInt8]) throws(ArchiveError) -> [Int] {
        guard let large else { return numbers }
        var fields = LittleEndianReader(large)
        var filled: [Int] = []
        for number in numbers {
            guard number == ZipDirectory.all32 else {
                filled.append(number)
                continue
            }
            guard let value = fields.number(8), value < 1 << 56 else {
                throw .entry(name: name, .field("zip64"))
            }
            filled.append(value)
        }
        // What is left over would be read by some and not by others.
        guard fields.rest == 0 || filled == numbers && agrees(fields, numbers) else {
            throw .entry(name: name, .disagreement("size"))
        }
        return filled
    }

    /// Whether a field that nothing asks for repeats what the header says.
    private func agrees(_ fields: LittleEndianReader, _ numbers: [Int]) -> Bool {
        var fields = fields
        for number in numbers where fields.rest > 0 {
            guard fields.number(8) == number else { return false }
        }
        return fields.rest == 0
    }
}
