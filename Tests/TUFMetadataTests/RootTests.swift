// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 4.3: root")
struct RootTests {
    private func decode(_ value: JSONValue) throws(JSONError) -> Root { try Root(value) }

    /// TUF 1.0.34 §4.3f: ids that are not the hash of their keys serve
    @Test(
        "real roots verify themselves",
        arguments: [
            ("sigstore-prod-tuf-root.json", 15, 3, 5), ("github-tuf-root.json", 3, 3, 5),
            // Keys as bare points in hexadecimal digits, an empty signature of a key that left.
            ("sigstore-3.root.json", 3, 3, 5),
        ])
    func realRoots(name: String, version: Int, threshold: Int, signers: Int) throws {
        let bytes = try vectorBytes(name)
        let file = try SignedFile(bytes)
        let root = try Root(file.signed)
        let authority = root.authority(of: .root)
        #expect(authority.threshold == threshold)
        let verified = try file.verified(by: authority, decoding: decode)
        #expect(verified.document.version == version)
        #expect(verified.signers.count == signers)
        #expect(verified.bytes == bytes)
        #expect(root.keys.values.allSatisfy { $0.material != nil })
        // Nobody else's signatures count: the online key signs no root.
        #expect(!file.count(by: root.authority(of: .timestamp)).isMet)
        try checkTampering(bytes, authority)
    }

