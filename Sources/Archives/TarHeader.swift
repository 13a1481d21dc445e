// SPDX-License-Identifier: Apache-2.0

/// One header block of a tar archive: POSIX ustar, or GNU's variant of it.
struct TarHeader {
    static let bytes = 512

    let name: [UInt8]
    let linkName: [UInt8]
    let size: Int
    /// As in the block; 0 is an old form of `0`.
    let kind: UInt8

    /// - Throws: `.archive(.tar, …)`: `.otherFormat`, `.headerSum`, `.field`.
    init(_ block: [UInt8]) throws(ArchiveError) {
        guard block.count == TarHeader.bytes else { throw .archive(.tar, .truncated) }
        let magic = block[257..<265]
        let isPOSIX = magic.elementsEqual("ustar\u{0}00".utf8)
        guard isPOSIX || magic.elementsEqual("ustar  \u{0}".utf8) else {
            throw .archive(.tar, .otherFormat)
        }
        // The field itself counts as spaces.
        let sum =
            block.reduce(0) { $0 + Int($1) } - block[148..<156].reduce(0) { $0 + Int($1) } + 8 * 32
        guard TarHeader.octal(block[148..<156]) == sum else { throw .archive(.tar, .headerSum) }
        guard let size = TarHeader.number(block[124..<136]) else {
            throw .archive(.tar, .field("size"))
        }
        let ownName = TarHeader.text(block[0..<100])
        let prefix = isPOSIX ? TarHeader.text(block[345..<500]) : []
        name = prefix.isEmpty ? ownName : prefix + [UInt8(ascii: "/")] + ownName
        linkName = TarHeader.text(block[157..<257])
        self.size = size
        kind = block[156]
    }

    static func isEmpty(_ block: [UInt8]) -> Bool { block.allSatisfy { $0 == 0 } }

    /// Up to the first NUL, or all of it.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Octal digits, or GNU's and star's binary form for what these do not reach; `nil` if it is
    /// neither.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        guard first & 0x80 != 0 else { return octal(field) }
        // Negative numbers begin with other bits.
        guard first == 0x80 else { return nil }
        var value = 0
        for byte in field.dropFirst() {
            guard value < 1 << 54 else { return nil }
            value = value << 8 | Int(byte)
        }
        return value
    }

    /// Octal digits between spaces and ended by a space or NUL; 0 for an empty field.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") }
        let digits = field.drop(while: isSpace).prefix { (0x30...0x37).contains($0) }
        let rest = field[digits.endIndex...]
        guard rest.allSatisfy({ $0 == 0 || isSpace($0) }), digits.count <= 12 else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}
