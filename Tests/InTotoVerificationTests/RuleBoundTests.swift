// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import Testing

@Suite("The work that rules can make, in comparisons")
struct RuleBoundTests {
    private func steps(
        _ rules: [ArtifactRule], of link: Link, links: [UTF8Text: Link] = [:]
    ) throws -> Int {
        var steps = 0
        _ = try ArtifactRules(links: links).apply(rules, to: .products, of: link, steps: &steps)
        return steps
    }

    private func link(_ name: UTF8Text, names: [String]) -> Link {
        let artifacts = Artifacts(
            names.map { name in
                Artifact(name: UTF8Text(name), digests: [.init(algorithm: "sha256", hex: "00")])
            })
        return Link(
            name: name, materials: Artifacts(), products: artifacts, command: [], byproducts: [:])
    }

    @Test(
        "a pattern that asks for backtracking costs its length times the names' lengths",
        arguments: ["*a", "*[a-z]", "*?", "?*", "*a?"])
    func backtracking(part: String) throws {
        let length = 400
        let names = (0..<20).map { String(repeating: "a", count: length) + "\($0)" }
        let link = link("item", names: names)
        for count in [1, 10, 100] {
            let pattern = String(repeating: part, count: count) + "b"
            let rule = ArtifactRule.allow(Wildcard(UTF8Text(pattern)))
            let found = try steps([rule], of: link)
            #expect(found >= names.count)
            #expect(found <= names.count * (pattern.count + 2) * (length + 4) + 200)
        }
    }

    @Test("a million rules cost so many searches, whatever the length of the lists")
    func manyRules() throws {
        let some = (0..<500).flatMap { index -> [ArtifactRule] in
            [
                rule("ALLOW name\(index)x"), rule("MATCH name\(index)y WITH PRODUCTS FROM other"),
                rule("ALLOW dir\(index)/*"), rule("REQUIRE name1"),
            ]
        }
        let rules = Array(repeatElement(some, count: 500).joined())
        try #require(rules.count == 1_000_000)
        let item = link("item", names: (0..<5000).map { "name\($0)" })
        let other = link("other", names: (0..<5000).map { "name\($0)" })
        #expect(try steps(rules, of: item, links: ["other": other]) <= rules.count * 130)
    }

    @Test("rules after which nothing is left cost nothing")
    func empty() throws {
        let item = link("item", names: (0..<1000).map { "name\($0)" })
        let first = try steps([rule("ALLOW *")], of: item)
        let all = [rule("ALLOW *")] + Array(repeating: rule("ALLOW *[!x]*x"), count: 1000)
        #expect(try steps(all, of: item) == first)
    }

    @Test("two lists are merged, not searched through for each name")
    func merge() throws {
        let count = 20_000
        let names = (0..<count).map { "src/\($0)" }
        let item = link("item", names: names)
        let same = link("other", names: names)
        let few = link("few", names: ["src/17", "src/19999"])
        let match = rule("MATCH * WITH PRODUCTS FROM other")
        #expect(try steps([match], of: item, links: ["other": same]) <= 3 * count)
        #expect(try steps([match], of: few, links: ["other": same]) <= 300)
        let moved = rule("MATCH * IN src WITH PRODUCTS IN src FROM other")
        #expect(try steps([moved], of: item, links: ["other": same]) <= 3 * count)
        #expect(try steps([rule("MODIFY *")], of: item) <= 3 * count)
    }
}
