// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import Testing
import YAMLSources

/// Codes of the findings of the lists of a layout of two steps, with the rule each is about.
struct LintCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Rules of `wheel`, which takes what `tag` made.
    var materials = ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"]
    var products = ["CREATE dist/*.whl", "DISALLOW *"]
    var tagProducts = ["MATCH * WITH MATERIALS FROM tag", "DISALLOW *"]
    var tagMaterials = ["ALLOW *"]
    let expected: [String]

    var testDescription: String { name }

    var source: String {
        let list = { (rules: [String]) in
            "[" + rules.map { "'\($0)'" }.joined(separator: ", ") + "]"
        }
        return World.source
            .replacing("[\"ALLOW *\"]", list(tagMaterials))
            .replacing("[\"MATCH * WITH MATERIALS FROM tag\", \"DISALLOW *\"]", list(tagProducts))
            .replacing("[\"MATCH * WITH PRODUCTS FROM tag\", \"DISALLOW *\"]", list(materials))
            .replacing("[\"CREATE dist/*.whl\", \"DISALLOW *\"]", list(products))
    }

    func findings(_ options: LintOptions = LintOptions()) throws -> [LayoutFinding] {
        var keys: [String: PublicKey] = [:]
        for name in ["olga", "oscar", "otto", "alice", "bob"] {
            keys[name] = try key(name).publicKey
        }
        return try LayoutSource(source, file: "wheel.yaml", reader: YAMLSource.read)
            .findings(keys: keys, at: now, options: options)
    }

    func brief(_ options: LintOptions = LintOptions()) throws -> [String] {
        try findings(options).map { finding in
            let place = finding.place
            let rule = place.rule.map { " \(place.list ?? "") \($0)" } ?? ""
            return "\(finding.weight) \(finding.code.rawValue) \(place.name ?? "")\(rule)"
        }
    }
}

@Suite("Layout lint: rules that do less, or let through more, than they seem to")
struct RuleLintTests {
    private static let required = ["REQUIRE a", "ALLOW a", "DISALLOW *"]

    static let cases = [
        LintCase(name: "the plain layout", expected: []),
        LintCase(
            name: "an open end", materials: ["MATCH * WITH PRODUCTS FROM tag"],
            expected: ["warning open-end wheel"]),
        LintCase(
            name: "a DISALLOW of some files alone ends nothing",
            products: ["CREATE dist/*.whl", "DISALLOW *.py"], expected: ["error open-end wheel"]),
        LintCase(
            name: "two stars are one", products: ["CREATE dist/*.whl", "DISALLOW **"],
            expected: []),
        LintCase(
            name: "ALLOW * of materials", materials: ["MATCH * WITH PRODUCTS FROM tag", "ALLOW *"],
            expected: ["warning allow-all wheel materials 2"]),
        LintCase(
            name: "ALLOW * of the first step's materials says openly what it is", expected: []),
        LintCase(
            name: "rules after the end", products: ["DISALLOW *", "CREATE dist/*", "REQUIRE a"],
            expected: [
                "warning rule-dead wheel products 2", "error require-consumed wheel products 3",
            ]),
        LintCase(
            name: "CREATE among materials",
            materials: ["CREATE x", "MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"],
            expected: ["warning rule-never wheel materials 1"]),
        LintCase(
            name: "DELETE among products", products: ["CREATE *.whl", "DELETE x", "DISALLOW *"],
            expected: ["warning rule-never wheel products 2"]),
        LintCase(
            name: "DELETE among materials",
            materials: ["DELETE x", "MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"], expected: []),
        LintCase(name: "REQUIRE in time", products: required, expected: []),
        LintCase(
            name: "REQUIRE after ALLOW", products: ["ALLOW a*", "REQUIRE ab", "DISALLOW *"],
            expected: ["error require-consumed wheel products 2"]),
        LintCase(
            name: "REQUIRE after another file's ALLOW",
            products: ["ALLOW b", "REQUIRE a", "CREATE a", "DISALLOW *"], expected: []),
        LintCase(
            name: "REQUIRE after CREATE", products: ["CREATE *", "REQUIRE ab", "DISALLOW *"],
            expected: ["warning require-consumed wheel products 2"]),
        LintCase(
            name: "REQUIRE after MATCH with a prefix",
            products: [
                "MATCH * IN d WITH PRODUCTS FROM tag", "REQUIRE d/x", "REQUIRE e/x", "DISALLOW *",
            ], expected: ["warning require-consumed wheel products 2"]),
        LintCase(
            name: "REQUIRE of what is forbidden",
            products: ["DISALLOW *.py", "REQUIRE a.py", "CREATE a", "DISALLOW *"],
            expected: ["error require-consumed wheel products 2"]),
        LintCase(
            name: "REQUIRE with a pattern", products: ["REQUIRE *.whl", "CREATE *", "DISALLOW *"],
            expected: ["error require-pattern wheel products 1"]),
        LintCase(
            name: "REQUIRE with brackets, which names may have",
            products: ["REQUIRE [id].js", "CREATE *", "DISALLOW *"],
            expected: ["warning require-pattern wheel products 1"]),
        LintCase(
            name: "a parameter is no pattern",
            products: ["REQUIRE demo-{version}.whl", "CREATE *", "DISALLOW *"], expected: []),
        LintCase(
            name: "MATCH with no step",
            materials: ["MATCH * WITH PRODUCTS FROM tagg", "DISALLOW *"],
            expected: ["error match-unknown wheel materials 1", "warning step-untied tag"]),
        LintCase(
            name: "MATCH with itself",
            products: ["MATCH * WITH PRODUCTS FROM wheel", "DISALLOW *"],
            expected: [
                "warning match-itself wheel products 1", "warning rule-dead wheel products 2",
            ]),
        LintCase(
            name: "MATCH with itself in part",
            products: ["MATCH *.py WITH PRODUCTS FROM wheel", "CREATE a", "DISALLOW *"],
            expected: ["warning match-itself wheel products 1"]),
        LintCase(
            name: "MATCH with the other list of itself",
            products: ["MATCH *.py WITH MATERIALS FROM wheel", "CREATE a", "DISALLOW *"],
            expected: []),
        LintCase(
            name: "MATCH with what a step cannot have", tagProducts: ["DISALLOW *"],
            expected: ["warning match-never wheel materials 1"]),
        LintCase(
            name: "MATCH of files that the rules of the step let it not have",
            materials: [
                "MATCH src/* WITH PRODUCTS FROM tag", "MATCH setup.py WITH PRODUCTS FROM tag",
                "DISALLOW *",
            ], tagProducts: ["CREATE lib/*", "CREATE setup.py", "DISALLOW *"],
            expected: ["warning match-never wheel materials 1"]),
        LintCase(
            name: "MATCH of one file that no pattern of the step takes",
            materials: ["MATCH setup.cfg WITH PRODUCTS FROM tag", "DISALLOW *"],
            tagProducts: ["CREATE *.py", "DISALLOW *"],
            expected: ["warning match-never wheel materials 1"]),
        LintCase(
            name: "MATCH with a list that is open", tagProducts: ["CREATE *.py", "ALLOW *"],
            expected: ["note allow-all tag products 2"]),
        LintCase(
            name: "MATCH with a prefix on the other side",
            materials: ["MATCH * WITH PRODUCTS IN src FROM tag", "DISALLOW *"],
            tagProducts: ["CREATE src/*", "DISALLOW *"], expected: []),
        LintCase(
            name: "MATCH whose prefix excludes everything",
            materials: ["MATCH * WITH PRODUCTS IN dist FROM tag", "DISALLOW *"],
            tagProducts: ["CREATE src/*", "DISALLOW *"],
            expected: ["warning match-never wheel materials 1"]),
        LintCase(
            name: "a pattern that repeats the prefix",
            materials: ["MATCH src/* IN src WITH PRODUCTS FROM tag", "DISALLOW *"],
            expected: ["warning match-prefix wheel materials 1"]),
        LintCase(
            name: "a prefix that is a pattern",
            materials: ["MATCH * IN src* WITH PRODUCTS FROM tag", "DISALLOW *"],
            expected: ["warning match-prefix wheel materials 1"]),
        LintCase(
            name: "a step that nothing compares",
            materials: ["ALLOW src/*", "DISALLOW *"], expected: ["warning step-untied tag"]),
        LintCase(
            name: "a product that no rule speaks of", products: [],
            expected: ["error open-end wheel", "error product-untied wheel"]),
    ]

