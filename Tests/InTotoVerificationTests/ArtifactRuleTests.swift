// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import Testing

@Suite("in-toto 1.0 §4.3.3: artifact rules")
struct ArtifactRuleTests {
    static let composed: UTF8Text = "caf\u{E9}"
    static let decomposed: UTF8Text = "cafe\u{301}"

    /// Applies rules to a step with materials a and b, products b (changed), c and dist/d.
    private func outcomes(
        _ rules: [String], _ list: ArtifactMatch.List = .products,
        links: [UTF8Text: Link] = [:]
    ) throws -> [Int] {
        let item = link(
            "item", materials: ["a": "1", "b": "1"],
            products: ["b": "2", "c": "3", "dist/d": "4"])
        return try ArtifactRules(links: links).apply(rules.map(rule), to: list, of: item)
            .map(\.consumed)
    }

    @Test(
        "a rule takes what it is about, and a second one of its kind nothing more",
        arguments: [
            ("ALLOW *", .products, 3), ("ALLOW dist/*", .products, 1), ("ALLOW d", .products, 0),
            ("ALLOW [bc]", .products, 2), ("ALLOW [!b]", .products, 1),
            ("ALLOW *", .materials, 2), ("CREATE *", .products, 2), ("CREATE b", .products, 0),
            ("CREATE *", .materials, 0), ("DELETE *", .materials, 1),
            ("DELETE *", .products, 0), ("MODIFY *", .products, 1), ("MODIFY *", .materials, 1),
            ("MODIFY a", .materials, 0), ("REQUIRE b", .products, 0),
            ("DISALLOW x*", .products, 0), ("MATCH * WITH PRODUCTS FROM nowhere", .products, 0),
        ] as [(String, ArtifactMatch.List, Int)])
    func consumption(rule: String, list: ArtifactMatch.List, count: Int) throws {
        #expect(try outcomes([rule, rule], list) == [count, 0])
    }

    @Test(
        "MATCH takes a name only if the other step has it with equal digests",
        arguments: [
            ("MATCH * WITH PRODUCTS FROM other", 1), ("MATCH * WITH MATERIALS FROM other", 1),
            ("MATCH c WITH MATERIALS FROM other", 0),
            ("MATCH d IN dist WITH PRODUCTS FROM other", 0),
            ("MATCH * IN dist WITH MATERIALS FROM other", 1),
            ("MATCH * IN dist/ WITH MATERIALS FROM other", 1),
            ("MATCH * IN dis WITH MATERIALS FROM other", 0),
            ("MATCH * IN d* WITH MATERIALS FROM other", 0),
            ("MATCH c WITH PRODUCTS IN lib FROM other", 1),
            ("MATCH c WITH PRODUCTS IN lib/ FROM other", 1),
            ("MATCH d IN dist WITH PRODUCTS IN lib FROM other", 1),
            ("MATCH * WITH PRODUCTS FROM item", 3),
        ] as [(String, Int)])
    func matching(rule: String, count: Int) throws {
        let other = link(
            "other", materials: ["b": "2", "c": "x", "d": "4"],
            products: ["c": "3", "b": "x", "lib/c": "3", "lib/d": "4"])
        let item = link("item", products: ["b": "2", "c": "3", "dist/d": "4"])
        #expect(try outcomes([rule], links: ["other": other, "item": item]) == [count])
    }

