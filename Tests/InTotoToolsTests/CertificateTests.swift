// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools
import MetadataSigning
import Testing

@Suite("ITE-7: certificates as in-toto-golang has them")
struct CertificateTests {
    private static let anything: [(UTF8Text, JSON)] = [
        ("common_name", "*"), ("dns_names", ["*"]), ("emails", ["*"]), ("organizations", ["*"]),
        ("roots", ["*"]), ("uris", ["*"]),
    ]

    struct Example: Sendable, CustomStringConvertible {
        let member: UTF8Text
        let value: JSON
        let passes: Bool
        var description: String { "\(member) \(value)" }
    }

    static let examples: [Example] = [
        .init(member: "common_name", value: "*", passes: true),
        .init(member: "common_name", value: "step.example.org", passes: true),
        .init(member: "common_name", value: "Step.example.org", passes: false),
        .init(member: "common_name", value: "", passes: false),
        .init(member: "dns_names", value: ["step.example.org"], passes: true),
        .init(member: "dns_names", value: ["other.example.org"], passes: false),
        .init(member: "dns_names", value: [], passes: false),
        .init(
            member: "dns_names", value: ["step.example.org", "other.example.org"], passes: false),
        .init(member: "emails", value: ["step@example.org"], passes: true),
        .init(member: "emails", value: [""], passes: false),
        .init(member: "organizations", value: ["Example"], passes: true),
        .init(member: "organizations", value: ["*", "Example"], passes: false),
        .init(
            member: "uris", value: ["spiffe://example.org/b", "spiffe://example.org/a"],
            passes: true),
        .init(member: "uris", value: ["spiffe://example.org/a"], passes: false),
        .init(member: "roots", value: ["root"], passes: true),
        .init(member: "roots", value: ["another"], passes: false),
        .init(member: "roots", value: [], passes: false),
    ]

    @Test("a link counts if its certificate meets the step's constraint", arguments: examples)
    func constraint(example: Example) throws {
        let scene = try CertificateScene()
        var constraint = JSON.object(Self.anything.map { JSON.Member($0.0, $0.1) })
        constraint.set(example.member, example.value)
        let refusal = try scene.refusal(constraints: [constraint])
        #expect(refusal?.kind == (example.passes ? nil : .thresholdVerificationError))
    }

    private let all = JSON.object(anything.map { JSON.Member($0.0, $0.1) })

    @Test("one constraint of several is enough, none is not")
    func several() throws {
        let scene = try CertificateScene()
        var other = all
        other.set("common_name", "nobody")
        #expect(try scene.refusal(constraints: [other, all]) == nil)
        #expect(try scene.refusal(constraints: [other]) != nil)
        #expect(try scene.refusal(constraints: [])?.kind == .linkNotFoundError)
    }

    @Test("without the certificate between, or its root, no chain leads to the leaf")
    func chain() throws {
        let scene = try CertificateScene()
        #expect(try scene.refusal(constraints: [all], withIntermediate: false) != nil)
        #expect(try scene.refusal(constraints: [all], root: "other.pem") != nil)
    }

    @Test("a certificate of the caller's own may stand between, and vouches for nothing itself")
    func given() throws {
        let scene = try CertificateScene()
        let refusal = { (files: [String], root: String) throws in
            try scene.refusal(
                constraints: [all], withIntermediate: false, root: root, given: files)
        }
        #expect(try refusal(["between.pem"], "root.pem") == nil)
        #expect(try refusal(["chain.pem"], "root.pem") == nil)
        #expect(try refusal(["other.pem"], "root.pem")?.kind == .thresholdVerificationError)
        #expect(try refusal(["between.pem", "root.pem"], "other.pem") != nil)
    }

    @Test("-i reads them from files; what has no certificate in it is refused")
    func option() throws {
        let scene = try CertificateScene()
        let verify = { (words: [String]) throws in
            try scene.verify(constraints: [all], words)
        }
        #expect(try verify([]).status == 1)
        #expect(try verify(["-i", "between.pem"]).status == 0)
        #expect(try verify(["-i", "other.pem", "-i", "between.pem"]).status == 0)
        #expect(try verify(["--intermediate-certs", "chain.pem"]).status == 0)
        #expect(try verify(["-i", "none.pem"]).status == 1)
        let damaged = try verify(["-i", "owner.key"])
        #expect(damaged.status == 1)
        #expect(damaged.errors.contains("ValueError"))
        // What python has for short stays what it is short for.
        #expect(try verify(["--in", "7", "-i", "between.pem"]).status == 0)
        #expect(try verify(["--inter", "between.pem"]).status == 2)
    }

    @Test("a certificate counts for as long as it is valid")
    func expiry() throws {
        let scene = try CertificateScene()
        let late = Instant(seconds: time(nil)).adding(days: 400)
        #expect(try scene.refusal(constraints: [all], at: late) != nil)
        let early = Instant(seconds: time(nil)).adding(days: -2)
        #expect(try scene.refusal(constraints: [all], at: early) != nil)
    }

    @Test("what the layout's signature does not cover does not count")
    func coverage() throws {
        let scene = try CertificateScene()
        #expect(
            try scene.refusal(constraints: [all], signsAll: false)?.kind == .linkNotFoundError)
    }

    @Test("a signature by another key than the certificate's does not count")
    func stranger() throws {
        let scene = try CertificateScene()
        #expect(try scene.refusal(constraints: [all], signer: "owner.key") != nil)
    }
}

