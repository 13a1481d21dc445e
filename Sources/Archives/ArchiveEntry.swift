// SPDX-License-Identifier: Apache-2.0

/// What an archive has under one name.
public struct ArchiveEntry: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case file(bytes: Int)
        case folder
        /// - Parameter target: as it stands in the archive.
        case symbolicLink(target: [UInt8])
        case hardLink(to: EntryName)
    }

    public let name: EntryName
    public let kind: Kind

    public init(name: EntryName, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// What is done with an archive's entries, in their order.
///
/// For each entry ``begin(_:)``, for a file its content piece by piece, then ``end()``.
public protocol ArchiveVisitor: ~Copyable {
    /// - Throws: what makes the archive a refused one.
    mutating func begin(_ entry: ArchiveEntry) throws(ArchiveError)
    /// - Parameter bytes: not valid after the call.
    /// - Throws: `.cancelled`.
    mutating func content(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
    /// The entry is complete, and right as far as the archive can tell.
    mutating func end() throws(ArchiveError)
}

/// A name that stays in the folder where the archive is unpacked.
public struct EntryName: Equatable, Sendable {
    /// As it stands in the archive.
    public let raw: [UInt8]
    /// Without empty ones and without `.`; none for the folder itself.
    public let segments: [[UInt8]]

    /// - Throws: `.entry`, `.limit`.
    public init(_ raw: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        guard raw.count <= limits.nameBytes else {
            throw .limit(.nameBytes, found: raw.count, maximum: limits.nameBytes)
        }
        if raw.isEmpty { throw .entry(name: raw, .emptyName) }
        if raw.contains(0) { throw .entry(name: raw, .nulInName) }
        if raw[0] == UInt8(ascii: "/") { throw .entry(name: raw, .absoluteName) }
        guard String(validating: raw, as: UTF8.self) != nil else {
            throw .entry(name: raw, .nameNotUTF8)
        }
        var segments: [[UInt8]] = []
        for segment in raw.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual("..".utf8) { throw .entry(name: raw, .parentName) }
            if segment.elementsEqual(".".utf8) { continue }
            // No file system of Linux takes longer ones.
            guard segment.count <= 255 else {
                throw .limit(.nameBytes, found: segment.count, maximum: 255)
            }
            segments.append(Array(segment))
        }
        guard segments.count <= limits.depth else {
            throw .limit(.depth, found: segments.count, maximum: limits.depth)
        }
        self.raw = raw
        self.segments = segments
    }

    var endsWithSlash: Bool { raw.last == UInt8(ascii: "/") }

    /// The name less its first segments as `tar --strip-components` counts them, which is with
    /// `.`; `nil` if nothing is left.
    func stripped(_ count: Int, limits: ArchiveLimits) throws(ArchiveError) -> EntryName? {
        if count == 0 { return self }
        let parts = raw.split(separator: UInt8(ascii: "/")).dropFirst(count)
        if parts.isEmpty { return nil }
        let rest = Array(parts.joined(separator: [UInt8(ascii: "/")]))
        return try EntryName(
            endsWithSlash ? rest + [UInt8(ascii: "/")] : rest, limits: limits)
    }
}
