// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import Testing

@Suite("in-toto 4.3.3: artifact rules")
struct RuleTests {
    /// A rule's parts under the names that Python gives them.
    private func parts(_ rule: ArtifactRule) -> JSON {
        func plain(_ type: String, _ pattern: UTF8Text) -> JSON {
            ["rule_type": .text(type), "pattern": .string(pattern)]
        }
        switch rule {
        case .create(let pattern): return plain("create", pattern.text)
        case .delete(let pattern): return plain("delete", pattern.text)
        case .modify(let pattern): return plain("modify", pattern.text)
        case .allow(let pattern): return plain("allow", pattern.text)
        case .disallow(let pattern): return plain("disallow", pattern.text)
        case .require(let name): return plain("require", name)
        case .match(let match):
            return [
                "rule_type": "match", "pattern": .string(match.pattern.text),
                "source_prefix": .string(match.sourcePrefix ?? ""),
                "dest_prefix": .string(match.destinationPrefix ?? ""),
                "dest_type": .text(match.list.rawValue.lowercased()),
                "dest_name": .string(match.step),
            ]
        }
    }

    @Test("rules are read as Python reads them, and refused as Python refuses them")
    func python() throws {
        let rows = try #require(try vectors("rules.json").elements)
        #expect(rows.count > 70)
        for row in rows {
            let pair = try #require(row.elements)
            let tokens = try #require(pair[0].elements).map { try #require($0.text) }
            let words = quoted(tokens.map(\.string).joined(separator: " "))
            guard pair[1] != .null else {
                #expect(ArtifactRule(tokens: tokens) == nil, "\(words)")
                continue
            }
            let rule = try #require(ArtifactRule(tokens: tokens), "\(words)")
            #expect(parts(rule).canonicalBytes() == pair[1].canonicalBytes(), "\(words)")
            #expect(ArtifactRule(tokens: rule.tokens) == rule, "\(words)")
        }
    }

    @Test(
        "a rule is written with its keywords in upper case",
        arguments: [
            (["create", "a b"], "CREATE a b"), (["Require", "x"], "REQUIRE x"),
            (
                ["match", "p", "in", "s", "with", "products", "in", "d", "from", "q"],
                "MATCH p IN s WITH PRODUCTS IN d FROM q"
            ),
            (
                ["match", "in", "with", "materials", "from", "From"],
                "MATCH in WITH MATERIALS FROM From"
            ),
        ])
    func writing(tokens: [String], words: String) throws {
        let rule = try #require(ArtifactRule(tokens: tokens.map { UTF8Text($0) }))
        #expect("\(rule)" == words)
        #expect(rule.tokens.count == tokens.count)
    }

    @Test("an empty prefix is a prefix that was written")
    func emptyPrefix() throws {
        let tokens: [UTF8Text] = ["MATCH", "a", "IN", "", "WITH", "PRODUCTS", "FROM", "s"]
        let rule = try #require(ArtifactRule(tokens: tokens))
        guard case .match(let match) = rule else {
            Issue.record("no match rule")
            return
        }
        #expect(match.sourcePrefix == "")
        #expect(match.destinationPrefix == nil)
        #expect(rule.tokens == tokens)
    }

    @Test("rules that differ in bytes are different rules")
    func identity() {
        #expect(ArtifactRule.require("\u{E9}") != .require("e\u{301}"))
        #expect(ArtifactRule.allow(Wildcard("\u{E9}")) != .allow(Wildcard("e\u{301}")))
        #expect(ArtifactRule.allow(Wildcard("a")) != .disallow(Wildcard("a")))
    }
}