    @Test("each finding has its place and its weight", arguments: cases)
    func find(example: LintCase) throws {
        #expect(try example.brief() == example.expected)
    }

    @Test("parameters are filled in where they are given")
    func parameters() throws {
        var options = LintOptions()
        options.parameters = ["version": "1.0"]
        let example = LintCase(
            name: "", products: ["ALLOW demo-1.*", "REQUIRE demo-{version}", "DISALLOW *"],
            expected: [])
        #expect(try example.brief() == [])
        #expect(try example.brief(options) == ["error require-consumed wheel products 2"])
    }

    @Test("a step cannot see an inspection, and its end is the list's", arguments: [true, false])
    func inspection(isStep: Bool) throws {
        let rules = "[\"MATCH * WITH PRODUCTS FROM look\", \"DISALLOW *\"]"
        let look =
            "\ninspections:\n  - {name: look, run: \"true\", materials: \(rules), "
            + "products: [\"ALLOW *\"]}"
        var text = World.source + look
        if isStep { text = text.replacing("[\"CREATE dist/*.whl\", \"DISALLOW *\"]", rules) }
        let findings = try LayoutSource(text, file: "x", reader: YAMLSource.read)
            .findings(keys: [:], at: now).filter { $0.code != .keyMissing }
        #expect(
            findings.map(\.code) == (isStep ? [.matchUnknown] : []) + [.allowAll])
        #expect(findings.map(\.weight) == (isStep ? [.error] : []) + [.warning])
    }

    @Test("the text for a person and for a program")
    func golden() throws {
        let example = LintCase(
            name: "", materials: ["MATCH * WITH PRODUCTS FROM tagg"],
            products: ["CREATE dist/*.whl", "ALLOW *", "REQUIRE dist/x"], expected: [])
        let findings = try example.findings()
        try expectGolden(LayoutFinding.text(findings, file: "wheel.yaml"), "lint")
        let json = LayoutFinding.json(findings, file: "wheel.yaml")
        try expectGolden(
            String(decoding: json.indentedBytes(), as: UTF8.self), "lint-json")
        #expect(LayoutFinding.exitCode(of: findings) == 1)
        #expect(LayoutFinding.text([], file: "a.yaml") == "a.yaml: nothing to mend\n")
        #expect(LayoutFinding.exitCode(of: findings.filter { $0.weight != .error }) == 0)
    }

    @Test("every code has a reason that is a sentence", arguments: LayoutFinding.Code.allCases)
    func reasons(code: LayoutFinding.Code) {
        #expect(code.reason.hasSuffix(".") && code.reason.first?.isUppercase == true)
    }
}