    private func checkTampering(_ bytes: [UInt8], _ authority: Authority) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let changed = try SignedFile(
            Array(text.replacing(#""threshold": 3"#, with: #""threshold": 2"#).utf8))
        let count = changed.count(by: authority)
        #expect(count.accepted.isEmpty)
        #expect(throws: SigningError.threshold(count)) {
            try changed.verified(by: authority, decoding: decode)
        }
        // The received spacing is not what is signed.
        let compact = try JSONDocument(bytes).root.tree().compactBytes()
        #expect(compact != bytes)
        #expect(try SignedFile(compact).count(by: authority).isMet)
    }

    @Test("all members of a root")
    func members() throws {
        let root = try Root(try JSONDocument(Array(Base.root.utf8)).root)
        #expect(root.consistentSnapshot)
        #expect(root.specVersion == "1.0.34")
        #expect(root.keys.count == 2)
        #expect(root.roles[.root]?.keyIDs == [KeyID("k1"), KeyID("k2")])
        #expect(root.roles[.root]?.threshold == 2)
        #expect(root.authority(of: .root).entries.count == 2)
        #expect(root.authority(of: .snapshot).threshold == 1)
    }

    /// TUF 1.0.34 §4.3h: a threshold is an integer of 1 or more
    /// attack: go-tuf CVE-2026-23992: threshold 0, -1, "1", 2^63
    @Test(
        "thresholds from 1 to 2^31, for every role",
        arguments: ["root", "timestamp", "snapshot", "targets"])
    func thresholds(_ role: String) throws {
        for text in ["1", "3", "2147483648"] {
            let value = try Edit("roles.\(role).threshold", text).apply(to: Base.root)
            let root = try Root(value)
            #expect(root.roles[RoleName(UTF8Text(role))]?.threshold == Int(text))
        }
        for text in [
            "0", "-1", "\"1\"", "true", "null", "[]", "2147483649", "9223372036854775808", "-0",
            "18446744073709551617",
        ] {
            let words = try Edit("roles.\(role).threshold", text).refusal(of: Base.root, decode)
            #expect(words?.hasPrefix("roles.\(role).threshold: ") == true, "\(text)")
        }
        let missing = try Edit("roles.\(role).threshold", nil).refusal(of: Base.root, decode)
        #expect(missing == "roles.\(role).threshold: missing")
        let fraction = Base.root.replacing("\"threshold\":1", with: "\"threshold\":1.5")
        #expect(throws: JSONError.self) { try JSONDocument(Array(fraction.utf8)) }
    }

    @Test("a threshold above the number of keys parses, and can never be met")
    func highThreshold() throws {
        let value = try Edit("roles.root.threshold", "3").apply(to: Base.root)
        let authority = try Root(value).authority(of: .root)
        #expect(authority.threshold == 3)
        #expect(authority.entries.count == 2)
    }

    /// TUF 1.0.34 §4.3e: the four roles must be there
    @Test(
        "refusals",
        arguments: [
            (Edit("roles", nil), "roles: missing"), (Edit("keys", nil), "keys: missing"),
            (Edit("keys", "[]"), "keys: an array found, an object expected"),
            (Edit("roles", "[]"), "roles: an array found, an object expected"),
            (Edit("roles.root", nil), "roles.root: missing"),
            (Edit("roles.timestamp", nil), "roles.timestamp: missing"),
            (Edit("roles.snapshot", nil), "roles.snapshot: missing"),
            (Edit("roles.targets", nil), "roles.targets: missing"),
            (Edit("roles.targets", "null"), "roles.targets: null found, an object expected"),
            (Edit("roles.root.keyids", nil), "roles.root.keyids: missing"),
            (
                Edit("roles.root.keyids", "{}"),
                "roles.root.keyids: an object found, an array expected"
            ),
            (
                Edit("roles.root.keyids", "[1]"),
                "roles.root.keyids[0]: 1 found, a string expected"
            ),
            (
                Edit("roles.root.keyids", #"["k1","k2","k1"]"#),
                "roles.root.keyids: an array found, each key id once expected"
            ),
            (Edit("keys.k1.keytype", nil), "keys.k1.keytype: missing"),
            (Edit("keys.k1.keyval", "null"), "keys.k1.keyval: null found, an object expected"),
            (Edit("keys.k1", "[]"), "keys.k1: an array found, an object expected"),
            (
                Edit("consistent_snapshot", "null"),
                "consistent_snapshot: null found, true or false expected"
            ),
            (
                Edit("consistent_snapshot", "1"),
                "consistent_snapshot: 1 found, true or false expected"
            ),
        ])
    func refusals(edit: Edit, words: String) throws {
        #expect(try edit.refusal(of: Base.root, decode) == words)
    }

    /// TUF 1.0.34 §4.3i: it may be missing, which is false
    @Test("consistent snapshots are off unless said")
    func consistency() throws {
        let absent = try Edit("consistent_snapshot", nil).apply(to: Base.root)
        let off = try Edit("consistent_snapshot", "false").apply(to: Base.root)
        #expect(try !Root(absent).consistentSnapshot)
        #expect(try !Root(off).consistentSnapshot)
    }

    @Test("an id without a key vouches for nothing, a key of an unknown type is kept")
    func tolerance() throws {
        let stranger = try Edit("roles.root.keyids", #"["k1","gone"]"#).apply(to: Base.root)
        #expect(try Root(stranger).authority(of: .root).entries.map(\.ids) == [[KeyID("k1")]])
        let text = #"{"keytype":"new","scheme":"new","keyval":{"public":"?"}}"#
        let unknown = try Root(try Edit("keys.k2", text).apply(to: Base.root))
        #expect(unknown.keys[KeyID("k2")]?.material == nil)
        #expect(unknown.keys[KeyID("k2")]?.json["keytype"]?.text == "new")
    }

    @Test("a further role in root is no fault, and nobody signs for it")
    func furtherRole() throws {
        let value = try Edit("roles.mirrors", Base.role).apply(to: Base.root)
        let authority = try Root(value).authority(of: RoleName("mirrors"))
        #expect(authority.entries.isEmpty)
        #expect(authority.threshold == Int.max)
    }

    @Test("key ids that look alike are two")
    func lookalikes() throws {
        let text = #"{"é":\#(Base.key),"e\u0301":\#(Base.key)}"#
        let root = try Root(try Edit("keys", text).apply(to: Base.root))
        #expect(root.keys.count == 2)
    }
}
