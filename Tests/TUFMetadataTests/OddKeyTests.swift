// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 4.2, TAP 12: ids and members of keys that are odd but legal")
struct OddKeyTests {
    /// A signed root whose only key has this id and this further member.
    private func count(id: UTF8Text, further: JSON? = nil) throws -> SignatureCount {
        let key = try PrivateKey(ed25519Seed: [UInt8](repeating: 7, count: 32))
        var object = key.publicKey.json
        object.set("keyid_hash_algorithms", further)
        let role: JSON = ["keyids": [.string(id)], "threshold": 1]
        let root: JSON = [
            "_type": "root", "spec_version": "1.0.34", "version": 1,
            "expires": "2030-01-01T00:00:00Z", "keys": .object([JSON.Member(id, object)]),
            "roles": ["root": role, "timestamp": role, "snapshot": role, "targets": role],
        ]
        let file = try SignedFile(
            SignedFile.bytes(signing: root, with: [(KeyID(id), key)]))
        return file.count(by: try Root(file.signed).authority(of: .root))
    }

    @Test(
        "any text is an id",
        arguments: [
            "", "k", "\u{0}", "\n", "\"\\/", "\u{E9}", "e\u{301}", "\u{1F511}", "../../x", " ",
            "__proto__", "0", "-1", "null", "ABCDEF",
            UTF8Text(String(repeating: "k", count: 5000)),
        ] as [UTF8Text])
    func ids(id: UTF8Text) throws {
        let count = try count(id: id)
        #expect(count.isMet)
        #expect(count.accepted == [KeyID(id)])
    }

    @Test(
        "keyid_hash_algorithms may be anything",
        arguments: [
            .null, 5, true, "sha256", [], [["sha256"], .null], [:], ["sha256": "sha512"],
            ["sha256", "sha512"], .integer(digits: "-99999999999999999999"),
        ] as [JSON])
    func hashAlgorithms(value: JSON) throws {
        #expect(try count(id: "k", further: value).isMet)
    }

    @Test(
        "a key that cannot be used does not keep others from counting",
        arguments: [
            #"{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"00"}}"#,
            #"{"keytype":"","scheme":"","keyval":{"public":""}}"#,
            #"{"keytype":"ecdsa","scheme":"ecdsa-sha2-nistp256","keyval":{"public":"-----BEGIN"}}"#,
            #"{"keytype":"gpg","scheme":"x","keyval":{"public":"\u0000\n","private":[]},"y":{}}"#,
        ])
    func unusable(text: String) throws {
        let root = try Root(try Edit("keys.k2", text).apply(to: Base.root))
        #expect(root.keys[KeyID("k2")]?.material == nil)
        #expect(root.authority(of: .root).entries.map(\.ids) == [[KeyID("k1")], [KeyID("k2")]])
        #expect(root.keys[KeyID("k1")]?.type == "ed25519")
    }

    @Test("bins are found by name only under the one name each has")
    func binNames() throws {
        let targets = try Targets(try JSONDocument(Array(Base.bins.utf8)).root)
        let delegations = try #require(targets.delegations)
        #expect(delegations.count == 256)
        for name in ["bin-00", "bin-0a", "bin-ff"] as [UTF8Text] {
            let found = try #require(delegations.delegation(to: RoleName(name)))
            #expect(found.role.text == name)
            #expect(!found.isTerminating)
            #expect(found.authority.threshold == 1)
        }
        for name in [
            "bin-0", "bin-000", "bin-0A", "bin-FF", "bin-100", "bin--1", "bin-+1", "bin", "bin-",
            "bin-0g", "Bin-00", "bin-00 ", "bin_00", "", "-00", "00", "xbin-00", "bin-bin-00",
            "bin-\u{660}\u{660}",
        ] as [UTF8Text] {
            #expect(delegations.delegation(to: RoleName(name)) == nil, "\(name)")
        }
    }

    @Test("bins are never terminating, whatever their entry says besides")
    func binMembers() throws {
        let text =
            #"{"keyids":["k1"],"threshold":1,"bit_length":1,"name_prefix":"a-b","#
            + #""terminating":true,"paths":["x"],"name":"root"}"#
        let value = try Edit("delegations.succinct_roles", text).apply(to: Base.bins)
        let all = try #require(try Targets(value).delegations).all
        #expect(all.map(\.role.text) == ["a-b-0", "a-b-1"])
        #expect(all.allSatisfy { !$0.isTerminating })
    }

    @Test("a fraction of a bit is no JSON here", arguments: ["1.5", "8.0", "1e1", "1e999"])
    func fractions(bits: String) {
        let text = Base.bins.replacing(#""bit_length":8"#, with: "\"bit_length\":\(bits)")
        #expect {
            try JSONDocument(Array(text.utf8))
        } throws: { error in
            if case .fraction = error as? JSONError { true } else { false }
        }
    }
}
