// SPDX-License-Identifier: Apache-2.0

/// A Debian package as deb(5) has it: `debian-binary`, `control.tar…`, `data.tar…`.
///
/// Members whose names begin with `_` may stand after the first, as deb(5) says; nothing else.
public struct DebianPackage: Sendable {
    /// One of the two archives in it.
    public struct Part: Sendable {
        let data: Range<Int>
        /// `nil` if it is not packed.
        let packing: Packing?
    }

    public let control: Part
    public let data: Part
    private let file: ArchiveFile
    private let limits: ArchiveLimits

    /// - Throws: `.archive(.ar, …)`, `.archive(.deb, …)`, `.entry`, `.limit`.
    public init(_ file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) {
        self.file = file
        self.limits = limits
        let members = try ArMembers(file, limits: limits).members
        guard let first = members.first, first.name.elementsEqual("debian-binary".utf8) else {
            throw .archive(
                .deb, .member(found: members.first?.name, expected: "debian-binary"))
        }
        guard first.data.count <= 16,
            let version = try file.bytes(at: first.data.lowerBound, count: first.data.count),
            version.starts(with: "2.".utf8), version.last == UInt8(ascii: "\n")
        else { throw .archive(.deb, .field("version")) }
        let rest = members.dropFirst().filter { $0.name.first != UInt8(ascii: "_") }
        control = try DebianPackage.part(rest.first, "control.tar")
        data = try DebianPackage.part(rest.dropFirst().first, "data.tar")
        if rest.count > 2 {
            throw .archive(.deb, .member(found: rest[2].name, expected: "nothing more"))
        }
    }

    private static func part(
        _ member: ArMembers.Member?, _ name: String
    ) throws(ArchiveError) -> Part {
        guard let member, member.name.starts(with: name.utf8) else {
            throw .archive(.deb, .member(found: member?.name, expected: name))
        }
        let packings: [(String, Packing?)] = [
            ("", nil), (".gz", .gzip), (".xz", .xz), (".zst", .zstd),
        ]
        let ending = member.name.dropFirst(name.utf8.count)
        guard let (_, packing) = packings.first(where: { ending.elementsEqual($0.0.utf8) }) else {
            throw .archive(
                .deb, .member(found: member.name, expected: "\(name), packed by gzip, xz or zstd"))
        }
        return Part(data: member.data, packing: packing)
    }

    /// Reads one of the two archives.
    ///
    /// - Throws: ``ArchiveError``.
    public func read<Visitor: ArchiveVisitor & ~Copyable>(
        _ part: Part, _ visitor: inout Visitor
    ) throws(ArchiveError) {
        let source = FileSource(file, part.data)
        if let packing = part.packing {
            var reader = TarReader(
                try Unpacked(source, packing, limits: limits), limits: limits)
            try reader.read(&visitor)
        } else {
            var reader = TarReader(source, limits: limits)
            try reader.read(&visitor)
        }
    }
}
