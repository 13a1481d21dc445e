// SPDX-License-Identifier: Apache-2.0

/// What extended headers say of the entry that follows them.
struct TarExtensions {
    private var pax: PaxRecords?
    private var longName: [UInt8]?
    private var longLinkName: [UInt8]?

    /// Whether there are any that no entry followed yet.
    var areAny: Bool { pax != nil || longName != nil || longLinkName != nil }

    mutating func add(_ records: PaxRecords) throws(ArchiveError) {
        // Readers do not agree on what two of them, or pax's and GNU's together, mean.
        guard !areAny else { throw .archive(.tar, .disagreement("extended headers")) }
        pax = records
    }

    mutating func add(longName name: [UInt8]) throws(ArchiveError) {
        guard pax == nil, longName == nil else {
            throw .archive(.tar, .disagreement("extended headers"))
        }
        longName = try TarExtensions.text(name)
    }

    mutating func add(longLinkName name: [UInt8]) throws(ArchiveError) {
        guard pax == nil, longLinkName == nil else {
            throw .archive(.tar, .disagreement("extended headers"))
        }
        longLinkName = try TarExtensions.text(name)
    }

    /// GNU ends a long name with a NUL.
    private static func text(_ name: [UInt8]) throws(ArchiveError) -> [UInt8] {
        guard name.count > 1, name.firstIndex(of: 0) == name.count - 1 else {
            throw .archive(.tar, .field("long name"))
        }
        return name.dropLast()
    }

    /// A global header, as git writes one, may say nothing that would make all entries one.
    static func expectHarmless(_ records: PaxRecords) throws(ArchiveError) {
        guard records.path == nil, records.linkPath == nil, records.size == nil,
            !records.isSparse
        else { throw .archive(.tar, .unsupported("a global name or size")) }
    }

    /// The entry with what was said of it; the next one begins without.
    mutating func applied(to header: TarHeader) throws(ArchiveError) -> TarMember {
        defer { self = TarExtensions() }
        let name = pax?.path ?? longName ?? header.name
        if let size = pax?.size, size != header.size {
            // Only what eleven octal digits cannot say is said elsewhere alone.
            guard size >= 1 << 33 else {
                throw .entry(name: name, .size(found: size, expected: header.size))
            }
        }
        return TarMember(
            name: name, linkName: pax?.linkPath ?? longLinkName ?? header.linkName,
            size: pax?.size ?? header.size, kind: header.kind,
            isSparse: pax?.isSparse ?? false)
    }
}

/// An entry's header with its extensions.
struct TarMember {
    let name: [UInt8]
    let linkName: [UInt8]
    let size: Int
    let kind: UInt8
    let isSparse: Bool

    /// - Returns: `nil` if nothing is left of its name.
    /// - Throws: `.entry`, `.limit`.
    func entry(_ strippedComponents: Int, _ limits: ArchiveLimits) throws(ArchiveError)
        -> ArchiveEntry?
    {
        let whole = try EntryName(name, limits: limits)
        let name = try whole.stripped(strippedComponents, limits: limits)
        let kind = try kind(whole, name == nil ? 0 : strippedComponents, limits)
        guard let name else { return nil }
        if name.segments.isEmpty, kind != .folder { throw .entry(name: self.name, .emptyName) }
        return ArchiveEntry(name: name, kind: kind)
    }

    private func kind(
        _ whole: EntryName, _ strippedComponents: Int, _ limits: ArchiveLimits
    ) throws(ArchiveError) -> ArchiveEntry.Kind {
        if isSparse { throw .entry(name: name, .sparse) }
        switch kind {
        case UInt8(ascii: "0"), 0:
            // Some readers take it for a folder, some do not.
            if whole.endsWithSlash { throw .entry(name: name, .fileAndFolder) }
            return .file(bytes: size)
        case UInt8(ascii: "1"):
            try expectNoContent()
            let target = try EntryName(linkName, limits: limits)
            guard let stripped = try target.stripped(strippedComponents, limits: limits) else {
                throw .entry(name: name, .hardLink(target: linkName))
            }
            return .hardLink(to: stripped)
        case UInt8(ascii: "2"):
            try expectNoContent()
            return .symbolicLink(target: linkName)
        case UInt8(ascii: "3"), UInt8(ascii: "4"): throw .entry(name: name, .device)
        case UInt8(ascii: "5"):
            try expectNoContent()
            return .folder
        case UInt8(ascii: "6"): throw .entry(name: name, .pipe)
        case UInt8(ascii: "S"): throw .entry(name: name, .sparse)
        default: throw .entry(name: name, .unknownKind(kind))
        }
    }

    private func expectNoContent() throws(ArchiveError) {
        if size != 0 { throw .entry(name: name, .size(found: size, expected: 0)) }
    }
}
