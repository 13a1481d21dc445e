// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import PKCS11
import Testing

@Suite("RFC 7512: PKCS #11 URIs")
struct PKCS11URITests {
    @Test("all attributes are read, and written again in the normal form")
    func all() throws {
        let uri = try PKCS11URI(
            "PKCS11:object=my%20key;id=%01%ffA;type=private;token=a;manufacturer=M;serial=s-1;"
                + "model=SoftHSM%20v2;slot-id=42;library-version=2.6;library-manufacturer=L;"
                + "library-description=D;slot-manufacturer=SM;slot-description=SD"
                + "?module-path=/usr/lib/a%20b.so&module-name=softhsm2&pin-source=file:/p/pin")
        #expect(uri.texts[.token] == "a")
        #expect(uri.texts[.object] == "my key")
        #expect(uri.id == [1, 255, 0x41])
        #expect(uri.type == .private)
        #expect(uri.slotID == 42)
        #expect(uri.libraryVersion == PKCS11URI.Version(major: 2, minor: 6))
        #expect(uri.modulePath == "/usr/lib/a b.so")
        #expect(uri.moduleName == "softhsm2")
        #expect(uri.pinSource == "/p/pin")
        let normal =
            "pkcs11:token=a;manufacturer=M;serial=s-1;model=SoftHSM%20v2;"
            + "library-manufacturer=L;library-description=D;slot-manufacturer=SM;"
            + "slot-description=SD;library-version=2.6;slot-id=42;object=my%20key;"
            + "id=%01%FF%41;type=private"
            + "?module-path=/usr/lib/a%20b.so&module-name=softhsm2&pin-source=file:/p/pin"
        #expect("\(uri)" == normal)
        #expect(try PKCS11URI(normal) == uri)
    }

    @Test(
        "what may stand as it is, and what is empty",
        arguments: [
            ("pkcs11:", "pkcs11:"),
            ("pkcs11:token=", "pkcs11:token="),
            ("pkcs11:id=", "pkcs11:id="),
            (
                "pkcs11:token=:[]@!$'()*+,=&-._~",
                "pkcs11:token=%3A%5B%5D%40%21%24%27%28%29%2A%2B%2C%3D%26-._~"
            ),
            ("pkcs11:library-version=3", "pkcs11:library-version=3.0"),
            ("pkcs11:token=%C3%A9", "pkcs11:token=%C3%A9"),
            ("pkcs11:?pin-source=file:///p", "pkcs11:?pin-source=file:/p"),
            ("pkcs11:token=a?", "pkcs11:token=a"),
        ])
    func forms(text: String, normal: String) throws {
        #expect("\(try PKCS11URI(text))" == normal)
    }

    @Test("an unknown attribute of the query is passed over and named; twice is no error")
    func query() throws {
        let uri = try PKCS11URI("pkcs11:token=a?x-vendor=1&x-vendor=2&module-name=m")
        #expect(uri.ignored == ["x-vendor", "x-vendor"])
        #expect(uri.moduleName == "m")
    }

    @Test("a text in two forms of Unicode is two texts")
    func forms() throws {
        let composed = try PKCS11URI("pkcs11:token=%C3%A9")
        let decomposed = try PKCS11URI("pkcs11:token=e%CC%81")
        #expect(composed != decomposed)
    }

