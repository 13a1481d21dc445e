// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Testing

@Suite("in-toto 4.3: layouts")
struct LayoutTests {
    private func base() throws -> JSON { try writtenVectors()[0].signed }

    private func layout(_ place: String, _ text: String) throws -> Layout {
        try Layout(try value(try edited(try base(), place, try value(text).tree())))
    }

    @Test("all members of a layout")
    func members() throws {
        let layout = try Layout(try value(try base()))
        #expect(layout.expires.description == "2030-01-31T12:00:00Z")
        #expect(layout.readme == "Zeile eins\nline two \u{2028} \"quoted\" \\ \u{1}")
        #expect(layout.keys.count == 3)
        #expect(layout.keys.allSatisfy { $0.key == $0.value.keyID && $0.value.material != nil })
        let package = layout.steps[1]
        #expect(layout.steps.map(\.name) == ["write-code", "package"])
        #expect(package.threshold == 2)
        #expect(package.pubkeys.count == 2)
        #expect(layout.steps[0].expectedCommand == ["vi", "a b", "\u{E9}\t"])
        #expect(package.expectedMaterials.count == 5)
        #expect(package.expectedProducts.isEmpty)
        #expect(
            "\(package.expectedMaterials[0])"
                == "MATCH * IN src WITH PRODUCTS IN out FROM write-code")
        #expect(layout.inspections.map(\.name) == ["untar"])
        #expect(layout.inspections[0].run == ["tar", "xf", "foo.tar"])
    }

    @Test(
        "refusals name the place",
        arguments: [
            (
                "expires", #""2030-02-30T00:00:00Z""#,
                #"expires: "2030-02-30T00:00:00Z" found, "#
                    + "a date as in 2030-01-31T12:00:00Z expected"
            ),
            ("steps.1.name", #""write-code""#, "steps[1]: an object found, a new name expected"),
            (
                "inspect.0.name", #""write-code""#,
                "inspect[0]: an object found, a new name expected"
            ),
            (
                "steps.0.pubkeys", #"["../../../x"]"#,
                "steps[0].pubkeys: an array found, "
                    + "key ids of at least 8 hexadecimal digits expected"
            ),
            (
                "steps.0.expected_products", #"[["ALLOW","*"],["CREATE","a","b\n"]]"#,
                #"steps[0].expected_products[1]: "CREATE a b\u{a}" found, "#
                    + "an artifact rule expected"
            ),
            (
                "inspect.0.expected_materials", #"[["MATCH","a"]]"#,
                #"inspect[0].expected_materials[0]: "MATCH a" found, an artifact rule expected"#
            ),
            ("steps.0.threshold", "\"1\"", "steps[0].threshold: \"1\" found, an integer expected"),
            ("_type", #""link""#, #"_type: "link" found, "layout" expected"#),
            ("steps.0", "[]", "steps[0]: an array found, an object expected"),
            ("keys", #"{"ab":{"scheme":"x"}}"#, "keys.ab.keytype: missing"),
            ("keys", #"{"ab":5}"#, "keys.ab: 5 found, an object expected"),
        ])
    func refusals(place: String, text: String, words: String) throws {
        let tree = try edited(try base(), place, try value(text).tree())
        #expect(try refusal(of: tree, readLayout) == words)
    }

    @Test("names that differ in bytes are different steps")
    func lookalikes() throws {
        let first = try edited(try base(), "steps.0.name", "\u{E9}")
        let both = try edited(first, "steps.1.name", "e\u{301}")
        #expect(try Layout(try value(both)).steps.count == 2)
    }

    @Test(
        "thresholds of any size decode; who verifies judges them", arguments: [0, -1, 1, Int.max])
    func thresholds(_ threshold: Int) throws {
        #expect(try layout("steps.0.threshold", "\(threshold)").steps[0].threshold == threshold)
    }

    @Test("a key of an unknown type or scheme is kept and verifies nothing")
    func unknownScheme() throws {
        for key in [
            #"{"keyid":"abcdef01","keytype":"ml-dsa","scheme":"ml-dsa-65/1","#
                + #""keyval":{"public":"x"}}"#,
            #"{"keytype":"ed25519","scheme":"new","keyval":{"public":"x","private":""}}"#,
        ] {
            let layout = try layout("keys", #"{"abcdef01":\#(key)}"#)
            let kept = try #require(layout.keys[KeyID("abcdef01")])
            #expect(kept.material == nil)
            #expect(kept.json.canonicalBytes() == (try value(key).canonicalBytes()))
        }
    }

    @Test("a key of gpg is kept whole, and a weak one verifies nothing")
    func openPGP() throws {
        let id = String(repeating: "ab", count: 20)
        let key = """
            {"keyid":"\(id)","type":"rsa","method":"pgp+rsa-pkcsv1.5","hashes":["pgp+SHA2"],
            "keyval":{"private":"","public":{"e":"010001","n":"ff"}},"subkeys":{}}
            """
        let layout = try layout("keys", #"{"\#(id)":\#(key)}"#)
        let kept = try #require(layout.keys[KeyID(UTF8Text(id))])
        #expect(kept.isOpenPGP && kept.material == nil)
        #expect(kept.keyID == KeyID(UTF8Text(id)) && kept.legacyKeyID == kept.keyID)
        #expect(kept.json.canonicalBytes() == (try value(key).canonicalBytes()))
        #expect(layout.deviation == nil)
    }

    @Test("an id of a step stands for a key with its subkeys, or for one subkey, never for two")
    func functionaries() throws {
        func key(_ digit: String, _ subkeys: String...) -> (id: String, object: String) {
            let id = String(repeating: digit, count: 40)
            func object(_ id: String, _ more: String) -> String {
                let point = String(repeating: "5\(digit)", count: 32)
                return #"{"keyid":"\#(id)","type":"eddsa","method":"pgp+eddsa-ed25519","#
                    + #""hashes":["pgp+SHA2"],"keyval":{"private":"","public":"#
                    + #"{"q":"\#(point)"}}\#(more)}"#
            }
            let listed = subkeys.map { name -> String in
                let id = String(repeating: name, count: 40)
                return #""\#(id)":\#(object(id, ""))"#
            }
            return (id, object(id, #","subkeys":{\#(listed.joined(separator: ","))}"#))
        }
        let (a, b) = (key("a", "1", "2"), key("b", "2", "3"))
        let layout = try layout("keys", #"{"\#(a.id)":\#(a.object),"\#(b.id)":\#(b.object)}"#)
        func ids(_ digit: String) -> [String]? {
            layout.functionary(KeyID(UTF8Text(String(repeating: digit, count: 40))))?.fileIDs
                .map { String($0.prefix.prefix(1)) }
        }
        #expect(ids("a") == ["a", "1", "2"] && ids("b") == ["b", "2", "3"])
        #expect(ids("1") == ["1"] && ids("3") == ["3"])
        #expect(ids("2") == nil && ids("4") == nil)
    }

    @Test(
        "names of steps that are fit for a file name",
        arguments: [
            ("build", true), ("write-code", true), ("a.b_c+d-1", true), ("9", true), ("-x", true),
            (String(repeating: "a", count: 100), true), (String(repeating: "a", count: 101), false),
            ("", false), (".", false), ("..", false), (".hidden", false), ("a/b", false),
            ("../x", false), ("/x", false), ("a\\b", false), ("a b", false), ("a\0", false),
            ("a\n", false), ("\u{E9}", false), ("a\u{301}", false), ("a*", false), ("a[b]", false),
            ("a:b", false), ("a%2Fb", false), ("~", false), ("a=b", false),
        ])
    func safeNames(name: String, isSafe: Bool) throws {
        #expect(Step.isSafe(name: UTF8Text(name)) == isSafe)
        // The name decodes all the same: the place that makes files of it refuses it.
        let tree = try edited(try base(), "steps.0.name", .text(name))
        #expect(try Layout(try value(tree)).steps[0].name == UTF8Text(name))
    }

    @Test("a layout that is made here reads back as it was")
    func made() throws {
        let key = try PrivateKey(ed25519Seed: [UInt8](repeating: 9, count: 32)).publicKey
        let expires = try #require(Instant("2031-12-31T23:59:59Z"))
        let layout = Layout(
            expires: expires, keys: [key.keyID: key],
            steps: [
                Step(
                    name: "build", pubkeys: [key.keyID], threshold: 1, expectedCommand: ["make"],
                    expectedMaterials: [.allow(Wildcard("*"))],
                    expectedProducts: [.require("app"), .disallow(Wildcard("*"))])
            ],
            inspections: [
                Inspection(
                    name: "look", run: ["true"],
                    expectedMaterials: [
                        .match(
                            ArtifactMatch(
                                pattern: Wildcard("app"), list: .products, step: "build"))
                    ], expectedProducts: [])
            ], readme: "read me")
        let read = try Layout(try value(layout.json))
        #expect(read.json.canonicalBytes() == layout.json.canonicalBytes())
        #expect(read.deviation == nil && layout.deviation == nil)
        #expect(read.keys[key.keyID] == key)
        #expect(read.steps[0].expectedProducts == layout.steps[0].expectedProducts)
        #expect(read.inspections[0].expectedMaterials == layout.inspections[0].expectedMaterials)
    }
}
