// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Testing

@Suite("in-toto 4.4: links and artifacts")
struct LinkTests {
    private func base() throws -> JSON { try writtenVectors()[1].signed }

    @Test("all members of a link")
    func members() throws {
        let link = try Link(try value(try base()))
        #expect(link.name == "package")
        #expect(link.command == ["tar", "czf", "x", "\u{2028}\u{7F}"])
        #expect(link.byproducts["return-value"]?.integer == 0)
        #expect(link.byproducts["stdout"]?.text == "out\r\n\u{1B}[0m")
        #expect(link.environment["big"] == .integer(digits: "1180591620717411303424"))
        #expect(link.products["a\nb\"\\"]?.sha256 == String(repeating: "ab", count: 32))
    }

    @Test("artifacts are found and sorted by the bytes of their names")
    func artifacts() throws {
        let materials = try Link(try value(try base())).materials
        let names = materials.map(\.name)
        #expect(names == ["Z", "a/b", "e\u{301}", "\u{E9}", "\u{FF5E}", "\u{1F600}"])
        for name in names { #expect(materials[name]?.name == name) }
        for absent in ["", "A", "a", "a/b/", "zz", "\u{10FFFF}"] {
            #expect(materials[UTF8Text(absent)] == nil)
        }
        #expect(materials["\u{E9}"]?.digests != materials["e\u{301}"]?.digests)
        #expect(Artifacts()["a"] == nil)
        #expect(Artifacts().isEmpty)
    }

    @Test("artifacts are the same file only if all their digests are equal")
    func digests() throws {
        let one = Artifact.Digest(algorithm: "sha256", hex: "ab")
        let two = Artifact.Digest(algorithm: "sha512", hex: "cd")
        let both = Artifact(name: "a", digests: [two, one])
        #expect(both == Artifact(name: "a", digests: [one, two]))
        #expect(both != Artifact(name: "a", digests: [one]))
        #expect(both.digests != Artifact(name: "b", digests: [two]).digests)
        #expect(both.sha256 == "ab")
        #expect(Artifact(name: "a", digests: [two]).sha256 == nil)
        #expect(
            Artifact.Digest(algorithm: "sha256", hex: "AB") != one,
            "digits in upper case are other digits, as Python compares")
    }

    @Test(
        "refusals name the place",
        arguments: [
            ("_type", #""layout""#, #"_type: "layout" found, "link" expected"#),
            ("name", "null", "name: null found, a string expected"),
            ("materials", "[]", "materials: an array found, an object expected"),
            (
                "materials", #"{"a":{"sha256":"0g"}}"#,
                #"materials.a.sha256: "0g" found, a digest in hexadecimal digits expected"#
            ),
            (
                "materials", #"{"a":{"sha256":""}}"#,
                #"materials.a.sha256: "" found, a digest in hexadecimal digits expected"#
            ),
            ("products", #"{"a":{}}"#, "products.a: an object found, at least one digest expected"),
            ("products", #"{"a":["sha256"]}"#, "products.a: an array found, an object expected"),
            ("command", #""make""#, #"command: "make" found, an array expected"#),
            ("command", #"["a",["b"]]"#, "command[1]: an array found, a string expected"),
            ("byproducts", "[]", "byproducts: an array found, an object expected"),
            ("environment", "null", "environment: null found, an object expected"),
        ])
    func refusals(place: String, text: String, words: String) throws {
        let tree = try edited(try base(), place, try value(text).tree())
        #expect(try refusal(of: tree, readLink) == words)
    }

    @Test("a link that is made here reads back as it was")
    func made() throws {
        let digest = Artifact.Digest(algorithm: "sha256", hex: "00ff")
        let link = Link(
            name: "s", materials: Artifacts(),
            products: Artifacts([
                Artifact(name: "\u{1F600}", digests: [digest]),
                Artifact(name: "\u{FF5E}", digests: [digest]),
                Artifact(name: "a", digests: [digest]),
            ]), command: ["a", ""], byproducts: ["return-value": 0, "stdout": "\u{0}"])
        let read = try Link(try value(link.json))
        #expect(read.products == link.products)
        #expect(read.json.canonicalBytes() == link.json.canonicalBytes())
        #expect(read.deviation == nil)
        #expect(read.environment == .object([]))
    }

    @Test("the name of a link's file holds the step and eight digits of the key id")
    func fileName() {
        let id = KeyID("0123456789abcdef")
        #expect(Link.fileName(step: "build", keyID: id) == "build.01234567.link")
    }
}
