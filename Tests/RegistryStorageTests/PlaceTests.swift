// SPDX-License-Identifier: Apache-2.0
import RegistryStorage
import Testing

@Suite("Registry: places")
struct PlaceTests {
    @Test(
        "registry and name are taken apart",
        arguments: [
            ("oci://registry.example/demo", "registry.example", "demo"),
            (
                "oci://Registry.Example:5000/a/b-c/d__e/f.g", "registry.example:5000",
                "a/b-c/d__e/f.g"
            ),
            ("oci://localhost/x---y", "localhost", "x---y"),
            ("oci://[::1]:5000/a", "[::1]:5000", "a"),
            ("oci://[::1]/a", "[::1]", "a"),
        ])
    func good(text: String, registry: String, name: String) throws {
        let place = try RegistryPlace(text)
        #expect(place.registry == registry && place.name == name)
        #expect("\(place)" == "oci://\(registry)/\(name)")
    }

    @Test(
        "what is no repository of a registry is refused",
        arguments: [
            "", "oci://", "oci:/a/b", "http://a/b", "oci://a", "oci://a/", "oci:///b", "oci://a//b",
            "oci://a/b/", "oci://a/B", "oci://a/b:tag", "oci://a/b?x", "oci://a/b#x", "oci://a/..",
            "oci://a/b/../c", "oci://a/_b", "oci://a/b_", "oci://a/b___c", "oci://a/b._c",
            "oci://a:0/b", "oci://a:65536/b", "oci://a:/b", "oci://a:+5/b", "oci://a:b/c",
            "oci://-a/b", "oci://a b/c", "oci://a%2f/c", "oci://ä/c", "oci://[::1/c", "oci://[]/c",
            "oci://a/\u{e4}", "oci://a/b\n", "oci://a\u{10}/b",
            "oci://a/" + String(repeating: "b", count: 254),
        ])
    func refused(text: String) {
        #expect(throws: RegistryError.self) { try RegistryPlace(text) }
    }

    @Test(
        "a password in the place is refused and not repeated",
        arguments: [
            "oci://alice:secret@registry.example/demo", "oci:secret@registry.example/demo",
            "oci://registry.example/secret@demo",
        ])
    func password(text: String) throws {
        let error = try #require(#expect(throws: RegistryError.self) { try RegistryPlace(text) })
        #expect(!"\(error)".contains("secret") && "\(error)".contains("@"))
    }
}

@Suite("Registry: challenges and links")
struct ChallengeTests {
    @Test("challenges are read with their parameters, also several of one field")
    func several() throws {
        let all = Challenge.all(
            #"Basic realm="a, b", BEARER Realm="https://auth.example/t?x=1",service="r\"x",scope="#
                + #""repository:a/b:pull,push" , Negotiate"#)
        #expect(all.map(\.scheme) == ["basic", "bearer", "negotiate"])
        #expect(all[0]["realm"] == "a, b")
        #expect(all[1]["realm"] == "https://auth.example/t?x=1")
        #expect(all[1]["service"] == "r\"x" && all[1]["scope"] == "repository:a/b:pull,push")
        #expect(all[1]["error"] == nil)
    }

    @Test("a parameter that stands there twice is none")
    func twice() {
        #expect(Challenge.all("Bearer realm=a, realm=b")[0]["realm"] == nil)
    }

    @Test(
        "nonsense gives what stands before it, and comes to an end",
        arguments: [
            "", ",", "=", "=x", "\"", "Bearer realm=\"open", "Bearer \u{0}", "Bearer realm",
            "Bearer realm==", "Basic abc==", String(repeating: "a ", count: 100_000),
        ])
    func nonsense(value: String) {
        #expect(Challenge.all(value).allSatisfy { $0["realm"] == nil })
    }

    @Test(
        "the next page is found among links",
        arguments: [
            (#"</v2/a/tags/list?last=x&n=2>; rel="next""#, "/v2/a/tags/list?last=x&n=2"),
            (#"<a>; rel=prev, <b>; title="x, y"; REL="first NEXT""#, "b"),
            (#"<a>;rel=next"#, "a"), ("<a>", nil), ("<a; rel=next", nil), ("", nil),
            (#"<a>; rel="nextish""#, nil), (#"<a>; rel"#, nil),
        ] as [(String, String?)])
    func links(value: String, next: String?) {
        #expect(NextPage.reference(in: [value]) == next)
    }
}
