// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RegistryStorage
import Testing

@Suite("Registry: names as tags")
struct FileTagTests {
    private static let digest = String(repeating: "0123456789abcdef", count: 4)

    @Test(
        "a name that fits becomes the tag of the documented form, and is read back from it",
        arguments: [
            ("metadata/timestamp.json", "timestamp.json"),
            ("metadata/4.snapshot.json", "4.snapshot.json"),
            ("metadata/7.bins-0000-3fff.json", "7.bins-0000-3fff.json"),
            ("metadata/2.my_role.json", "2.my__role.json"),
            ("metadata/2.a%2Fb.json", "2.a_252Fb.json"),
            ("metadata/.hidden", "_2ehidden"),
            ("metadata/-x-.y", "_2dx-.y"),
            ("metadata/sha256-\(digest)", "_73ha256-\(digest)"),
            ("metadata/sha512-x", "_73ha512-x"),
            ("metadata/deep/x.json", "metadata_-deep_-x.json"),
            ("carnet-mirror.json", "_-carnet-mirror.json"),
            ("metadata", "_-metadata"),
            ("targets/x", "targets_-x"),
            ("targets/\(digest).demo.whl", "targets_-\(digest).demo.whl"),
            (
                "targets/demo/1.0/\(digest).demo_pkg-1.0.whl",
                "targets_-demo_-1.0_-\(digest).demo__pkg-1.0.whl"
            ),
            ("targets/ä ~", "targets_-_c3_a4_20_7e"),
        ])
    func shortNames(name: String, tag: String) {
        #expect(FileTag(UTF8Text(name))?.text == tag)
        #expect(FileTag.meaning(tag) == .name(UTF8Text(name)))
    }

    @Test(
        "a name too long for that is shortened by its digests, and still read back",
        arguments: [
            ("targets/in-toto-metadata/\(digest)/\(digest).package.0fece4bf.link", "_i_."),
            ("targets/in-toto-pubkeys/\(digest).\(digest).pub", "_tin-toto-pubkeys_-_."),
            (
                "targets/demo/1.0/\(digest).\(String(repeating: "a", count: 60)).whl",
                "_tdemo_-1.0_-"
            ),
        ])
    func longerNames(name: String, start: String) throws {
        let tag = try #require(FileTag(UTF8Text(name)))
        #expect(tag.text.hasPrefix(start))
        #expect(tag.text.utf8.count <= 128)
        #expect(FileTag.meaning(tag.text) == .name(UTF8Text(name)))
    }

    @Test("a very long name has the digest of itself as its tag")
    func longestNames() throws {
        let name = UTF8Text("targets/" + String(repeating: "x/", count: 60) + "y")
        let tag = try #require(FileTag(name))
        #expect(tag.text.utf8.count == 66)
        #expect(tag.text.hasPrefix("_l"))
        #expect(FileTag.meaning(tag.text) == .digestOfName)
        let most = UTF8Text("t/" + String(repeating: "a", count: FileTag.maximumNameBytes - 2))
        #expect(FileTag(most) != nil)
        #expect(FileTag(UTF8Text(most.string + "a")) == nil)
    }

    @Test(
        "what is not the name of a file below a folder has no tag",
        arguments: [
            "", "/", "/x", "x/", "a//b", ".", "..", "targets/../x", "targets/.", "a/./b", "a\\b",
            "a\nb", "a\u{7f}", "metadata/",
        ])
    func unsafeNames(name: String) {
        #expect(FileTag(UTF8Text(name)) == nil)
    }

    @Test(
        "a tag that is not made here names nothing",
        arguments: [
            "", "latest_", "_", "_x", "_-", "_-_-", "a_-", "_-a_-b", "a_2eb", "_2fx", "a_2F",
            "metadata_-x", "_ttargets", "_tx", "_i", "x_.abc", "targets_-_2e_2e", "targets_-..",
            "targets_-._2e", "_l", "_l12", "_r12", "_l\(String(repeating: "A", count: 64))",
            "targets_-_c3", String(repeating: "a", count: 129), "targets_-_0a", "_61",
        ])
    func foreignTags(tag: String) {
        #expect(FileTag.meaning(tag) == .foreign)
    }

    @Test("the indexes of the distribution spec and the evidence are no files")
    func references() throws {
        #expect(FileTag.meaning("sha256-\(FileTagTests.digest)") == .reference)
        let tag = FileTag(evidenceFor: "targets/x")
        #expect(FileTag.meaning(tag.text) == .reference)
        let digest = try #require(ContentDigest(hex: FileTagTests.digest))
        #expect(FileTag(referrersOf: digest).text == "sha256-\(FileTagTests.digest)")
    }

    @Test("no two of very many similar names have one tag, and each tag is a valid one")
    func injective() throws {
        let pieces = ["_", "-", ".", "/", "__", "_-", "2e", "a", "é", "e\u{301}", "sha256-", "%2F"]
        var names: Set<UTF8Text> = []
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    for start in ["", "metadata/", "targets/", "metadata/x/"] {
                        names.insert(UTF8Text(start + first + second + third))
                    }
                }
            }
        }
        var tags: [[UInt8]: UTF8Text] = [:]
        for name in names {
            guard let tag = FileTag(name)?.text else { continue }
            let other = tags.updateValue(name, forKey: Array(tag.utf8))
            #expect(other == nil, "\(name) and \(other ?? "") are \(tag)")
            #expect(FileTag.meaning(tag) == .name(name))
            #expect(tag.utf8.allSatisfy { $0 < 0x7f && ($0 > 0x2c) && $0 != 0x2f })
            #expect(tag.utf8.first != UInt8(ascii: ".") && tag.utf8.first != UInt8(ascii: "-"))
        }
        #expect(tags.count > 1000)
    }
}
