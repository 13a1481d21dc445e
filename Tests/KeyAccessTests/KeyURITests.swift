// SPDX-License-Identifier: Apache-2.0
import KeyAccess
import Testing

@Suite("URIs of private keys")
struct KeyURITests {
    private static let fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrD6dHX2I4kbVVvFQ1Gxo6rI"
    private static let digits = "0123456789abcdef0123456789abcdef01234567"

    @Test(
        "each kind is read, and written as it was read",
        arguments: [
            "file:/keys/root 1.pem", "file:keys/ä.pem", "file2:online.pem", "fn:online",
            "ssh-agent:\(fingerprint)", "pkcs11:token=a;object=b?module-path=/x.so&x=%20",
            "hsm:2", "hsm:12?label=YubiKey%20PIV%20%2315835999", "gpg:\(digits)",
            "gpg:\(digits)?homedir=/home/a%20b/.gnupg", "gnupg:", "gnupg:/home/a/.gnupg",
            "exec:/usr/bin/kms", "exec:carnet-kms?arg=--key&arg=a%20%26%20b&arg=",
        ])
    func roundTrip(_ text: String) throws {
        let uri = try KeyURI(text)
        #expect("\(uri)" == text)
        #expect(try KeyURI("\(uri)") == uri)
    }

    @Test(
        "the names of securesystemslib and RSTUF mean what they mean there",
        arguments: [
            ("file2:a/b.pem", KeyURI.prefixedFile(path: "a/b.pem")),
            ("file:k?encrypted=true", .file(path: "k")),
            ("file:k?encrypted=false", .file(path: "k")),
            ("hsm:", .hsm(keyID: 2, label: nil)),
            ("hsm:3", .hsm(keyID: 3, label: nil)),
            ("hsm:2?label=YubiKey+PIV+%2315", .hsm(keyID: 2, label: "YubiKey PIV #15")),
            ("gnupg:", .gnupg(homeDirectory: nil)),
            ("gnupg:/h", .gnupg(homeDirectory: "/h")),
            ("fn:online", .namedFile(name: "online")),
        ])
    func foreignNames(_ text: String, _ expected: KeyURI) throws {
        #expect(try KeyURI(text) == expected)
    }

    @Test("a plus in an argument of a program is a plus")
    func plus() throws {
        #expect(try KeyURI("exec:p?arg=a+b") == .program("p", arguments: ["a+b"]))
    }

    @Test("the digits of an OpenPGP fingerprint may be upper case")
    func upperCase() throws {
        let expected = KeyURI.openPGP(fingerprint: Self.digits, homeDirectory: nil)
        #expect(try KeyURI("gpg:\(Self.digits.uppercased())") == expected)
    }

    @Test(
        "an hsm: key is written for PKCS#11 with its id in bytes",
        arguments: [
            ("hsm:", "pkcs11:id=%02;type=private?module-path=/m%20x.so"),
            ("hsm:0", "pkcs11:id=%00;type=private?module-path=/m%20x.so"),
            (
                "hsm:258?label=a;b",
                "pkcs11:token=a%3bb;id=%01%02;type=private?module-path=/m%20x.so"
            ),
        ])
    func token(_ text: String, _ expected: String) throws {
        #expect(try KeyURI(text).tokenURI(module: "/m x.so") == expected)
    }

    @Test(
        "what is none is refused with its reason",
        arguments: [
            ("alice", KeyURIFault.noScheme), ("", .noScheme),
            ("envvar:KEY", .unknownScheme("envvar")), ("FILE:a", .unknownScheme("FILE")),
            ("file:", .empty("path")), ("file2:", .empty("path")),
            (
                "file:a?encrypted=maybe",
                .query("encrypted=maybe", expected: "encrypted=true or encrypted=false")
            ),
            ("file:a\nb", .controlCharacter), ("file:a\0", .controlCharacter),
            ("fn:../x", .fileName("../x")), ("fn:..", .fileName("..")),
            ("fn:", .empty("file name")),
            ("ssh-agent:", .sshFingerprint("")),
            ("ssh-agent:MD5:aa", .sshFingerprint("MD5:aa")),
            ("ssh-agent:\(fingerprint)=", .sshFingerprint("\(fingerprint)=")),
            // The last character has two bits that no digest of 32 bytes has.
            ("ssh-agent:\(fingerprint.dropLast())J", .sshFingerprint("\(fingerprint.dropLast())J")),
            ("pkcs11:", .empty("attributes of a token or key")),
            ("hsm:-1", .keyNumber("-1")), ("hsm:0x2", .keyNumber("0x2")),
            ("hsm:99999999999999999999", .keyNumber("99999999999999999999")),
            ("hsm:2?label=", .query("label=", expected: "label=LABEL")),
            ("hsm:2?label=a&label=b", .tooManyFields(maximum: 1)),
            ("gpg:", .openPGPFingerprint("")), ("gpg:ABCD", .openPGPFingerprint("ABCD")),
            ("gpg:\(digits)?home=/x", .query("home=/x", expected: "homedir=PATH")),
            ("exec:", .empty("program")), ("exec:bin/kms", .relativeProgram("bin/kms")),
            ("exec:./kms", .relativeProgram("./kms")), ("exec:..", .fileName("..")),
            ("exec:/bin/", .fileName("/bin/")), ("exec:%2", .percentEncoding("%2")),
            ("exec:%zz", .percentEncoding("%zz")), ("exec:%+1", .percentEncoding("%+1")),
            ("exec:a%00", .percentEncoding("a%00")), ("exec:%ff", .percentEncoding("%ff")),
            ("exec:p?args=1", .query("args=1", expected: "arg=TEXT, joined by &")),
            ("exec:p?arg", .query("arg", expected: "NAME=VALUE")),
            ("exec:p?", .query("", expected: "NAME=VALUE")),
        ])
    func refused(_ text: String, _ fault: KeyURIFault) {
        #expect(throws: KeyAccessError.uri(text, fault)) { try KeyURI(text) }
    }

    @Test("too long a URI and too many arguments are refused")
    func bounds() {
        let long = "file:" + String(repeating: "a", count: KeyURI.maximumBytes)
        #expect(throws: KeyAccessError.uri(long, .tooLong(bytes: 4101, maximum: 4096))) {
            try KeyURI(long)
        }
        let many = "exec:p?" + Array(repeating: "arg=", count: 65).joined(separator: "&")
        #expect(throws: KeyAccessError.uri(many, .tooManyFields(maximum: 64))) {
            try KeyURI(many)
        }
    }

    @Test("key services are known, and the error says how they are reached")
    func services() {
        for scheme in ForeignScheme.allCases {
            let text = "\(scheme.rawValue):projects/p"
            let error = #expect(throws: KeyAccessError.uri(text, .foreign(scheme))) {
                try KeyURI(text)
            }
            let words = error.map { "\($0)" } ?? ""
            #expect(words.contains("exec:PROGRAM") && words.contains("guide"))
            #expect(!words.contains("\n") && words.last != ".")
        }
    }
}
