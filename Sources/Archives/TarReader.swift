// SPDX-License-Identifier: Apache-2.0

/// Reads a tar archive: POSIX ustar and pax, and GNU's long names.
///
/// Stricter than tar: the archive ends with two empty blocks and nothing but zeros after them;
/// an extended header must not contradict the one that it extends, but where that has no room
/// for what it says.
public struct TarReader<Source: ByteSource & ~Copyable>: ~Copyable {
    private var reader: ByteReader<Source>
    private let limits: ArchiveLimits
    private let strippedComponents: Int
    private var budget: Budget
    private var extensions = TarExtensions()

    /// - Parameter strippedComponents: how many leading segments names go without; an entry that
    ///   has no more is left out.
    public init(
        _ source: consuming Source, limits: ArchiveLimits, strippedComponents: Int = 0
    ) {
        reader = ByteReader(source)
        self.limits = limits
        self.strippedComponents = strippedComponents
        budget = Budget(limits)
    }

    /// Reads all of it.
    ///
    /// - Throws: ``ArchiveError``.
    public mutating func read<Visitor: ArchiveVisitor & ~Copyable>(
        _ visitor: inout Visitor
    ) throws(ArchiveError) {
        while true {
            let block = try block()
            if TarHeader.isEmpty(block) { return try readEnd() }
            let header = try TarHeader(block)
            switch header.kind {
            case UInt8(ascii: "x"):
                try extensions.add(PaxRecords(try text(header)))
            case UInt8(ascii: "g"):
                try TarExtensions.expectHarmless(PaxRecords(try text(header)))
            case UInt8(ascii: "L"): try extensions.add(longName: try text(header))
            case UInt8(ascii: "K"): try extensions.add(longLinkName: try text(header))
            default: try read(try extensions.applied(to: header), &visitor)
            }
        }
    }

    private mutating func block() throws(ArchiveError) -> [UInt8] {
        guard let block = try reader.bytes(TarHeader.bytes) else {
            throw .archive(.tar, .truncated)
        }
        return block
    }

    /// What stands between the last entry and the end.
    private mutating func readEnd() throws(ArchiveError) {
        guard !extensions.areAny else { throw .archive(.tar, .truncated) }
        guard TarHeader.isEmpty(try block()) else { throw .archive(.tar, .strayBytes) }
        while true {
            let bytes = try reader.peek()
            if bytes.isEmpty { return }
            guard bytes.allSatisfy({ $0 == 0 }) else { throw .archive(.tar, .strayBytes) }
            reader.drop(bytes.count)
        }
    }

    /// The content of an extended header.
    private mutating func text(_ header: TarHeader) throws(ArchiveError) -> [UInt8] {
        guard header.size <= PaxRecords.maximumBytes else {
            throw .archive(.tar, .field("size"))
        }
        // They count as well: there may be many.
        try budget.admit(bytes: header.size)
        guard let bytes = try reader.bytes(header.size) else { throw .archive(.tar, .truncated) }
        try skipPadding(after: header.size)
        return bytes
    }

    private mutating func skipPadding(after size: Int) throws(ArchiveError) {
        let padding = (TarHeader.bytes - size % TarHeader.bytes) % TarHeader.bytes
        guard try reader.read(padding, { _ throws(ArchiveError) in }) else {
            throw .archive(.tar, .truncated)
        }
    }

    private mutating func read<Visitor: ArchiveVisitor & ~Copyable>(
        _ member: TarMember, _ visitor: inout Visitor
    ) throws(ArchiveError) {
        try budget.admit(bytes: member.size)
        let entry = try member.entry(strippedComponents, limits)
        if let entry {
            try budget.admit(name: entry.name.raw)
            try visitor.begin(entry)
        }
        let isComplete = try reader.read(member.size) { bytes throws(ArchiveError) in
            if entry != nil { try visitor.content(bytes) }
        }
        guard isComplete else { throw .archive(.tar, .truncated) }
        try skipPadding(after: member.size)
        if entry != nil { try visitor.end() }
    }
}
