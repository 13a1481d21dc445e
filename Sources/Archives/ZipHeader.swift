// SPDX-License-Identifier: Apache-2.0

/// An entry as a zip archive's central directory has it (APPNOTE 6.3.10 §4.3.12).
struct ZipHeader {
    static let signature = 0x0201_4B50
    /// Flags that make an entry something else: encrypted, patched, hidden names.
    private static let encryption = 1 << 0 | 1 << 6 | 1 << 13
    private static let isPatch = 1 << 5
    static let sizesFollow = 1 << 3
    static let isUTF8 = 1 << 11
    private static let unix = 3

    let name: [UInt8]
    let flags: Int
    let method: Int
    let crc: UInt32
    let packedBytes: Int
    let bytes: Int
    /// Where the local header is.
    let place: Int
    /// The kind of file as Unix has it; 0 if that is not said.
    private let mode: Int

    /// Reads the entry that is next.
    ///
    /// - Throws: `.archive(.zip, …)`, `.entry`.
    init(
        _ directory: inout ZipDirectoryReader, for tool: ZipReader.Tool
    ) throws(ArchiveError) {
        var fields = LittleEndianReader(try directory.bytes(46))
        guard fields.number(4) == ZipHeader.signature else {
            throw .archive(.zip, .field("central directory"))
        }
        guard let madeBy = fields.number(2), fields.number(2) != nil, let flags = fields.number(2),
            let method = fields.number(2), fields.number(4) != nil, let crc = fields.number(4),
            let packed = fields.number(4), let unpacked = fields.number(4),
            let nameBytes = fields.number(2), let extraBytes = fields.number(2),
            let commentBytes = fields.number(2), let disk = fields.number(2),
            fields.number(2) != nil, let attributes = fields.number(4),
            let place = fields.number(4)
        else { throw .archive(.zip, .truncated) }
        name = try directory.bytes(nameBytes)
        let extra = try ZipExtra(try directory.bytes(extraBytes), of: name)
        _ = try directory.bytes(commentBytes)
        guard disk == 0 else { throw .archive(.zip, .unsupported("an archive in several parts")) }
        let numbers = try extra.fill([unpacked, packed, place], of: name)
        (bytes, packedBytes, self.place) = (numbers[0], numbers[1], numbers[2])
        self.flags = flags
        self.method = method
        self.crc = UInt32(truncatingIfNeeded: crc)
        mode = attributes >> 16 & 0o170000
        try expectReadable(extra, host: madeBy >> 8)
        try expectPlainName(isAsItIs: tool == .unzip && madeBy >> 8 == ZipHeader.unix)
    }

    private func expectReadable(_ extra: ZipExtra, host: Int) throws(ArchiveError) {
        guard flags & ZipHeader.encryption == 0 else { throw .entry(name: name, .encrypted) }
        guard flags & ZipHeader.isPatch == 0, method == 0 || method == 8 else {
            throw .entry(name: name, .method(method))
        }
        if method == 0, bytes != packedBytes {
            throw .entry(name: name, .size(found: packedBytes, expected: bytes))
        }
        if let other = extra.unicodeName, other != name {
            throw .entry(name: name, .disagreement("name"))
        }
        guard host == ZipHeader.unix || mode == 0 || mode == 0o100000 || mode == 0o040000 else {
            throw .entry(name: name, .disagreement("kind"))
        }
    }

    /// Refuses names that tools take for text of different code pages, leave characters of out, or
    /// of which they take the end for the version of a file.
    private func expectPlainName(isAsItIs: Bool) throws(ArchiveError) {
        if name.contains(0) { throw .entry(name: name, .nulInName) }
        let isOdd = name.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
        let isForeign = flags & ZipHeader.isUTF8 == 0 && name.contains { $0 >= 0x80 }
        if isOdd || isForeign && !isAsItIs || hasVersion {
            throw .entry(name: name, .ambiguousName)
        }
    }

    /// Whether the name ends in `;` and digits, which unzip cuts off.
    private var hasVersion: Bool {
        guard let mark = name.lastIndex(of: UInt8(ascii: ";")) else { return false }
        return name[(mark + 1)...].allSatisfy { (0x30...0x39).contains($0) }
    }

    /// What the entry is.
    enum Kind { case file, folder, link }

    /// - Throws: `.entry`.
    func kind() throws(ArchiveError) -> Kind {
        let isFolder = name.last == UInt8(ascii: "/")
        switch mode {
        case 0: break
        case 0o100000, 0o120000:
            if isFolder { throw .entry(name: name, .fileAndFolder) }
        case 0o040000:
            if !isFolder { throw .entry(name: name, .fileAndFolder) }
        case 0o010000: throw .entry(name: name, .pipe)
        case 0o020000, 0o060000: throw .entry(name: name, .device)
        default: throw .entry(name: name, .unknownKind(UInt8(truncatingIfNeeded: mode >> 12)))
        }
        guard isFolder else { return mode == 0o120000 ? .link : .file }
        if bytes != 0 { throw .entry(name: name, .size(found: bytes, expected: 0)) }
        return .folder
    }
}

/// The central directory, read from its beginning on.
struct ZipDirectoryReader: ~Copyable {
    private var reader: ByteReader<FileSource>

    init(_ file: ArchiveFile, _ directory: ZipDirectory) {
        reader = ByteReader(FileSource(file, directory.start..<directory.end))
    }

    /// - Throws: `.archive(.zip, .truncated)`.
    mutating func bytes(_ count: Int) throws(ArchiveError) -> [UInt8] {
        guard let bytes = try reader.bytes(count) else { throw .archive(.zip, .truncated) }
        return bytes
    }

    var isAtEnd: Bool { mutating get throws(ArchiveError) { try reader.isAtEnd } }
}
