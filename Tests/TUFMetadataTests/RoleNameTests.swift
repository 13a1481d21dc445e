// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata
import Testing

@Suite("Names of roles and of their files")
struct RoleNameTests {
    /// attack: python-tuf CVE-2021-41131: a role named ../../x is one file name
    @Test(
        "a name is one file name, whatever it holds",
        arguments: [
            ("targets", "targets"), ("a/b", "a%2Fb"), ("../../x", "..%2F..%2Fx"), ("/x", "%2Fx"),
            ("..", ".."), (".", "."), ("a\\b", "a%5Cb"), ("a\0b", "a%00b"), ("a b", "a%20b"),
            ("?", "%3F"), ("#", "%23"), ("%2F", "%252F"), ("\u{E9}", "%C3%A9"),
            ("e\u{301}", "e%CC%81"), ("\u{1F600}", "%F0%9F%98%80"), ("A-Z_0.9~", "A-Z_0.9~"),
            ("a+b", "a%2Bb"), ("a:b", "a%3Ab"), ("*", "%2A"), ("\r\n", "%0D%0A"), ("\u{7F}", "%7F"),
        ])
    func fileNames(name: String, encoded: String) {
        let role = RoleName(UTF8Text(name))
        #expect(role.encoded == encoded)
        #expect(role.fileName() == "\(encoded).json")
        #expect(role.fileName(version: 12) == "12.\(encoded).json")
        #expect(role.metaName == UTF8Text("\(name).json"))
        #expect(!role.fileName().utf8.contains(UInt8(ascii: "/")))
    }

    @Test("different names have different file names")
    func injective() {
        let names: [UTF8Text] = [
            "a/b", "a%2Fb", "a%2fb", "a%252Fb", "\u{E9}", "e\u{301}", "E", "e", "a b", "a+b",
            "a%20b",
        ]
        #expect(Set(names.map { RoleName($0).encoded }).count == names.count)
    }

    /// attack: python-tuf GHSA-77hh: a delegated role named as a top-level one
    @Test(
        "fit for a delegated role",
        arguments: [
            ("a", true), ("Root", true), ("root2", true), ("root-1", true), ("a.root", true),
            ("1.roots", true), ("1.a", true), ("2024", true), ("../x", true), ("\0", true),
            (String(repeating: "r", count: 200), true), (String(repeating: "r", count: 201), false),
            (String(repeating: "/", count: 66), true), (String(repeating: "/", count: 67), false),
            ("", false), ("root", false), ("timestamp", false), ("snapshot", false),
            ("targets", false), ("1.root", false), ("10.snapshot", false),
        ])
    func fitness(name: String, isFit: Bool) {
        #expect(RoleName(UTF8Text(name)).isFitForDelegation == isFit)
    }

    @Test("top-level roles are told by their bytes")
    func topLevel() {
        for role in [RoleName.root, .timestamp, .snapshot, .targets] { #expect(role.isTopLevel) }
        for name in ["Root", "root ", "ro\u{F3}t", "roo\u{74}\u{301}", "mirrors", ""] {
            #expect(!RoleName(UTF8Text(name)).isTopLevel)
        }
        #expect(RoleName("\u{E9}") != RoleName("e\u{301}"))
    }

    @Test(
        "names in messages stay on one line",
        arguments: [
            ("a/b-1", "a/b-1"), ("a b", "\"a b\""), ("a\n", #""a\u{a}""#),
            ("\u{202E}x", #""\u{202e}x""#),
            ("\"", #""\"""#),
        ])
    func messages(name: String, shown: String) { #expect("\(RoleName(UTF8Text(name)))" == shown) }
}
