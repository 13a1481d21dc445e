// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Testing

@Suite("Layouts and links as python in-toto 3.1.0 reads and writes them")
struct PythonDocumentTests {
    private func type(of tree: JSON) throws -> String {
        try #require(tree["_type"]?.text).string
    }

    @Test("what we write of a document is what Python signs of it")
    func written() throws {
        let documents = try writtenVectors()
        #expect(documents.count == 4)
        for document in documents {
            let value = try value(document.signed)
            let isLayout = try type(of: document.signed) == "layout"
            let json = try isLayout ? Layout(value).json : Link(value).json
            #expect(json.canonicalBytes() == document.signable)
            #expect(value.canonicalBytes() == document.signable)
            let deviation = try isLayout ? Layout(value).deviation : Link(value).deviation
            #expect(deviation == nil)
            let again = try JSONDocument(json.indentedBytes()).root
            #expect(again.canonicalBytes() == document.signable)
        }
    }

    /// What Python takes and we refuse: it says nothing that a verifier could rely on, or not
    /// in the type that everybody else expects.
    private static let stricter: Set<String> = [
        "layout: expires = nothing", "layout: keys = nothing", "layout: steps = {}",
        "layout: steps.0._type = \"inspection\"", "layout: steps.0._type = nothing",
        "layout: inspect.0._type = \"step\"", "layout: inspect.0._type = nothing",
        "layout: steps.0.name = nothing", "layout: steps.0.name = 5",
        "layout: steps.0.threshold = true", "layout: steps.0.threshold = 18446744073709551616",
        "layout: steps.0.pubkeys = nothing", "layout: steps.0.pubkeys = [\"abc\"]",
        "layout: steps.0.pubkeys = [\"\(String(repeating: "AB", count: 32))\"]",
        "layout: steps.0.expected_command = [1]", "layout: inspect.0.run = nothing",
        "layout: inspect.0.run = [1]", "link: name = nothing", "link: name = 5",
        "link: materials = nothing", "link: materials = {\"a\": {}}", "link: products = nothing",
        "link: command = [1]",
    ]

    @Test(
        "changed documents: nothing passes that Python refuses, and little that it takes is refused"
    )
    func read() throws {
        let rows = try #require(try vectors("documents.json")["read"]?.elements)
        #expect(rows.count > 90)
        let (layout, link) = (try writtenVectors()[0].signed, try writtenVectors()[1].signed)
        var refusedByUsAlone: Set<String> = []
        for row in rows {
            let name = try #require(row["name"]?.text).string
            let place = try #require(row["place"]?.text).string
            let isLayout = name.hasPrefix("layout")
            let tree = try edited(isLayout ? layout : link, place, row["value"])
            let refusal =
                try isLayout ? refusal(of: tree, readLayout) : refusal(of: tree, readLink)
            guard row["accepted"] == true else {
                #expect(refusal != nil, "\(name)")
                continue
            }
            if refusal != nil {
                refusedByUsAlone.insert(name)
                continue
            }
            // `deviation` says exactly whether Python checks other bytes than ours.
            let value = try value(tree)
            let deviation = try isLayout ? Layout(value).deviation : Link(value).deviation
            #expect((deviation == nil) == (row["asWritten"] == true), "\(name)")
        }
        #expect(refusedByUsAlone == Self.stricter)
    }

    @Test(
        "the words of a deviation",
        arguments: [
            ("x\n", "layout", #"unknown member "x\u{a}""#),
            ("steps.0.x", "layout", #"unknown member "x""#),
            ("inspect.0.x", "layout", #"unknown member "x""#),
            ("x", "link", #"unknown member "x""#),
        ])
    func unknown(place: String, type: String, words: String) throws {
        let documents = try writtenVectors()
        let tree = try edited(documents[type == "layout" ? 0 : 1].signed, place, 1)
        let value = try value(tree)
        let deviation = try type == "layout" ? Layout(value).deviation : Link(value).deviation
        #expect(deviation == words)
    }

    @Test(
        "a member that Python fills in is a deviation",
        arguments: [
            ("readme", "layout"), ("steps.0.threshold", "layout"),
            ("steps.1.expected_command", "layout"), ("inspect.0.expected_products", "layout"),
            ("environment", "link"), ("byproducts", "link"), ("command", "link"),
        ])
    func missing(place: String, type: String) throws {
        let documents = try writtenVectors()
        let tree = try edited(documents[type == "layout" ? 0 : 1].signed, place, nil)
        let value = try value(tree)
        let deviation = try type == "layout" ? Layout(value).deviation : Link(value).deviation
        #expect(deviation == "member \"\(place.split(separator: ".").last!)\" missing")
    }
}
