// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import Testing

@Suite("Layout lint: signed layouts, whoever made them")
struct SignedLayoutLintTests {
    private func step(
        _ name: UTF8Text = "build", by names: [String] = ["alice"], threshold: Int = 1,
        ids: [KeyID] = [], products: [ArtifactRule]? = nil
    ) throws -> Step {
        let closed = [["CREATE", "*"], ["DISALLOW", "*"]].compactMap { ArtifactRule(tokens: $0) }
        return Step(
            name: name, pubkeys: try names.map(keyID) + ids, threshold: threshold,
            expectedCommand: [], expectedMaterials: [], expectedProducts: products ?? closed)
    }

    private func findings(
        _ steps: [Step], keys names: [String] = ["alice"], more: [KeyID: PublicKey] = [:],
        expires: Instant = now.adding(days: 100), soonDays: Int = 30,
        _ edit: (inout JSON) -> Void = { _ in }
    ) throws -> [String] {
        var keys = more
        for name in names { keys[try keyID(name)] = try key(name).publicKey }
        var json = Layout(expires: expires, keys: keys, steps: steps).json
        edit(&json)
        let bytes = try SignedFile.bytes(signing: json, with: [])
        var options = LintOptions()
        options.soonDays = soonDays
        return try SignedLayoutLint(bytes).findings(at: now, options: options).map {
            "\($0.weight) \($0.code.rawValue) \($0.place.name ?? "")"
        }
    }

    private func brief(_ name: String) throws -> String { try keyID(name).prefix }

    @Test("a sound one has none, and a link is no layout")
    func sound() throws {
        #expect(try findings([step()]) == [])
        let link = try SignedFile.bytes(signing: ["_type": "link"], with: [])
        #expect(throws: SigningError.self) { try SignedLayoutLint(link) }
    }

    @Test("an envelope reads the same")
    func envelope() throws {
        let layout = Layout(expires: now, keys: [:], steps: [try step(by: [])])
        let payload = base64(layout.json.canonicalBytes())
        let file: JSON = [
            "payload": .text(payload), "payloadType": "application/vnd.in-toto+json",
            "signatures": [],
        ]
        let codes = try SignedLayoutLint(file.compactBytes()).findings(at: now).map(\.code)
        #expect(codes == [.expired, .nobody])
    }

    @Test("ends")
    func ends() throws {
        let near = now.adding(days: 40)
        #expect(try findings([step()], expires: near) == [])
        #expect(try findings([step()], expires: near, soonDays: 60) == ["warning expires-soon "])
        #expect(try findings([step()], expires: near, soonDays: 40) == [])
        #expect(try findings([step()], expires: now) == ["error expired "])
    }

    @Test("keys that nobody needs, that are not listed, that cannot be used")
    func keys() throws {
        #expect(
            try findings([step()], keys: ["alice", "bob"])
                == ["warning key-unused \(brief("bob"))"])
        #expect(
            try findings([step(by: ["alice", "bob"], threshold: 2)]) == [
                "error key-unlisted build", "error threshold-unreachable build",
            ])
        let odd = KeyID("0123456789abcdef")
        let document = try JSONDocument(
            Array(
                #"{"keytype": "x", "scheme": "y", "keyval": {"public": "z"}}"#.utf8))
        let key = try PublicKey(document.root)
        #expect(
            try findings([step(ids: [odd])], more: [odd: key]) == [
                "error key-unusable 01234567", "note threshold-one build",
            ])
        #expect(try findings([step()], more: [odd: key]) == ["warning key-unused 01234567"])
        #expect(try findings([step(by: [])], keys: []) == ["error nobody build"])
    }

    @Test("one key under two ids")
    func twice() throws {
        let alice = try key("alice").publicKey
        let ids = [alice.keyID, alice.legacyKeyID].sorted()
        let second = ids[1].prefix
        let more = [alice.legacyKeyID: alice]
        #expect(
            try findings([step(ids: [alice.legacyKeyID])], more: more)
                == ["warning same-key-twice \(second)"])
        #expect(
            try findings(
                [step(by: ["alice", "bob"], threshold: 2, ids: [alice.legacyKeyID])],
                keys: ["alice", "bob"], more: more) == [
                    "warning same-key-twice \(second)", "error one-person build",
                ])
        #expect(
            try findings([step(threshold: 2, ids: [alice.legacyKeyID])], more: more) == [
                "warning same-key-twice \(second)", "error one-person build",
                "error threshold-unreachable build",
            ])
    }

    @Test("thresholds", arguments: [-1, 0])
    func thresholds(threshold: Int) throws {
        #expect(try findings([step(threshold: threshold)]) == ["error threshold-zero build"])
        #expect(
            try findings([step(by: ["alice", "bob"])], keys: ["alice", "bob"])
                == ["note threshold-one build"])
        #expect(
            try findings([step(by: ["alice", "bob"], threshold: 2)], keys: ["alice", "bob"]) == [])
    }

    @Test("names that may lead out of the folder", arguments: ["../x", "a/b", ".a", "", "a b"])
    func names(name: String) throws {
        #expect(
            try findings([step(UTF8Text(name))]) == ["error name-unsafe \(quoted(name))"])
    }

    @Test("members that others drop, and no steps")
    func shape() throws {
        #expect(try findings([step()]) { $0.set("x", "y") } == ["error deviates "])
        #expect(try findings([], keys: []) == ["error no-steps "])
    }

    @Test("what is a source and what is signed")
    func kinds() {
        let json = Array(" \n{\"signed\": {}}".utf8)
        #expect(SignedLayoutLint.isSigned(json, path: "root.layout"))
        #expect(!SignedLayoutLint.isSigned(json, path: "flow.yaml"))
        #expect(!SignedLayoutLint.isSigned(Array("name: x".utf8), path: "root.layout"))
    }

    @Test("an enormous layout takes bounded work, and it is said", .timeLimit(.minutes(1)))
    func enormous() throws {
        let names = (0..<5000).map { UTF8Text("dir/file-\($0)") }
        let requires = names.map { ArtifactRule.require($0) }
        let creates = names.map { ArtifactRule.create(Wildcard($0)) }
        let matches = (0..<5000).map { _ in
            ArtifactRule(tokens: ["MATCH", "zip", "WITH", "PRODUCTS", "FROM", "build"])!
        }
        let end = ArtifactRule.disallow(Wildcard("*"))
        let steps = [
            try step(products: creates.reversed() + requires + [end]),
            try step("last", products: matches + [end]),
        ]
        let found = try findings(steps)
        #expect(found.count <= 401 && found.last == "note not-all-looked-at ")
    }
}
