// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import Testing
import YAMLSources

@Suite("Layout sources: what is wrong and where")
struct LayoutSourceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let message: String

        init(_ old: String, _ new: String, _ message: String) {
            (self.old, self.new, self.message) = (old, new, message)
        }

        var testDescription: String { message }
    }

    private func message(_ source: String) -> String {
        do {
            _ = try LayoutSource(source, file: "wheel.yaml", reader: YAMLSource.read)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test("a source reads back part by part")
    func reads() throws {
        let source = try LayoutSource(
            World.source + "\ninspections:\n  - name: unpack\n    run: [tar, xf, \"a b\"]\n"
                + "    products: [ALLOW *]\nreadme: hello\n", file: "wheel.yaml",
            reader: YAMLSource.read)
        #expect(source.name == "wheel")
        #expect(source.expires == .days(365))
        #expect(
            source.appliesTo.map(\.description) == ["demo/{version}/demo-{version}-*.whl"])
        #expect(source.productOf == "wheel")
        #expect(source.threshold == 2)
        #expect(source.signers.map(\.name) == ["olga", "oscar", "otto"])
        #expect(source.signers.map(\.keyFile)[0] == "keys/olga.pub")
        #expect(source.functionaries.map(\.name) == ["alice", "bob"])
        #expect(source.people.map(\.name) == ["olga", "oscar", "otto", "alice", "bob"])
        #expect(source.steps.map(\.name) == ["tag", "wheel"])
        #expect(source.steps.map(\.threshold) == [1, 2])
        #expect(source.steps[0].command == ["git", "tag", "v{version}"])
        #expect(source.steps[1].by == ["alice", "bob"])
        #expect(
            source.steps[1].materials.map(\.description)
                == ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"])
        #expect(source.inspections.map(\.run) == [["tar", "xf", "a b"]])
        #expect(source.readme == "hello")
    }

    @Test("the layout of a source has its steps, keys and expiry")
    func layout() throws {
        let source = try LayoutSource(World.source, file: "wheel.yaml", reader: YAMLSource.read)
        var keys: [String: PublicKey] = [:]
        for person in source.people { keys[person.name] = try key(person.name).publicKey }
        let layout = source.layout(keys: keys, signedAt: now)
        #expect(layout.expires == now.adding(days: 365))
        #expect(Set(layout.keys.keys) == [try keyID("alice"), try keyID("bob")])
        #expect(layout.steps[1].pubkeys == [try keyID("alice"), try keyID("bob")])
        #expect(layout.steps[1].threshold == 2)
        let listed = layout.keys[try keyID("alice")]
        #expect(listed?.json["keyid_hash_algorithms"] == ["sha256", "sha512"])
        #expect(listed?.keyID == (try keyID("alice")))
    }

    @Test(
        "each required field that is missing is told",
        arguments: [
            "name", "expires", "applies-to", "product-of", "threshold", "signers",
            "functionaries",
        ])
    func missing(field: String) {
        let lines = World.source.split(separator: "\n").filter { !$0.hasPrefix("\(field):") }
        let expected =
            field == "applies-to"
            ? "wheel.yaml:1:1: the layout: applies-to: at least one path is needed"
            : "wheel.yaml:1:1: the layout: field \"\(field)\" is missing"
        #expect(message(lines.joined(separator: "\n")) == expected)
    }

    @Test(
        "a wrong field is told with its line and column",
        arguments: [
            Row(
                "expires: 1y", "expires: soon",
                "2:10: the layout: expires: expected a period such as 90d or 1y, or a date as "
                    + "2027-01-31"),
            Row(
                "name: wheel\nexp", "nmae: wheel\nexp",
                "1:1: unknown field \"nmae\" in the layout, did you mean \"name\"?"),
            Row(
                "name: wheel\nexp", "name: a/b\nexp",
                "1:7: the layout: name: \"a/b\" found, letters, digits and . _ + - expected"),
            Row("name: wheel\nexp", "name: [a]\nexp", "1:7: the layout: name: a text expected"),
            Row(
                "product-of: wheel", "product-of: sdist",
                "4:13: the layout: product-of: there is no step \"sdist\""),
            Row(
                "threshold: 2\ns", "threshold: 4\ns",
                "5:12: the layout: threshold: 4 found, but there are 3 signers"),
            Row(
                "threshold: 2\ns", "threshold: 0\ns",
                "5:12: the layout: threshold: a number from 1 to 1000 expected"),
            Row(
                "threshold: 2\ns", "threshold: two\ns",
                "5:12: the layout: threshold: a number from 1 to 1000 expected"),
            Row(
                "[\"demo/{version}/demo-{version}-*.whl\"]", "demo",
                "3:13: the layout: applies-to: a list expected, as in [a, b]"),
            Row(
                "[\"demo/{version}/demo-{version}-*.whl\"]", "[demo, a//b]",
                "3:20: the layout: applies-to: expected a path such as "
                    + "demo/{version}/demo-{version}.tar.gz"),
            Row(
                "{alice: keys/alice.pub, bob: keys/bob.pub}", "[alice, bob]",
                "7:16: functionaries: a mapping of fields expected"),
            Row(
                "by: [alice, bob]", "by: [alice, carol]",
                "15:17: a step: by: \"carol\" is not among the functionaries"),
            Row(
                "by: [alice, bob]", "by: [alice, alice]",
                "15:17: a step: by: \"alice\" stands twice"),
            Row(
                "by: [alice, bob]", "by: [alice]",
                "14:5: a step: step \"wheel\" wants 2 to do it, 1 may (field \"by\")"),
            Row(
                "by: [alice, bob]", "bi: [alice, bob]",
                "15:5: unknown field \"bi\" in a step, did you mean \"by\"?"),
            Row(
                "CREATE dist/*.whl", "MAKE dist/*.whl",
                "18:16: a step: products: \"MAKE dist/*.whl\" is no rule, expected such as "
                    + "\"ALLOW src/*\" or \"MATCH * WITH PRODUCTS FROM build\""),
            Row(
                "command: git tag v{version}", "command: git \"tag",
                "11:14: a step: command: a double quote is not closed"),
            Row(
                "- name: tag", "- name: wheel",
                "9:3: the layout: the name \"wheel\" stands twice"),
            Row(
                "expires: 1y", "expires: 1y\nexpires: 2y",
                #"2:1: field "expires" stands twice"#),
            Row(
                "expires: 1y", "expires: [1y",
                "3:11: not YAML, parser: while parsing a flow sequence in line 2, column 10"),
            Row(
                "expires: 1y", "\texpires: 1y",
                "2:1: not YAML, scanner: while scanning a plain scalar in line 1, column 7"),
        ])
    func wrong(row: Row) {
        let source = World.source.replacing(row.old, row.new)
        #expect(message(source) == "wheel.yaml:\(row.message)")
    }

    @Test(
        "no mapping, no layout",
        arguments: [
            ("", "1:1: empty, expected a layout"), ("# nothing", "1:1: empty, expected a layout"),
            ("hello", "1:1: the layout: a mapping of fields expected"),
            ("- a", "1:1: the layout: a mapping of fields expected"),
            ("[a]: b", "1:1: the layout: a field name expected"),
        ])
    func noMapping(source: String, expected: String) {
        #expect(message(source) == "wheel.yaml:\(expected)")
    }

    @Test("steps must be a list of mappings, and one at least", arguments: ["[]", "tag", "[tag]"])
    func steps(value: String) {
        let source = String(World.source.split(separator: "steps:")[0]) + "steps: \(value)"
        let expected =
            value == "[tag]"
            ? "8:9: a step: a mapping of fields expected"
            : "8:8: the layout: steps: a list expected"
        #expect(message(source) == "wheel.yaml:\(expected)")
    }

    @Test(
        "periods and dates",
        arguments: [
            ("90d", 90), ("2w", 14), ("6m", 180), ("1y", 365), ("2027-11-22", 365),
            ("2026-11-23T12:00:00Z", 1), ("0d", nil), ("-1d", nil), ("1", nil), ("d", nil),
            ("1.5y", nil), ("10000d", nil), ("2027-02-30", nil), ("\"1 d\"", nil),
        ] as [(String, Int?)])
    func expiry(text: String, days: Int?) throws {
        let source = World.source.replacing("expires: 1y", "expires: \(text)")
        let read = try? LayoutSource(source, file: "wheel.yaml", reader: YAMLSource.read)
        let midnight = text == "2027-11-22" ? -43200 : 0
        #expect(
            read?.expires.moment(signedAt: now)
                == days.map { now.adding(days: $0).adding(seconds: midnight) })
    }
}
