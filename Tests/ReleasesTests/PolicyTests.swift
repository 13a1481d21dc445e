// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFMetadata
import TUFRepository
import Testing

@Suite("Policy: what top-level targets and a layout's target say")
struct PolicyTests {
    private func targets(_ change: (inout JSON) -> Void) throws -> Targets {
        var document = MetadataBuilder.targets(days: 1, now: now)
        change(&document)
        return try Targets(JSONDocument(document.compactBytes()).root)
    }

    private func layout(_ custom: JSON?) throws -> LayoutTarget {
        let layout = path("in-toto-metadata/wheel.layout")
        let targets = try targets { $0.list("{}", at: layout, custom: custom) }
        return try LayoutTarget(try #require(targets.files[layout]))
    }

    @Test("without x-carnet top-level targets holds the layouts, and nothing is governed")
    func plain() throws {
        let policy = try RepositoryPolicy(targets { _ in })
        #expect(policy.layoutsRole == .targets)
        #expect(!policy.governs && policy.unattested.isEmpty)
        #expect(!policy.needsNoEvidence(path("demo/a")))
    }

    @Test("with x-carnet the role is its, and the patterns let files go segment by segment")
    func governing() throws {
        let json = RepositoryPolicy.json(
            layoutsRole: RepositoryPlan.layouts, unattested: ["demo/*/CHANGES.txt", "*.md"])
        let policy = try RepositoryPolicy(targets { $0.set("x-carnet", json) })
        #expect(policy.layoutsRole == RepositoryPlan.layouts)
        #expect(policy.governs)
        #expect(policy.needsNoEvidence(path("demo/1.0/CHANGES.txt")))
        #expect(policy.needsNoEvidence(path("README.md")))
        #expect(!policy.needsNoEvidence(path("demo/1.0/a/CHANGES.txt")))
        #expect(!policy.needsNoEvidence(path("demo/README.md")))
    }

    @Test("unattested may be left out, and unknown members are passed over")
    func minimal() throws {
        let policy = try RepositoryPolicy(
            targets { $0.set("x-carnet", ["layouts": "layouts", "x": 1]) })
        #expect(policy.governs && policy.unattested.isEmpty)
    }

    @Test(
        "a malformed x-carnet is an error, never no policy",
        arguments: [
            [] as JSON, "layouts", .null, [:], ["layouts": 1], ["layouts": .null],
            ["layouts": "layouts", "unattested": "demo/*"],
            ["layouts": "layouts", "unattested": [1]],
        ])
    func malformedPolicy(json: JSON) throws {
        let targets = try targets { $0.set("x-carnet", json) }
        #expect(throws: JSONError.self) { try RepositoryPolicy(targets) }
    }

    @Test("a layout's target: keys, threshold, templates, step and names read back")
    func layoutTarget() throws {
        let alice = KeyID("776a00e2")
        let custom = LayoutTarget.custom(
            keys: [path("in-toto-pubkeys/a.pub"), path("in-toto-pubkeys/b.pub")], threshold: 1,
            appliesTo: ["demo/{v}/demo-{v}.whl", "demo/latest"], productOf: "wheel",
            names: [(alice, "alice")])
        let layout = try layout(custom)
        #expect(layout.name == "wheel")
        #expect(layout.keys.map(\.fileName) == ["a.pub", "b.pub"])
        #expect(layout.threshold == 1)
        #expect(layout.productOf == "wheel")
        #expect(layout.names == [alice: "alice"])
        #expect(layout.fit(path("demo/1/demo-1.whl")) == .one(["v": "1"]))
        #expect(layout.fit(path("demo/latest")) == .one([:]))
        #expect(layout.fit(path("demo/1/demo-2.whl")) == .none)
    }

    @Test("a plain ITE-2 layout: all keys must sign, it governs nothing, the last step counts")
    func plainLayout() throws {
        let layout = try layout(["in-toto": ["in-toto-pubkeys/a.pub", "in-toto-pubkeys/b.pub"]])
        #expect(layout.threshold == 2)
        #expect(layout.appliesTo.isEmpty && layout.productOf == nil && layout.names.isEmpty)
    }

    static let place = "in-toto-metadata/wheel.layout: custom"

    @Test(
        "without keys nobody could have signed it",
        arguments: [nil, [:], ["in-toto": []]] as [JSON?])
    func noKeys(custom: JSON?) {
        #expect(throws: JSONError.missing(path: "\(PolicyTests.place).in-toto")) {
            try layout(custom)
        }
    }

    @Test(
        "a malformed list of keys is an error",
        arguments: ["a.pub", ["../a.pub"], [1], ["a.pub", ""], .null] as [JSON])
    func malformedKeys(json: JSON) {
        #expect(
            throws: JSONError.mismatch(
                path: "\(PolicyTests.place).in-toto", found: "another value",
                expected: "a list of target paths")
        ) { try layout(["in-toto": json]) }
    }

    @Test(
        "a malformed member of carnet is an error, never left out",
        arguments: [
            ("threshold", 0, "another value"), ("threshold", "1", "another value"),
            ("threshold", -1, "another value"), ("threshold", .null, "another value"),
            ("applies-to", "demo/*", "another value"), ("applies-to", [:], "another value"),
            ("applies-to", .null, "another value"), ("applies-to", ["a//b"], "\"a//b\""),
            ("applies-to", ["demo/{}"], "\"demo/{}\""), ("applies-to", [1], "no text"),
            ("product-of", 1, "another value"), ("product-of", .null, "another value"),
            ("names", [], "another value"), ("names", ["776a00e2": 1], "another value"),
        ] as [(UTF8Text, JSON, String)])
    func malformedCarnet(member: UTF8Text, json: JSON, found: String) {
        var carnet: JSON = [:]
        carnet.set(member, json)
        do {
            _ = try layout(["in-toto": ["a.pub"], "carnet": carnet])
            Issue.record("it was read")
        } catch let error as JSONError {
            guard case .mismatch(let path, found, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == "\(PolicyTests.place).carnet.\(member)")
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("carnet itself must be an object", arguments: [[], "x", 1, .null] as [JSON])
    func malformedCarnetItself(json: JSON) {
        #expect(
            throws: JSONError.mismatch(
                path: "\(PolicyTests.place).carnet", found: "another value",
                expected: "an object")
        ) { try layout(["in-toto": ["a.pub"], "carnet": json]) }
    }
}
