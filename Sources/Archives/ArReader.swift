// SPDX-License-Identifier: Apache-2.0

/// The members of an `ar` archive, of the plain kind that Debian packages are.
///
/// Names of more than 16 bytes, which `ar` keeps in tables of two kinds, are refused.
public struct ArMembers: Sendable {
    public struct Member: Equatable, Sendable {
        public let name: [UInt8]
        /// Where its data is in the file.
        public let data: Range<Int>
    }

    private static let magic = Array("!<arch>\n".utf8)
    private static let headerBytes = 60

    public let members: [Member]

    /// - Throws: `.archive(.ar, …)`, `.entry`, `.limit`.
    public init(_ file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) {
        guard try file.bytes(at: 0, count: 8) == ArMembers.magic else {
            throw .archive(.ar, .otherFormat)
        }
        var members: [Member] = []
        var place = ArMembers.magic.count
        while place < file.size {
            guard members.count < limits.files else {
                throw .limit(.files, found: members.count + 1, maximum: limits.files)
            }
            guard let header = try file.bytes(at: place, count: ArMembers.headerBytes) else {
                throw .archive(.ar, .truncated)
            }
            let member = try ArMembers.member(header, at: place + ArMembers.headerBytes)
            guard member.data.upperBound <= file.size else { throw .archive(.ar, .truncated) }
            if members.contains(where: { $0.name == member.name }) {
                throw .entry(name: member.name, .duplicate)
            }
            place = member.data.upperBound
            if member.data.count % 2 == 1 {
                guard try file.bytes(at: place, count: 1) == [UInt8(ascii: "\n")] else {
                    throw .archive(.ar, place < file.size ? .strayBytes : .truncated)
                }
                place += 1
            }
            members.append(member)
        }
        self.members = members
    }

    private static func member(_ header: [UInt8], at place: Int) throws(ArchiveError) -> Member {
        guard header[58...].elementsEqual("`\n".utf8) else {
            throw .archive(.ar, .field("header's end"))
        }
        var name = header[..<16]
        while name.last == UInt8(ascii: " ") { name.removeLast() }
        if name.count > 1, name.last == UInt8(ascii: "/") { name.removeLast() }
        guard !name.isEmpty, !name.contains(UInt8(ascii: "/")),
            !name.starts(with: "#1".utf8), name.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .archive(.ar, .field("name")) }
        var digits = header[48..<58]
        while digits.last == UInt8(ascii: " ") { digits.removeLast() }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .archive(.ar, .field("size"))
        }
        let size = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return Member(name: Array(name), data: place..<(place + size))
    }
}