    @Test("DISALLOW names the rule, the first five artifacts in order, and how many they are")
    func disallow() {
        let item = link(
            "item",
            products: ["f1": "", "f2": "", "f3": "", "f4": "", "f5": "", "f6": "", "f7": ""])
        let violation = #expect(throws: SupplyChainError.self) {
            try ArtifactRules(links: [:]).apply(
                [rule("ALLOW f3"), rule("DISALLOW f*")], to: .products, of: item)
        }
        guard case .ruleBroken(let found) = violation else { return }
        #expect(found.kind == .disallowed && found.item == "item" && found.list == .products)
        #expect(found.rule == rule("DISALLOW f*"))
        #expect(found.artifacts == ["f1", "f2", "f4", "f5", "f6"] && found.count == 6)
        #expect(
            "\(SupplyChainError.ruleBroken(found))"
                == "item: products: \"DISALLOW f*\" hits f1, f2, f4, f5, f6 and 1 more")
    }

    @Test(
        "REQUIRE wants the very name, among those that no earlier rule has taken",
        arguments: [
            (["REQUIRE x"], false), (["REQUIRE b"], true), (["REQUIRE *"], false),
            (["ALLOW b", "REQUIRE b"], false), (["ALLOW c", "REQUIRE b", "REQUIRE b"], true),
        ])
    func require(rules: [String], holds: Bool) throws {
        if holds {
            #expect(try outcomes(rules).allSatisfy { $0 <= 1 })
        } else {
            #expect(throws: SupplyChainError.self) { try outcomes(rules) }
        }
    }

    @Test("what no rule takes is allowed")
    func rest() throws {
        #expect(try outcomes([]) == [])
        #expect(try outcomes(["ALLOW b"]) == [1])
    }

    @Test("a composed and a decomposed name are two names")
    func unicode() throws {
        let item = link("item", products: [Self.composed: "1", Self.decomposed: "2"])
        #expect(item.products.count == 2)
        let rules = ArtifactRules(links: ["other": link("other", products: [Self.composed: "1"])])
        let outcomes = try rules.apply(
            [rule("MATCH * WITH PRODUCTS FROM other"), .require(Self.decomposed)],
            to: .products, of: item)
        #expect(outcomes.map(\.consumed) == [1, 0])
        #expect(throws: SupplyChainError.self) {
            try rules.apply(
                [.allow(Wildcard(Self.composed)), .require(Self.composed)], to: .products,
                of: item)
        }
    }

    @Test("carriage return and line feed are two characters")
    func lineEnds() throws {
        let item = link("item", products: ["a\r\nb": "1"])
        let outcomes = try ArtifactRules(links: [:]).apply(
            [rule("ALLOW a?b"), rule("ALLOW a??b")], to: .products, of: item)
        #expect(outcomes.map(\.consumed) == [0, 1])
    }

    @Test("paths are not cleaned", arguments: ["./a", "a//b", "x/../a", "/a"] as [UTF8Text])
    func paths(name: UTF8Text) throws {
        let item = link("item", products: [name: "1"])
        let other = link("other", products: ["a": "1", "a/b": "1"])
        let outcomes = try ArtifactRules(links: ["other": other]).apply(
            [rule("MATCH * WITH PRODUCTS FROM other")], to: .products, of: item)
        #expect(outcomes.map(\.consumed) == [0])
    }

    @Test(
        "a name that prefix and rest do not make up again is refused",
        arguments: ["src/a\\b", "src//a"] as [UTF8Text])
    func unmatchable(name: UTF8Text) {
        let item = link("item", products: [name: "1", "src/a/b": "1"])
        let match = rule("MATCH * IN src WITH PRODUCTS FROM other")
        let other = link("other", products: ["a/b": "1"])
        #expect(
            throws: SupplyChainError.ruleBroken(
                ArtifactRuleViolation(
                    .unmatchable, of: match, item: "item", list: .products, names: [name]))
        ) {
            try ArtifactRules(links: ["other": other]).apply([match], to: .products, of: item)
        }
    }

    @Test("digests are equal only as a whole, digit for digit")
    func digests() throws {
        func one(_ digests: [(String, String)]) -> Artifacts {
            Artifacts([
                Artifact(
                    name: "a",
                    digests: digests.map {
                        .init(algorithm: UTF8Text($0.0), hex: UTF8Text($0.1))
                    })
            ])
        }
        let forms = [
            one([("sha256", "ab")]), one([("sha256", "AB")]),
            one([("sha256", "ab"), ("sha512", "cd")]), one([("sha512", "ab")]),
        ]
        for (index, left) in forms.enumerated() {
            for (other, right) in forms.enumerated() {
                let item = Link(
                    name: "item", materials: Artifacts(), products: left, command: [],
                    byproducts: .object([]))
                let source = Link(
                    name: "other", materials: Artifacts(), products: right, command: [],
                    byproducts: .object([]))
                let outcomes = try ArtifactRules(links: ["other": source]).apply(
                    [rule("MATCH * WITH PRODUCTS FROM other")], to: .products, of: item)
                #expect(outcomes[0].consumed == (index == other ? 1 : 0))
            }
        }
    }
}