/// A root, an authority under it, and a certificate of a functionary, made by openssl.
private struct CertificateScene: ~Copyable {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        let script = """
            new() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
            new root; new between; new leaf; openssl genpkey -algorithm ed25519 -out owner.key
            openssl req -x509 -new -key root.key -subj /CN=root -days 3650 -out root.pem
            openssl req -x509 -new -key owner.key -subj /CN=root -days 3650 -out other.pem
            printf 'basicConstraints=critical,CA:TRUE' > between.cnf
            openssl req -new -key between.key -subj /CN=between -out between.csr
            openssl x509 -req -in between.csr -CA root.pem -CAkey root.key -days 3650 \
                -CAcreateserial -extfile between.cnf -out between.pem
            printf 'subjectAltName=DNS:step.example.org,email:step@example.org,' > leaf.cnf
            printf 'URI:spiffe://example.org/a,URI:spiffe://example.org/b' >> leaf.cnf
            openssl req -new -key leaf.key -subj /O=Example/CN=step.example.org -out leaf.csr
            openssl x509 -req -in leaf.csr -CA between.pem -CAkey between.key -days 365 \
                -CAcreateserial -extfile leaf.cnf -out leaf.pem
            cat other.pem between.pem > chain.pem
            """
        let outcome = run(
            ["sh", "-e", "-c", script], in: folder.path, path: "/usr/bin", scratch: folder.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func file(_ name: String) throws -> [UInt8] {
        try ToolFile.read("\(folder.path)/\(name)")
    }

    private func authority(_ name: String, _ file: String) throws -> JSON {
        let pem = String(decoding: try self.file(file), as: UTF8.self)
        return [
            "keyid": .text(name), "keyid_hash_algorithms": ["sha256", "sha512"],
            "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256",
            "keyval": ["public": "", "certificate": .text(pem)],
        ]
    }

    /// Why a chain of one step, done by whoever has a certificate, is refused; `nil` if it is not.
    func refusal(
        constraints: [JSON], withIntermediate: Bool = true, root: String = "root.pem",
        at now: Instant = Instant(seconds: time(nil)), signsAll: Bool = true,
        signer: String = "leaf.key", given: [String] = []
    ) throws -> ToolError? {
        let owner = try PrivateKey(pem: try file("owner.key"), passphrase: nil)
        let layout = try layout(constraints, withIntermediate, root, signsAll, owner)
        try writeLink(signer)
        var options = ToolVerifier.Options(now: now)
        options.linkDirectory = folder.path
        for name in given {
            options.intermediates += try ToolVerifier.certificates(in: try file(name), name)
        }
        do throws(ToolError) {
            try ToolVerifier(options).verify(
                try ToolDocument(layout, at: now), keys: [ToolKey(owner.publicKey)])
            return nil
        } catch {
            return error
        }
    }

    /// How `in-toto-verify` ends with these words more, for a layout without authorities between.
    func verify(constraints: [JSON], _ words: [String]) throws -> Outcome {
        let owner = try PrivateKey(pem: try file("owner.key"), passphrase: nil)
        let layout = try layout(constraints, false, "root.pem", true, owner)
        try ToolFile.write(layout, to: "\(folder.path)/root.layout")
        try ToolFile.write(
            Array((owner.publicKey.pem ?? "").utf8), to: "\(folder.path)/owner.pub")
        try writeLink("leaf.key")
        let programs = try Side.carnet.programs("\(folder.path)/programs")
        return run(
            ["in-toto-verify", "-l", "root.layout", "--verification-keys", "owner.pub"] + words,
            in: folder.path, path: programs, scratch: folder.path)
    }

    private func layout(
        _ constraints: [JSON], _ withIntermediate: Bool, _ root: String, _ signsAll: Bool,
        _ owner: PrivateKey
    ) throws -> [UInt8] {
        var step: JSON = [
            "_type": "step", "name": "s", "pubkeys": [], "threshold": 1, "expected_command": [],
            "expected_materials": [], "expected_products": [],
        ]
        let plain: JSON = [
            "_type": "layout", "expires": "2100-01-01T00:00:00Z", "readme": "", "inspect": [],
            "keys": [:], "steps": [step],
        ]
        if !constraints.isEmpty { step.set("cert_constraints", .array(constraints)) }
        var layout = plain
        layout.set("steps", [step])
        layout.set("rootcas", ["root": try authority("root", root)])
        if withIntermediate {
            layout.set("intermediatecas", ["between": try authority("between", "between.pem")])
        }
        let signature = try owner.sign((signsAll ? layout : plain).canonicalBytes())
        let root: JSON = [
            "signed": layout,
            "signatures": [
                [
                    "keyid": .string(owner.publicKey.keyID.text),
                    "sig": .text(hex(signature)),
                ]
            ],
        ]
        return root.compactBytes()
    }

    private func writeLink(_ signer: String) throws {
        let link: JSON = [
            "_type": "link", "name": "s", "materials": [:], "products": [:], "byproducts": [:],
            "command": [], "environment": [:],
        ]
        let leaf = try PrivateKey(pem: try file("leaf.key"), passphrase: nil)
        let key = try PrivateKey(pem: try file(signer), passphrase: nil)
        let id = leaf.publicKey.legacyKeyID
        let document: JSON = [
            "signed": link,
            "signatures": [
                [
                    "keyid": .string(id.text),
                    "sig": .text(hex(try key.sign(link.canonicalBytes()))),
                    "cert": .text(String(decoding: try file("leaf.pem"), as: UTF8.self)),
                ]
            ],
        ]
        try ToolFile.write(
            document.compactBytes(), to: "\(folder.path)/s.\(id.prefix).link")
    }
}
