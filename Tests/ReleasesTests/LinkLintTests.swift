// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Releases
import RepositoryStorage
import TestKit
import Testing

@Suite("Layout lint: rules tried on the links at hand")
struct LinkLintTests {
    private func artifacts(_ contents: [String: String], _ algorithm: UTF8Text) -> Artifacts {
        Artifacts(
            contents.map { name, content in
                Artifact(
                    name: UTF8Text(name),
                    digests: [.init(algorithm: algorithm, hex: UTF8Text(sha256(content)))])
            })
    }

    /// Tries a case on links of `tag`, which leaves its sources alone, and of `wheel`.
    private func brief(
        _ example: LintCase, materials: [String: String] = ["setup": "s"],
        products: [String: String] = ["dist/a.whl": "w"], tag: [String: String] = ["setup": "s"],
        tagAlgorithm: UTF8Text = "sha256", _ edit: (TemporaryFolder) throws -> Void = { _ in }
    ) throws -> [LayoutFinding] {
        let folder = try TemporaryFolder()
        let links = [
            Link(
                name: "tag", materials: artifacts(tag, tagAlgorithm),
                products: artifacts(tag, tagAlgorithm), command: [], byproducts: [:]),
            Link(
                name: "wheel", materials: artifacts(materials, "sha256"),
                products: artifacts(products, "sha256"), command: [], byproducts: [:]),
        ]
        for link in links {
            let bytes = try SignedFile.bytes(signing: link.json, with: [])
            try folder.write(
                String(decoding: bytes, as: UTF8.self), to: "links/\(link.name).01234567.link")
        }
        try edit(folder)
        var options = LintOptions()
        options.links = try LinksAtHand(folders: [folder("links")])
        return try example.findings(options)
    }

    private func codes(_ findings: [LayoutFinding]) -> [String] {
        findings.map { "\($0.code.rawValue) \($0.place.rule.map(String.init) ?? "")" }
    }

    @Test("links that fit have none")
    func fit() throws {
        #expect(try codes(brief(LintCase(name: "", expected: []))) == [])
    }

