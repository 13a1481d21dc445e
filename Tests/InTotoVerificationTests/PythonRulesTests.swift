// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoVerification
import Testing

@Suite("Generated rules, as Python's in-toto 3.1.0 and fnmatch apply them")
struct PythonRulesTests {
    private static let nameParts = [
        "a", "b", "c", "/", "\\", ".", "*", "?", "[", "]", "!", "-", "\u{E9}", "e\u{301}", "\n",
        "\r\n", "\u{FFFD}", "\u{1D4B3}", "&", "~", "|", "^", " ",
    ]
    private static let patternParts =
        nameParts + ["*", "*", "?", "[a-c]", "[!a]", "[]-a]", "[c-a]"]

    /// Runs a script over cases; gives what it prints, one value for each.
    private func answers(to cases: [JSON], of script: String) throws -> [JSONValue] {
        var path = Array("/tmp/carnet-cases-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        let bytes = JSON.array(cases).compactBytes()
        #expect(write(file, bytes, bytes.count) == bytes.count)
        close(file)
        defer { unlink(path) }
        let name = String(decoding: path.dropLast().map { UInt8($0) }, as: UTF8.self)
        let line = try Python().run(script, [name], in: "/tmp")
        return try JSONDocument(Array(line.utf8)).root.array()
    }

    @Test("fnmatch.fnmatchcase")
    func wildcards() throws {
        var dice = Dice(1)
        var pairs: [(pattern: UTF8Text, name: UTF8Text)] = []
        for _ in 0..<20_000 {
            var name = dice.text(of: Self.nameParts, upTo: 8)
            var pattern = dice.text(of: Self.patternParts, upTo: 6)
            // What is made by chance alone would seldom match.
            if dice.roll(2) == 0 { pattern = mutated(name, &dice) }
            if dice.roll(8) == 0 { name = pattern }
            pairs.append((pattern, name))
        }
        let script = """
            import fnmatch, json, sys
            print(json.dumps([fnmatch.fnmatchcase(name, pattern)
                              for pattern, name in json.load(open(sys.argv[1]))]))
            """
        let answers = try answers(
            to: pairs.map { [.string($0.pattern), .string($0.name)] }, of: script)
        try #require(answers.count == pairs.count)
        var matches = 0
        for (pair, answer) in zip(pairs, answers) {
            let expected = try answer.boolean()
            matches += expected ? 1 : 0
            let found = Wildcard(pair.pattern).matches(pair.name)
            #expect(found == expected, "\(quoted(pair.pattern)) with \(quoted(pair.name))")
        }
        #expect(matches > 2000 && matches < 18_000)
    }

    /// A pattern made of a name, with parts of it replaced by wildcards.
    private func mutated(_ name: UTF8Text, _ dice: inout Dice) -> UTF8Text {
        var text = String.UnicodeScalarView()
        for scalar in name.string.unicodeScalars {
            switch dice.roll(6) {
            case 0: text.append("*")
            case 1: text.append("?")
            case 2: text.append(contentsOf: "[\(scalar)]".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return UTF8Text(String(text))
    }

    @Test("what each rule takes of the queue, and which one is broken")
    func rules() throws {
        var dice = Dice(2)
        let cases = (0..<4000).map { _ in RuleCase(&dice) }
        let answers = try answers(to: cases.map(\.json), of: RuleCase.script)
        try #require(answers.count == cases.count)
        var broken = 0
        var unmatchable = 0
        for (example, answer) in zip(cases, answers) {
            let expected = try answer.array().map { try $0.integer() }
            do throws(SupplyChainError) {
                let outcomes = try example.apply()
                #expect(outcomes.map(\.consumed) == expected, "\(example.json)")
            } catch {
                guard case .ruleBroken(let violation) = error else { throw error }
                broken += 1
                if violation.kind == .unmatchable {
                    // Refused here on purpose; Python may take or refuse it.
                    unmatchable += 1
                } else {
                    #expect(expected.last == -1, "\(example.json)")
                    #expect(violation.rule == example.rules[expected.count - 1], "\(example.json)")
                }
            }
        }
        #expect(broken > 500 && broken < 3500)
        #expect(unmatchable < 400)
    }
}

/// Three links and the rules for a list of one of them.
private struct RuleCase {
    private static let names: [UTF8Text] = [
        "a", "b", "a/b", "a/c", "b/a", "./a", "a/", "/a", "a\\b", "a//b", "\u{E9}", "e\u{301}",
        "*", "dir/a", "dir/a/b", "dir/", "dir//a", "dir/sub/a", "dira", "a\u{1D4B3}b", "a\u{FFFD}b",
    ]
    private static let patterns: [UTF8Text] = [
        "*", "a", "b", "a*", "?", "*/a", "[ab]", "b/*", "", "**", "/a", "\u{E9}", "dir/*", "[!a]*",
        "*b", "a?b", "*/*", "e*", "dir/a", "*\u{1D4B3}*", "sub/*",
    ]
    private static let prefixes: [UTF8Text?] = [
        nil, nil, "", "a", "a/", "/", "a//", "dir", "dir/", ".", "dir\\", "b", "\u{E9}", "dir/sub",
    ]
    private static let steps: [UTF8Text] = ["one", "two", "three"]

    private let links: [Link]
    private let item: Int
    private let list: ArtifactMatch.List
    let rules: [ArtifactRule]

    init(_ dice: inout Dice) {
        links = RuleCase.steps.map { name in
            Link(
                name: name, materials: RuleCase.artifacts(&dice),
                products: RuleCase.artifacts(&dice), command: [], byproducts: [:])
        }
        item = dice.roll(3)
        list = dice.pick([.materials, .products])
        rules = (0..<dice.roll(7)).map { _ in RuleCase.rule(&dice) }
    }

    private static func artifacts(_ dice: inout Dice) -> Artifacts {
        var digests: [UTF8Text: [Artifact.Digest]] = [:]
        for _ in 0..<dice.roll(12) {
            digests[dice.pick(names)] = dice.pick([
                [.init(algorithm: "sha256", hex: "aa")], [.init(algorithm: "sha256", hex: "aa")],
                [.init(algorithm: "sha256", hex: "AA")], [.init(algorithm: "sha512", hex: "aa")],
                [.init(algorithm: "sha512", hex: "aa"), .init(algorithm: "sha256", hex: "aa")],
            ])
        }
        return Artifacts(digests.map { Artifact(name: $0.key, digests: $0.value) })
    }

    private static func rule(_ dice: inout Dice) -> ArtifactRule {
        let pattern = Wildcard(dice.pick(patterns))
        switch dice.roll(10) {
        case 0: return .create(pattern)
        case 1: return .delete(pattern)
        case 2: return .modify(pattern)
        case 3: return .allow(pattern)
        case 4: return dice.roll(2) == 0 ? .disallow(pattern) : .allow(pattern)
        case 5: return dice.roll(2) == 0 ? .require(dice.pick(names)) : .modify(pattern)
        default:
            return .match(
                ArtifactMatch(
                    pattern: pattern, sourcePrefix: dice.pick(prefixes),
                    list: dice.pick([.materials, .products]),
                    destinationPrefix: dice.pick(prefixes), step: dice.pick(steps + ["nobody"])))
        }
    }

    func apply() throws(SupplyChainError) -> [RuleOutcome] {
        let byName = Dictionary(uniqueKeysWithValues: zip(RuleCase.steps, links))
        return try ArtifactRules(links: byName).apply(rules, to: list, of: links[item])
    }

    var json: JSON {
        [
            "links": .array(links.map(\.json)), "item": .string(RuleCase.steps[item]),
            "list": list == .materials ? "materials" : "products",
            "rules": .array(rules.map { .array($0.tokens.map(JSON.string)) }),
        ]
    }

    /// For each rule how many it took; -1 for one that is broken, with which it ends.
    static let script = """
        import json, sys
        from in_toto import verifylib
        from in_toto.exceptions import RuleVerificationError
        from in_toto.models.link import Link
        answers = []
        for case in json.load(open(sys.argv[1])):
            links = {link["name"]: Link.read(link) for link in case["links"]}
            counts = []
            left = len(getattr(links[case["item"]], case["list"]))
            status = None
            try:
                verifylib.verify_item_rules(case["item"], case["list"], case["rules"], links)
            except RuleVerificationError:
                status = -1
            except KeyError:
                status = -2
            for entry in verifylib.RULE_TRACE["trace"]:
                counts.append(left - len(entry["queue"]))
                left = len(entry["queue"])
            answers.append(counts + ([status] if status else []))
        print(json.dumps(answers))
        """
}
