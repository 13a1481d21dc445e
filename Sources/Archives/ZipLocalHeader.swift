// SPDX-License-Identifier: Apache-2.0

/// What stands before and after an entry's data in a zip archive (APPNOTE 6.3.10 §4.3.7, §4.3.9).
struct ZipLocalHeader {
    private static let signature = 0x0403_4B50
    private static let descriptorSignature = 0x0807_4B50

    /// Where the data is.
    let data: Range<Int>

    /// Reads the header of an entry and compares it with what the central directory says.
    ///
    /// - Parameter end: where the next entry begins, or the directory.
    /// - Throws: `.entry`, `.archive(.zip, …)`.
    init(_ header: ZipHeader, in file: ArchiveFile, end: Int) throws(ArchiveError) {
        guard let fixed = try file.bytes(at: header.place, count: 30) else {
            throw .entry(name: header.name, .field("place"))
        }
        var fields = LittleEndianReader(fixed)
        guard fields.number(4) == ZipLocalHeader.signature else {
            throw .entry(name: header.name, .field("place"))
        }
        guard fields.number(2) != nil, let flags = fields.number(2),
            let method = fields.number(2), fields.number(4) != nil, let crc = fields.number(4),
            let packed = fields.number(4), let unpacked = fields.number(4),
            let nameBytes = fields.number(2), let extraBytes = fields.number(2),
            let name = try file.bytes(at: header.place + 30, count: nameBytes),
            let extra = try file.bytes(at: header.place + 30 + nameBytes, count: extraBytes)
        else { throw .archive(.zip, .truncated) }
        let start = header.place + 30 + nameBytes + extraBytes
        guard name == header.name else { throw header.disagrees("name") }
        guard method == header.method else { throw header.disagrees("method") }
        let meaning = 1 | ZipHeader.sizesFollow | ZipHeader.isUTF8
        guard flags & meaning == header.flags & meaning else { throw header.disagrees("flags") }
        let fieldsOfExtra = try ZipExtra(extra, of: name)
        if let other = fieldsOfExtra.unicodeName, other != name { throw header.disagrees("name") }
        let numbers = try fieldsOfExtra.fill([unpacked, packed], of: name)
        try ZipLocalHeader.compare(crc, numbers[0], numbers[1], header)
        guard start <= end, header.packedBytes <= end - start else {
            throw .entry(name: name, .overlap)
        }
        data = start..<(start + header.packedBytes)
        try ZipLocalHeader.check(data.upperBound..<end, after: header, in: file)
    }

    private static func compare(
        _ crc: Int, _ bytes: Int, _ packedBytes: Int, _ header: ZipHeader
    ) throws(ArchiveError) {
        // Where the numbers follow the data, those that were not known yet are zero.
        let mayBeZero = header.flags & ZipHeader.sizesFollow != 0
        func agree(_ local: Int, _ central: Int) -> Bool {
            local == central || mayBeZero && local == 0
        }
        guard agree(bytes, header.bytes), agree(packedBytes, header.packedBytes) else {
            throw header.disagrees("size")
        }
        guard agree(crc, Int(header.crc)) else { throw header.disagrees("checksum") }
    }

    /// What stands between an entry's data and the next entry: its numbers once more, where the
    /// flags say so, and nothing else.
    private static func check(
        _ range: Range<Int>, after header: ZipHeader, in file: ArchiveFile
    ) throws(ArchiveError) {
        guard header.flags & ZipHeader.sizesFollow != 0 else {
            if !range.isEmpty { throw .archive(.zip, .strayBytes) }
            return
        }
        guard range.count <= 24,
            let bytes = try file.bytes(
                at: range.lowerBound, count: range.count)
        else { throw .archive(.zip, .strayBytes) }
        var fields = LittleEndianReader(bytes)
        switch range.count {
        case 12, 20: break
        case 16, 24:
            guard fields.number(4) == descriptorSignature else {
                throw .archive(.zip, .strayBytes)
            }
        default: throw .archive(.zip, .strayBytes)
        }
        let width = range.count < 20 ? 4 : 8
        guard fields.number(4) == Int(header.crc), fields.number(width) == header.packedBytes,
            fields.number(width) == header.bytes
        else { throw header.disagrees("size") }
    }
}

extension ZipHeader {
    func disagrees(_ what: String) -> ArchiveError { .entry(name: name, .disagreement(what)) }
}