    @Test("patterns that match nothing, or take nothing")
    func idle() throws {
        let products = [
            "CREATE dist/*.tar.gz", "CREATE setup", "MATCH *.whl WITH PRODUCTS FROM tag",
            "ALLOW dist/*", "CREATE dist/*.whl", "MODIFY setup", "DISALLOW *",
        ]
        let example = LintCase(name: "", products: products, expected: [])
        let findings = try brief(example, products: ["dist/a.whl": "w", "setup": "s"])
            .filter { $0.place.name == "wheel" }
        #expect(
            findings.map(\.message) == [
                "step wheel, products, rule 1 \"CREATE dist/*.tar.gz\": matches nothing among the "
                    + "products of the links at hand, which hold \"dist/a.whl\"",
                "step wheel, products, rule 2 \"CREATE setup\": takes none of \"setup\" that it "
                    + "matches, for they are among the materials too",
                "step wheel, products, rule 3 \"MATCH *.whl WITH PRODUCTS FROM tag\": takes none "
                    + "of \"dist/a.whl\" that it matches, for none is among the products of step "
                    + "\"tag\"",
                "step wheel, products, rule 5 \"CREATE dist/*.whl\": takes none of "
                    + "\"dist/a.whl\" that it matches, for rules before it did",
                "step wheel, products, rule 6 \"MODIFY setup\": takes none of \"setup\" that it "
                    + "matches, for they are as they were",
                "step wheel, products, rule 7 \"DISALLOW *\": forbids \"setup\" of the links at "
                    + "hand",
            ])
        #expect(findings.last?.remedy.hasSuffix("as in \"CREATE setup\"") == true)
    }

    @Test("REQUIRE of a file that is not there, and one that is taken")
    func required() throws {
        let example = LintCase(
            name: "",
            products: [
                "REQUIRE dist/a.whl", "REQUIRE b", "CREATE dist/*", "REQUIRE dist/a.whl",
                "DISALLOW *",
            ], expected: [])
        #expect(
            try codes(brief(example)) == ["require-consumed 4", "refuses 2", "refuses 4"])
    }

    @Test("other digests, and digests that can never agree")
    func digests() throws {
        let plain = LintCase(name: "", expected: [])
        #expect(
            try codes(brief(plain, tag: ["setup": "other"]))
                == ["takes-nothing 1", "refuses 2"])
        let mixed = try brief(plain, tagAlgorithm: "sha512")
        #expect(codes(mixed) == ["digest-sets 1", "refuses 2"])
        #expect(
            mixed.first?.message.hasSuffix(
                "\"setup\" was recorded with \"sha256\" here and with \"sha512\" there") == true)
    }

    @Test("MATCH between folders")
    func prefixes() throws {
        let rule = "MATCH *.py IN src WITH PRODUCTS IN lib FROM tag"
        let example = LintCase(name: "", materials: [rule, "DISALLOW *"], expected: [])
        #expect(
            try codes(brief(example, materials: ["src/a.py": "a"], tag: ["lib/a.py": "a"])) == [])
        #expect(
            try codes(brief(example, materials: ["src/a.py": "a"], tag: ["a.py": "a"]))
                == ["takes-nothing 1", "refuses 2"])
        #expect(
            try codes(brief(example, materials: ["a.py": "a"], tag: ["lib/a.py": "a"]))
                == ["pattern-unmatched 1", "refuses 2"])
    }

    @Test("parameters that are not given are taken for anything, and given ones as they are")
    func parameters() throws {
        let example = LintCase(
            name: "", products: ["CREATE dist/a-{version}.whl", "DISALLOW *"], expected: [])
        #expect(try codes(brief(example, products: ["dist/a-1.whl": "w"])) == [])
        #expect(
            try codes(brief(example, products: ["dist/b-1.whl": "w"]))
                == ["pattern-unmatched 1", "refuses 2"])
    }

    @Test("a step without links, files that are none, sublayouts and their depth")
    func files() throws {
        let layout = try String(
            decoding: SignedFile.bytes(
                signing: Layout(expires: now, keys: [:], steps: []).json, with: []),
            as: UTF8.self)
        let plain = LintCase(name: "", expected: [])
        let missing = try brief(plain) { folder in
            try FileSystem.remove(folder("links/wheel.01234567.link"))
        }
        #expect(codes(missing) == ["link-missing "] && missing[0].weight == .note)
        let broken = try brief(plain) { try $0.write("{", to: "links/wheel.01234567.link") }
        #expect(codes(broken) == ["link-unreadable ", "link-missing "])
        let nested = { (levels: Int) in
            try brief(plain) { folder in
                var path = "links"
                for _ in 0..<levels {
                    try folder.write(layout, to: "\(path)/wheel.01234567.link")
                    path += "/wheel.01234567"
                }
            }
        }
        #expect(try codes(nested(1)) == ["sublayout "])
        #expect(try codes(nested(3)) == ["sublayout "])
        for (levels, weight) in [(4, LayoutFinding.Weight.warning), (9, .error), (12, .error)] {
            let findings = try nested(levels)
            #expect(codes(findings) == ["sublayout-deep "] && findings[0].weight == weight)
        }
    }

    @Test("no folder is an error, not no links")
    func noFolder() {
        #expect(throws: PublishingError.self) { try LinksAtHand(folders: ["none"]) }
    }

    @Test("a rule with many stars on many long names ends soon", .timeLimit(.minutes(1)))
    func bounded() throws {
        let stars = String(repeating: "*a", count: 400) + "b"
        let long = String(repeating: "a", count: 1000)
        let products = Dictionary(uniqueKeysWithValues: (0..<20_000).map { ("\(long)\($0)", "x") })
        let rules = (0..<400).map { _ in "CREATE \(stars)" } + ["DISALLOW *"]
        let example = LintCase(name: "", products: rules, expected: [])
        let findings = try brief(example, products: products)
        #expect(findings.last?.code == .notAllLookedAt && findings.count <= 401)
    }
}
