// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("OLPC canonical JSON, as securesystemslib writes it")
struct CanonicalFormTests {
    /// Everything that must hold for a document and its canonical form.
    private func check(_ document: JSONDocument, _ canonical: [UInt8], _ name: String) throws {
        let root = document.root
        #expect(root.canonicalBytes() == canonical, "\(name)")
        #expect(root.tree().canonicalBytes() == canonical, "\(name), from the tree")
        #expect(root.withCanonicalBytes { Array($0) } == canonical, "\(name), in place")
        #expect(root.isCanonical == (Array(document.bytes[root.range]) == canonical), "\(name)")
    }

    @Test("vectors written by Python")
    func vectors() throws {
        let rows = try table("canonical.txt")
        #expect(rows.count > 100)
        for row in rows {
            let name = String(decoding: row[0], as: UTF8.self)
            try check(try JSONDocument(row[1]), row[2], name)
        }
    }

    @Test("documents with changed bytes: refused where Python refuses, else the same bytes")
    func mutated() throws {
        let rows = try table("mutated.txt")
        #expect(rows.count > 500)
        for row in rows {
            let document = try? JSONDocument(row[0])
            let name = String(decoding: row[0], as: UTF8.self)
            if row[1] == Array("refused".utf8) {
                #expect(document == nil, "\(name)")
            } else {
                try check(try #require(document, "\(name)"), row[1], name)
            }
        }
    }

    @Test("each value inside a document has its own canonical form")
    func inside() throws {
        let document = try parse(#"{ "b" : {"y":[1, 2],"x":"\u0041"} , "a" : {"k":[]} }"#)
        let object = try document.root.object()
        #expect(!document.root.isCanonical)
        let first = try #require(object["b"])
        #expect(!first.isCanonical)
        #expect(first.canonicalBytes() == Array(#"{"x":"A","y":[1,2]}"#.utf8))
        let second = try #require(object["a"])
        #expect(second.isCanonical)
        #expect(second.canonicalBytes() == Array(#"{"k":[]}"#.utf8))
        #expect(second.withCanonicalBytes { Array($0) } == Array(#"{"k":[]}"#.utf8))
    }

    @Test(
        "what alone keeps a document from being canonical",
        arguments: [
            "[ ]", "{ }", "[1 ]", "[ 1]", "[1, 2]", "{\"a\" :1}", "{\"a\": 1}", "{\"a\":1 }",
            "{ \"a\":1}", "{\"a\":1, \"b\":2}", "[[\n]]", "{\"b\":1,\"a\":2}", "-0",
            "\"\\/\"", "\"\\n\"", "\"\\u0041\"", "\"\\u0022\"", "{\"\\u0061\":1}", "[{\"a\":[-0]}]",
        ])
    func nearlyCanonical(_ text: String) throws {
        let root = try parse(text).root
        #expect(!root.isCanonical)
        #expect(root.canonicalBytes() != Array(text.utf8))
    }

    @Test("white space around the outermost value is not part of it")
    func outside() throws {
        let document = try parse("\n {\"a\":1}\t")
        #expect(document.root.isCanonical)
        #expect(document.root.range == 2..<9)
        #expect(document.bytes.count == 10)
    }

    @Test("a tree that is built sorts by code point, not by UTF-16 and not by collation")
    func built() throws {
        let tree: JSON = [
            "\u{1F600}": 1, "\u{FF5E}": 2, "z": ["b": true, "a": []], "\u{E9}": "\n\"\\",
            "e\u{301}": .integer(digits: "123456789012345678901234567890"),
        ]
        let expected =
            "{\"e\u{301}\":123456789012345678901234567890,\"z\":{\"a\":[],\"b\":true},"
            + "\"\u{E9}\":\"\n\\\"\\\\\",\"\u{FF5E}\":2,\"\u{1F600}\":1}"
        #expect(tree.canonicalBytes() == Array(expected.utf8))
    }
}
