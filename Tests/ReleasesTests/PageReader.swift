// SPDX-License-Identifier: Apache-2.0

/// Reads a page as strictly as XML is read: every element is closed, every attribute is quoted,
/// and nothing is in it but what the page is known to be made of.
struct PageReader {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var elements: Set<String> = []
    private(set) var attributes: Set<String> = []
    /// All text, references resolved, pieces apart.
    private(set) var texts: [String] = []
    /// Text of the elements of some names, in their order.
    private(set) var inside: [String: [String]] = [:]
    private var open: [String] = []
    private var rest: Substring

    init(_ page: String) throws {
        rest = page[...]
        try expect("<!DOCTYPE html>\n")
        while !rest.isEmpty { try piece() }
        guard open.isEmpty else { throw Fault(description: "not closed: \(open)") }
    }

    private mutating func piece() throws {
        if rest.hasPrefix("</") { return try close() }
        if rest.hasPrefix("<") { return try element() }
        let end = rest.firstIndex(of: "<") ?? rest.endIndex
        let text = try PageReader.resolved(rest[..<end])
        rest = rest[end...]
        texts.append(text)
        for name in open { inside[name, default: []][inside[name]!.count - 1] += text }
    }

    private mutating func element() throws {
        try expect("<")
        let name = try word()
        elements.insert(name)
        inside[name, default: []].append("")
        while rest.first == " " {
            rest = rest.dropFirst()
            let attribute = try word()
            try expect("=\"")
            guard let end = rest.firstIndex(of: "\"") else { throw fault("no end of a value") }
            guard !rest[..<end].contains("<") else { throw fault("< in a value") }
            texts.append(try PageReader.resolved(rest[..<end]))
            rest = rest[rest.index(after: end)...]
            attributes.insert("\(name) \(attribute)")
        }
        if rest.hasPrefix("/>") { return try expect("/>") }
        try expect(">")
        open.append(name)
    }

    private mutating func close() throws {
        try expect("</")
        let name = try word()
        try expect(">")
        guard open.popLast() == name else { throw fault("</\(name)> out of place") }
    }

    private mutating func word() throws -> String {
        let end = rest.firstIndex { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }
        let word = rest[..<(end ?? rest.endIndex)]
        guard !word.isEmpty else { throw fault("a name expected") }
        rest = rest[word.endIndex...]
        return String(word)
    }

    private mutating func expect(_ text: String) throws {
        guard rest.hasPrefix(text) else { throw fault("\(text) expected") }
        rest = rest.dropFirst(text.count)
    }

    private func fault(_ words: String) -> Fault {
        Fault(description: "\(words), found \(rest.prefix(80))")
    }

    private static func resolved(_ text: Substring) throws -> String {
        var result = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            let known = [
                ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
            ]
            guard let (written, meant) = known.first(where: { rest.hasPrefix($0.0) }) else {
                throw Fault(description: "a bare & in \(rest.prefix(40))")
            }
            result += meant
            rest = rest.dropFirst(written.count)
        }
        return result + rest
    }
}
