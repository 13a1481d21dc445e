// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 4.5: target files")
struct TargetsTests {
    private func decode(_ value: JSONValue) throws(JSONError) -> Targets { try Targets(value) }

    private func targets(_ place: String, _ text: String?) throws -> Targets {
        try Targets(try Edit(place, text).apply(to: Base.targets))
    }

    /// TUF 1.0.34 §4.5a: length, hashes and custom
    @Test("all members of an entry")
    func entry() throws {
        let targets = try Targets(try JSONDocument(Array(Base.targets.utf8)).root)
        let file = try #require(targets.files[try path("a")])
        #expect(file.path.string == "a")
        #expect(file.length == 5)
        #expect(file.hashes == [.sha256: Base.digest])
        #expect(file.custom?["x"]?.integer == 1)
        #expect(targets.files[try path("b")] == nil)
        #expect(targets.delegations != nil)
        #expect(try self.targets("delegations", nil).delegations == nil)
    }

    /// TUF 1.0.34 §4.5c: there may be no targets
    @Test("a file may be empty, and need not be described further")
    func small() throws {
        #expect(try targets("targets.a.length", "0").files[try path("a")]?.length == 0)
        #expect(try targets("targets.a.custom", nil).files[try path("a")]?.custom == nil)
        #expect(try targets("targets", "{}").files.map(\.length).isEmpty)
    }

    /// TUF 1.0.34 §4.5a: a length and a hash must be there
    /// attack: go-tuf #721: empty hashes
    @Test(
        "refusals",
        arguments: [
            (Edit("targets", nil), "targets: missing"),
            (Edit("targets", "[]"), "targets: an array found, an object expected"),
            (Edit("targets", "null"), "targets: null found, an object expected"),
            (Edit("targets.a", "[]"), "targets.a: an array found, an object expected"),
            (Edit("targets.a.length", nil), "targets.a.length: missing"),
            (
                Edit("targets.a.length", "-1"),
                "targets.a.length: -1 found, an integer from 0 to 4611686018427387904 expected"
            ),
            (
                Edit("targets.a.length", "\"5\""),
                "targets.a.length: \"5\" found, an integer expected"
            ),
            (
                Edit("targets.a.length", "true"),
                "targets.a.length: true or false found, an integer expected"
            ),
            (
                Edit("targets.a.length", "9223372036854775808"),
                "targets.a.length: 9223372036854775808 found, "
                    + "an integer from 0 to 4611686018427387904 expected"
            ),
            (Edit("targets.a.hashes", nil), "targets.a.hashes: missing"),
            (
                Edit("targets.a.hashes", "{}"),
                "targets.a.hashes: an object found, a sha256, sha384 or sha512 digest expected"
            ),
            (
                Edit("targets.a.hashes", #"{"sha1":"00"}"#),
                "targets.a.hashes: an object found, a sha256, sha384 or sha512 digest expected"
            ),
            (
                Edit("targets.a.hashes", #"{"sha256":"AB"}"#),
                "targets.a.hashes.sha256: \"AB\" found, 64 lower-case hexadecimal digits expected"
            ),
            (Edit("targets.a.custom", "5"), "targets.a.custom: 5 found, an object expected"),
            (Edit("targets.a.custom", "null"), "targets.a.custom: null found, an object expected"),
            (Edit("delegations", "null"), "delegations: null found, an object expected"),
        ])
    func refusals(edit: Edit, words: String) throws {
        #expect(try edit.refusal(of: Base.targets, decode) == words)
    }

    @Test("an entry under an unsafe path is no fault, and nobody can ask for it")
    func unsafePaths() throws {
        let good = #"{"length":1,"hashes":{"sha256":"\#(Base.digest)"}}"#
        let text = #"{"../x":\#(good),"/y":5,"a\u0000b":\#(good),"ok/z":\#(good)}"#
        let targets = try targets("targets", text)
        #expect(targets.files.map(\.path.string) == ["ok/z"])
        // The same fault under a safe path is one.
        let bad = try Edit("targets", #"{"y":5}"#).refusal(of: Base.targets, decode)
        #expect(bad == "targets.y: 5 found, an object expected")
    }

    @Test("paths that look alike are two files")
    func lookalikes() throws {
        let entry = { (length: Int) in
            #"{"length":\#(length),"hashes":{"sha256":"\#(Base.digest)"}}"#
        }
        let targets = try targets("targets", #"{"é":\#(entry(1)),"e\u0301":\#(entry(2))}"#)
        #expect(targets.files[try path("\u{E9}")]?.length == 1)
        #expect(targets.files[try path("e\u{301}")]?.length == 2)
    }

    @Test("SHA-256 is the digest of the file name if it is listed, then the longest")
    func digest() throws {
        let hashes = Dictionary(
            uniqueKeysWithValues: DigestAlgorithm.allCases.map {
                ($0.rawValue, String(repeating: "a", count: $0.byteCount * 2))
            })
        for (listed, expected) in [
            (["sha256", "sha384", "sha512"], DigestAlgorithm.sha256),
            (["sha384", "sha512"], .sha512), (["sha384"], .sha384),
        ] {
            let members = listed.map { #""\#($0)":"\#(hashes[$0]!)""# }.joined(separator: ",")
            let targets = try targets("targets.a.hashes", "{\(members)}")
            let digest = try #require(targets.files[try path("a")]).digest
            #expect(digest.algorithm == expected)
            #expect(digest.hex == hashes[expected.rawValue])
        }
    }
}
