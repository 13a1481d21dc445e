// SPDX-License-Identifier: Apache-2.0

/// The blocks that stand before a member of a bundle.
///
/// A bundle is an archive of POSIX ustar in the one form that its manifest leaves open: times and
/// owners 0, mode 0644, regular files alone. A reader need not interpret it; it compares.
enum TarBlock {
    static let bytes = 512
    /// Two empty blocks.
    static let endBytes = 1024
    /// The longest member whose length eleven octal digits say.
    private static let maximumOctal = (1 << 33) - 1

    /// One header, and before it an extended one of pax where ustar has no room for the name or
    /// the length.
    static func header(of name: [UInt8], length: Int) -> [UInt8] {
        let parts = split(name)
        var records: [UInt8] = []
        if parts == nil { records += record("path", name) }
        if length > maximumOctal { records += record("size", Array("\(length)".utf8)) }
        let (prefix, own) = parts ?? ([], cut(name))
        let size = length > maximumOctal ? 0 : length
        let block = block(prefix, own, size, kind: UInt8(ascii: "0"))
        guard !records.isEmpty else { return block }
        let extended = Self.block(
            [], Array("././@PaxHeader".utf8), records.count, kind: UInt8(ascii: "x"))
        return extended + records + padding(after: records.count) + block
    }

    /// What follows a content so that the next header begins a block.
    static func padding(after length: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: paddingCount(after: length))
    }

    static func paddingCount(after length: Int) -> Int { (bytes - length % bytes) % bytes }

    private static func block(
        _ prefix: [UInt8], _ name: [UInt8], _ size: Int, kind: UInt8
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: bytes)
        func put(_ text: some Sequence<UInt8>, at place: Int) {
            for (offset, byte) in text.enumerated() { block[place + offset] = byte }
        }
        put(name, at: 0)
        put("0000644".utf8, at: 100)
        put("0000000".utf8, at: 108)
        put("0000000".utf8, at: 116)
        put(octal(size, digits: 11), at: 124)
        put("00000000000".utf8, at: 136)
        block[156] = kind
        put("ustar\u{0}00".utf8, at: 257)
        put("0000000".utf8, at: 329)
        put("0000000".utf8, at: 337)
        put(prefix, at: 345)
        // The sum's own field counts as spaces.
        put("        ".utf8, at: 148)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + [0], at: 148)
        return block
    }

    private static func octal(_ value: Int, digits: Int) -> [UInt8] {
        let text = Array(String(value, radix: 8).utf8)
        return [UInt8](repeating: 0x30, count: max(0, digits - text.count)) + text
    }

    /// The name in ustar's two fields; `nil` if it does not fit.
    private static func split(_ name: [UInt8]) -> (prefix: [UInt8], name: [UInt8])? {
        if name.count <= 100 { return ([], name) }
        for place in name.indices.prefix(156) where name[place] == UInt8(ascii: "/") {
            let rest = name.count - place - 1
            if (1...100).contains(rest) { return (Array(name[..<place]), Array(name.suffix(rest))) }
        }
        return nil
    }

    /// For readers that do not know pax: no more than a hundred bytes, of whole characters.
    private static func cut(_ name: [UInt8]) -> [UInt8] {
        var end = min(100, name.count)
        while end > 0, end < name.count, name[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(name[..<end])
    }

    /// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while "\(length)".utf8.count + rest.count != length {
            length = "\(length)".utf8.count + rest.count
        }
        return Array("\(length)".utf8) + rest
    }
}

extension TarBlock {
    /// What a header that is not the expected one says, for a message.
    struct Found {
        let name: String
        /// `nil` if it is a regular file's.
        let kind: String?
        let length: Int?
        static let extended = "an extended header"

        /// - Returns: `nil` if it is no header of a tar archive.
        init?(_ block: [UInt8]) {
            guard block.count == TarBlock.bytes, block[257..<262].elementsEqual("ustar".utf8)
            else { return nil }
            let spaces = 8 * 32 - block[148..<156].reduce(0) { $0 + Int($1) }
            let sum = block.reduce(0) { $0 + Int($1) } + spaces
            guard Found.octal(block[148..<156]) == sum else { return nil }
            let prefix = block[345..<500].prefix { $0 != 0 }
            let own = block[0..<100].prefix { $0 != 0 }
            let name = prefix.isEmpty ? Array(own) : Array(prefix) + [0x2F] + own
            self.name = String(decoding: name, as: UTF8.self)
            length = Found.octal(block[124..<136])
            kind = Found.words(block[156])
        }

        private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
            let digits = field.prefix { (0x30...0x37).contains($0) }
            guard digits.count < 13 else { return nil }
            return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
        }

        private static func words(_ kind: UInt8) -> String? {
            switch kind {
            case UInt8(ascii: "0"), 0: nil
            case UInt8(ascii: "1"): "a hard link"
            case UInt8(ascii: "2"): "a symbolic link"
            case UInt8(ascii: "3"), UInt8(ascii: "4"): "a device"
            case UInt8(ascii: "5"): "a folder"
            case UInt8(ascii: "6"): "a named pipe"
            case UInt8(ascii: "x"), UInt8(ascii: "g"): extended
            default: "a member of kind \(kind)"
            }
        }
    }
}
