// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

/// Documents made at random, always the same ones.
struct RandomDocuments {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(state: seed) }

    private static let pieces: [String] = [
        "a", "b", "Z", "0", "_", "/", ".", " ", "\"", "\\", "\n", "\r\n", "\0", "\u{1F}", "\u{7F}",
        "\u{E9}", "e\u{301}", "\u{2028}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}",
    ]

    private mutating func text() -> UTF8Text {
        let length = Int.random(in: 0..<4, using: &generator)
        return UTF8Text(
            (0..<length).map { _ in Self.pieces.randomElement(using: &generator)! }.joined())
    }

    mutating func value(depth: Int = 4) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .boolean(.random(using: &generator))
        case 2: return .integer(.random(in: -1000...1000, using: &generator))
        case 3: return .integer(digits: "-98765432109876543210")
        case 4: return .string(text())
        case 5, 6:
            return .array((0..<count()).map { _ in value(depth: depth - 1) })
        default:
            var members: [UTF8Text: JSON] = [:]
            for _ in 0..<count() { members[text()] = value(depth: depth - 1) }
            return .object(
                members.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) })
        }
    }

    private mutating func count() -> Int { Int.random(in: 0..<5, using: &generator) }

    /// The tree as JSON with random white space, order and escapes.
    mutating func written(_ json: JSON) -> String {
        let body: String
        switch json {
        case .object(let members):
            body =
                "{"
                + members.shuffled(using: &generator).map {
                    written(.string($0.key)) + ":" + written($0.value)
                }.joined(separator: ",") + (members.isEmpty ? space() : "") + "}"
        case .array(let elements):
            body = "[" + elements.map { written($0) }.joined(separator: ",") + "]"
        case .string(let text):
            body = "\"" + text.string.unicodeScalars.map { escaped($0) }.joined() + "\""
        default: body = String(decoding: json.canonicalBytes(), as: UTF8.self)
        }
        return space() + body + space()
    }

    private mutating func space() -> String {
        Int.random(in: 0..<6, using: &generator) == 0
            ? [" ", "\n", "\t", "\r"].randomElement(using: &generator)! : ""
    }

    private mutating func escaped(_ scalar: Unicode.Scalar) -> String {
        if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
        guard scalar.value < 0x20 || Int.random(in: 0..<4, using: &generator) == 0 else {
            return String(scalar)
        }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    /// The bytes with a few of them changed.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !result.isEmpty {
            let index = Int.random(in: 0..<result.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: result[index] = .random(in: 0...255, using: &generator)
            case 1: result.remove(at: index)
            case 2:
                let byte = Array("{}[]\":,\\u0 -1".utf8).randomElement(using: &generator)!
                result.insert(byte, at: index)
            default: result.removeSubrange(index...)
            }
        }
        return result
    }
}

@Suite("Written JSON, over generated documents")
struct WritingTests {
    @Test("whatever way a tree is written, reading it gives the tree again", arguments: 1...300)
    func roundTrip(seed: Int) throws {
        var documents = RandomDocuments(seed: UInt64(seed))
        let tree = documents.value()
        #expect(try JSONDocument(tree.compactBytes()).root.tree() == tree)
        #expect(try JSONDocument(tree.indentedBytes()).root.tree() == tree)
        let received = try parse(documents.written(tree))
        #expect(received.root.canonicalBytes() == tree.canonicalBytes())
        #expect(try JSONDocument(received.root.tree().compactBytes()).root.tree() == tree)
        try checkEveryValue(of: received)
    }

    /// `isCanonical` says exactly whether the bytes are the canonical form, at every place.
    private func checkEveryValue(of document: JSONDocument) throws {
        var pending = [document.root]
        while let value = pending.popLast() {
            // The tree is an independent way to the canonical form.
            let canonical = value.tree().canonicalBytes()
            #expect(value.canonicalBytes() == canonical)
            #expect(value.isCanonical == (Array(document.bytes[value.range]) == canonical))
            switch value.kind {
            case .array: pending += try value.array()
            case .object: pending += try value.object().map(\.value)
            default: break
            }
        }
    }

    @Test("changed bytes are refused or read, and what is read has one canonical form")
    func mutations() throws {
        var documents = RandomDocuments(seed: 7)
        var read = 0
        for _ in 0..<4000 {
            let bytes = documents.mutated(Array(documents.written(documents.value()).utf8))
            guard let document = try? JSONDocument(bytes) else { continue }
            read += 1
            try checkEveryValue(of: document)
            let again = try JSONDocument(document.root.tree().compactBytes())
            #expect(again.root.canonicalBytes() == document.root.canonicalBytes())
        }
        #expect(read > 100)
    }

    @Test("the compact form is the canonical one unless a string holds a control character")
    func compact() {
        let plain: JSON = ["b": [1, "\u{7F}\u{2028}\"\\/"], "a": .null]
        #expect(plain.compactBytes() == plain.canonicalBytes())
        let control: JSON = ["a": "\u{0}\u{1}\u{8}\u{9}\u{A}\u{B}\u{C}\u{D}\u{1F} "]
        let expected = #"{"a":"\u0000\u0001\u0008\t\n\u000b\u000c\r\u001f "}"#
        #expect(control.compactBytes() == Array(expected.utf8))
    }

    @Test("the indented form has one member a line and ends with a newline")
    func indented() {
        let tree: JSON = ["b": [1, []], "a": [:], "c": ["y": true, "x": "\n"]]
        let expected = """
            {
             "a": {},
             "b": [
              1,
              []
             ],
             "c": {
              "x": "\\n",
              "y": true
             }
            }

            """
        #expect(String(decoding: tree.indentedBytes(), as: UTF8.self) == expected)
    }

    @Test("minus zero is the integer zero in every form")
    func minusZero() throws {
        let root = try parse("-0").root
        #expect(try root.integer() == 0)
        #expect(root.tree() == 0)
        #expect(root.tree().compactBytes() == Array("0".utf8))
    }
}