    static let refused: [(String, PKCS11URIError)] = [
        ("", .scheme(expected: "pkcs11:…")),
        ("pkcs11", .scheme(expected: "pkcs11:…")),
        ("http://x", .scheme(expected: "pkcs11:…")),
        ("pkcs11:token=a;token=b", .duplicate("token")),
        ("pkcs11:id=%01;id=%01", .duplicate("id")),
        ("pkcs11:?module-name=a&module-name=a", .duplicate("module-name")),
        ("pkcs11:token=%", .percent(attribute: "token")),
        ("pkcs11:token=%4", .percent(attribute: "token")),
        ("pkcs11:token=%G0", .percent(attribute: "token")),
        ("pkcs11:token=%+1", .percent(attribute: "token")),
        ("pkcs11:token=a b", .character(0x20, attribute: "token")),
        ("pkcs11:token=é", .character(0xC3, attribute: "token")),
        ("pkcs11:token=a/b", .character(0x2F, attribute: "token")),
        ("pkcs11:token=a#b", .character(0x23, attribute: "token")),
        ("pkcs11:?module-name=a;b", .character(0x3B, attribute: "module-name")),
        ("pkcs11:token=a;", .noAttribute("")),
        ("pkcs11:;token=a", .noAttribute("")),
        ("pkcs11:token", .noAttribute("token")),
        ("pkcs11:=a", .noAttribute("=a")),
        ("pkcs11:to%6ben=a", .noAttribute("to%6ben=a")),
        ("pkcs11:?a", .noAttribute("a")),
        ("pkcs11:Token=a", .unknown("Token")),
        ("pkcs11:x-vendor=a", .unknown("x-vendor")),
        ("pkcs11:token=a?pin-value=1234", .secret),
        ("pkcs11:pin-value=1234", .unknown("pin-value")),
        (
            "pkcs11:type=data",
            .value(attribute: "type", found: "data", expected: "private, public or cert")
        ),
        ("pkcs11:slot-id=-1", .value(attribute: "slot-id", found: "-1", expected: "a number")),
        ("pkcs11:slot-id=", .value(attribute: "slot-id", found: "", expected: "a number")),
        (
            "pkcs11:slot-id=99999999999999999999",
            .value(attribute: "slot-id", found: "99999999999999999999", expected: "a number")
        ),
        (
            "pkcs11:library-version=1.256",
            .value(
                attribute: "library-version", found: "1.256",
                expected: "a version such as 2.6")
        ),
        (
            "pkcs11:token=a%00",
            .value(attribute: "token", found: "a\0", expected: "UTF-8 without NUL")
        ),
        (
            "pkcs11:token=%FF",
            .value(attribute: "token", found: "\u{FFFD}", expected: "UTF-8 without NUL")
        ),
        (
            "pkcs11:?module-path=lib/m.so",
            .value(
                attribute: "module-path", found: "lib/m.so", expected: "a path from / on")
        ),
        (
            "pkcs11:?module-name=../m",
            .value(
                attribute: "module-name", found: "../m", expected: "a name without folders")
        ),
        (
            "pkcs11:?pin-source=/p",
            .value(attribute: "pin-source", found: "/p", expected: "file:/PATH")
        ),
        (
            "pkcs11:?pin-source=%7Ccat",
            .value(attribute: "pin-source", found: "|cat", expected: "file:/PATH")
        ),
        (
            "pkcs11:?pin-source=file://host/p",
            .value(attribute: "pin-source", found: "file://host/p", expected: "file:/PATH")
        ),
    ]

    @Test("what is no URI is refused, with the reason", arguments: refused)
    func refuses(text: String, refusal: PKCS11URIError) {
        #expect(throws: refusal) { try PKCS11URI(text) }
        #expect(!"\(refusal)".utf8.contains(UInt8(ascii: "\n")))
    }

    @Test("a text longer than any URI of a token is not read")
    func long() {
        let text = "pkcs11:token=" + String(repeating: "a", count: 5000)
        #expect(throws: PKCS11URIError.tooLong(bytes: 5013, maximum: 4096)) {
            try PKCS11URI(text)
        }
    }

    @Test("the messages name the attribute and what is wrong with it")
    func messages() {
        #expect(
            "\(PKCS11URIError.character(0x20, attribute: "token"))"
                == "PKCS #11 URI: token: byte 32 found, expected percent-encoded as %20")
        #expect(
            "\(PKCS11URIError.secret)"
                == "PKCS #11 URI: pin-value found, but a URI is no place for a secret; leave it "
                + "out and be asked, or name a file with pin-source")
        #expect(
            "\(PKCS11URIError.unknown("x"))"
                == "PKCS #11 URI: attribute \"x\" is unknown, so no key matches")
    }

    @Test(
        "the names of securesystemslib 1.6",
        arguments: [
            ("hsm:", "pkcs11:id=%02"), ("hsm:2", "pkcs11:id=%02"),
            ("hsm:300", "pkcs11:id=%01%2C"), ("hsm:0", "pkcs11:id=%00"),
            (
                "hsm:2?label=YubiKey+PIV+%2315835999",
                "pkcs11:token=YubiKey%20PIV%20%2315835999;id=%02"
            ),
            ("hsm:?label=a%3Bobject%3Db", "pkcs11:token=a%3Bobject%3Db;id=%02"),
        ])
    func hsmNames(name: String, uri: String) throws {
        #expect("\(try PKCS11URI(hsmName: name))" == uri)
    }

    @Test(
        "what securesystemslib would not read as one either",
        arguments: [
            "hsm", "pkcs11:", "hsm:x", "hsm:-1", "hsm:2?pin=1", "hsm:2?label=a&b=c",
            "hsm:2?label=%", "hsm:2?label=%FF", "hsm:2?label=a;object=b",
            "hsm:99999999999999999999",
        ])
    func notHSM(name: String) {
        #expect(throws: PKCS11URIError.self) { try PKCS11URI(hsmName: name) }
    }
}
