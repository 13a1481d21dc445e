// SPDX-License-Identifier: Apache-2.0

/// Makes tar archives, also such as no tool would.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    /// Adds an entry with a content; `size` is what its header says.
    mutating func add(
        _ name: String, _ content: String = "", kind: Character = "0", link: String = "",
        size: Int? = nil, change: (inout [UInt8]) -> Void = { _ in }
    ) {
        add(Array(name.utf8), Array(content.utf8), kind, Array(link.utf8), size, change)
    }

    mutating func add(
        _ name: [UInt8], _ content: [UInt8] = [], _ kind: Character = "0", _ link: [UInt8] = [],
        _ size: Int? = nil, _ change: (inout [UInt8]) -> Void = { _ in }
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Collection<UInt8>, at place: Int) {
            header.replaceSubrange(place..<(place + text.count), with: text)
        }
        put(name.prefix(100), at: 0)
        put("0000644\u{0}0000000\u{0}0000000\u{0}".utf8, at: 100)
        put(TarBuilder.octal(size ?? content.count, 11).utf8, at: 124)
        put("00000000000\u{0}        ".utf8, at: 136)
        header[156] = kind.asciiValue ?? 0
        put(link.prefix(100), at: 157)
        put("ustar\u{0}00".utf8, at: 257)
        change(&header)
        put("        ".utf8, at: 148)
        let sum = header.reduce(0) { $0 + Int($1) }
        put((TarBuilder.octal(sum, 6) + "\u{0} ").utf8, at: 148)
        bytes += header + content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// Adds an extended header of these records.
    mutating func addPax(_ records: [(String, String)], kind: Character = "x") {
        var text = ""
        for (key, value) in records {
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count + 1
            while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
            text += "\(length)\(rest)"
        }
        add("PaxHeader", text, kind: kind)
    }

    /// The archive with its end.
    var ended: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private static func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// An archive, made by a few lines.
    static func archive(_ build: (inout TarBuilder) -> Void) -> [UInt8] {
        var builder = TarBuilder()
        build(&builder)
        return builder.ended
    }
}
