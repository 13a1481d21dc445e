// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoRecording
import InTotoVerification
import KeyAccess
import MetadataSigning
import OpenPGP
import Testing

@Suite("Links and layouts by keys of gpg")
struct SupplyChainTests {
    private let home: GPGHome
    private let now = Instant("2026-12-01T00:00:00Z")!

    init() throws { home = try GPGHome() }

    private func signer(_ fingerprint: String) throws -> any Signer {
        try KeyOpener(home.environment) { today }.open(
            try KeyURI("gpg:\(fingerprint)"), for: use, dialog: TestDialog())
    }

    private func family(_ algorithm: String, _ name: String = "a") throws -> [String] {
        let primary = try home.makeKey(algorithm, "sign,cert", name: name)
        for _ in 0..<2 { try home.gpg(["--quick-add-key", primary, algorithm, "sign", "never"]) }
        return try home.fingerprints(of: primary)
    }

    private func key(_ fingerprint: String) throws -> PublicKey {
        try PublicKey(file: try home.export(fingerprint))
    }

    private let build = Link(
        name: "build", materials: Artifacts(),
        products: Artifacts([
            Artifact(name: "demo.whl", digests: [.init(algorithm: "sha256", hex: UTF8Text(wheel))])
        ]), command: [], byproducts: .object([]))

    /// The link by this key, under the name that Python or the recording gives it.
    private func link(_ fingerprint: String, named: String? = nil) throws -> (UTF8Text, [UInt8]) {
        let signer = try signer(fingerprint)
        let bytes = try SignedFile.bytes(
            signing: build.json, with: [(signer.publicKey.keyID, signer)])
        let id = try SignedFile(bytes).signatures[0].keyID
        let name = Link.fileName(step: "build", keyID: named.map { KeyID(UTF8Text($0)) } ?? id)
        return (UTF8Text(name), bytes)
    }

    /// Verifies a chain of one step.
    private func verify(
        _ pubkeys: [String], threshold: Int = 1, keys: [PublicKey],
        _ files: [(UTF8Text, [UInt8])], at moment: Instant? = nil
    ) async throws -> StepReport {
        let owner = try PrivateKey(ed25519Seed: [UInt8](repeating: 1, count: 32))
        let layout = Layout(
            expires: Instant("2120-01-01T00:00:00Z")!,
            keys: Dictionary(uniqueKeysWithValues: keys.map { ($0.keyID, $0) }),
            steps: [
                Step(
                    name: "build", pubkeys: pubkeys.map { KeyID(UTF8Text($0)) },
                    threshold: threshold, expectedCommand: [], expectedMaterials: [],
                    expectedProducts: [.require("demo.whl")])
            ])
        let file = try InTotoFile(
            SignedFile.bytes(signing: layout.json, with: [(owner.publicKey.keyID, owner)]))
        let verified = try file.verified(
            by: Authority([.init(owner.publicKey)], threshold: 1), decoding: Layout.init)
        let product = Product(path: "demo.whl", digests: [.sha256: wheel])
        let report = try await SupplyChainVerifier(
            layout: verified, evidence: Evidence(files: Dictionary(uniqueKeysWithValues: files)),
            at: moment ?? now, product: ProductBinding(product)
        ).verify()
        return report.steps[0]
    }

    @Test(
        "links of a primary key and of its subkeys are found and count once",
        arguments: ["rsa2048", "dsa2048", "ed25519"])
    func found(_ algorithm: String) async throws {
        let all = try family(algorithm)
        let keys = [try key(all[0])]
        for signer in all {
            let report = try await verify([all[0]], keys: keys, [try link(signer)])
            #expect(report.accepted.map(\.keyID.text) == [UTF8Text(all[0])])
            // Under the primary key's name, as Python takes it too.
            let named = try link(signer, named: all[0])
            #expect(try await verify([all[0]], keys: keys, [named]).accepted.count == 1)
        }
        let links = [try link(all[1]), try link(all[2])]
        let report = try await verify([all[0]], keys: keys, links)
        #expect(report.accepted.count == 2 && report.distinctKeys == 1)
        let other = try family("ed25519", "b")
        let both = keys + [try key(other[0])]
        await #expect {
            try await verify([all[0], other[0]], threshold: 2, keys: both, links)
        } throws: {
            guard
                case .missingLinks(let step, let required, let accepted, let missing)? = $0
                    as? SupplyChainError
            else { return false }
            return step == "build" && required == 2 && accepted.count == 2
                && missing == [UTF8Text("build.\(other[0].prefix(8)).link")]
        }
        let three = links + [try link(other[2])]
        #expect(
            try await verify([all[0], other[0]], threshold: 2, keys: both, three).distinctKeys == 2)
        // Two ids of one signer cannot make up a threshold.
        await #expect(
            throws: SupplyChainError.layout(.tooFewKeys(step: "build", found: 1, threshold: 2))
        ) {
            try await verify([all[1], all[2]], threshold: 2, keys: keys, links)
        }
    }

    @Test("a subkey that is allowed is allowed alone")
    func subkeyAlone() async throws {
        let all = try family("ed25519")
        let keys = [try key(all[0])]
        let report = try await verify([all[1]], keys: keys, [try link(all[1])])
        #expect(report.accepted.map(\.keyID.text) == [UTF8Text(all[1])])
        let own = try home.sign(build.json.canonicalBytes(), "0x\(all[0])!")
        let entry = Signature(openPGP: try OpenPGPSignature(detached: own)).json
        let byPrimary: JSON = ["signatures": [entry], "signed": build.json]
        let name = UTF8Text(Link.fileName(step: "build", keyID: KeyID(UTF8Text(all[1]))))
        let others = [
            try link(all[2]), try link(all[2], named: all[1]), (name, byPrimary.compactBytes()),
        ]
        for other in others {
            await #expect(throws: SupplyChainError.self) {
                try await verify([all[1]], keys: keys, [other])
            }
        }
    }

    @Test("a link by a key that has expired is left aside, and the refusal says since when")
    func expired() async throws {
        let fingerprint = try home.makeKey("rsa2048", expires: "1y")
        let key = try key(fingerprint)
        let end = try #require(key.expires)
        let file = try link(fingerprint)
        _ = try await verify([fingerprint], keys: [key], [file])
        let error = await #expect(throws: SupplyChainError.self) {
            try await verify([fingerprint], keys: [key], [file], at: end)
        }
        #expect(error.map { "\($0)" }?.contains("a key that is expired since \(end)") ?? false)
    }

    @Test("a recorded step is named by the key that signed, and stop takes up what start left")
    func recorded() throws {
        let all = try family("rsa2048")
        let signer = try signer(all[0])
        var options = StepRecording.Options()
        options.linkDirectory = home.folder.path
        options.unfinishedDirectory = home.folder.path
        let recording = try StepRecording(step: "build", signer: signer, options: options)
        let outcome = try recording.run(["true"])
        let path = try #require(outcome.path)
        let name = String(path.split(separator: "/").last ?? "")
        let file = try SignedFile(try #require(home.folder.bytes(name)))
        #expect(file.signatures.count == 1)
        #expect(name == Link.fileName(step: "build", keyID: file.signatures[0].keyID))
        _ = try recording.start()
        #expect(try recording.stop().path == path)
    }

    @Test("in-toto in Python verifies a chain whose layout and links are signed with gpg")
    func pythonVerifies() throws {
        for algorithm in ["rsa2048", "dsa2048", "ed25519"] {
            let all = try family(algorithm, algorithm)
            let owner = try home.makeKey("rsa2048", name: "owner-\(algorithm)")
            let owning = try signer(owner)
            let layout = Layout(
                expires: Instant("2120-01-01T00:00:00Z")!,
                keys: [KeyID(UTF8Text(all[0])): try key(all[0])],
                steps: [
                    Step(
                        name: "build", pubkeys: [KeyID(UTF8Text(all[0]))], threshold: 1,
                        expectedCommand: [], expectedMaterials: [],
                        expectedProducts: [.require("demo.whl")])
                ])
            let folder = home.folder
            folder.write(
                "root.layout",
                try SignedFile.bytes(
                    signing: layout.json, with: [(owning.publicKey.keyID, owning)]))
            let (name, bytes) = try link(all[1])
            folder.write(name.string, bytes)
            #expect(
                try Python().run(pythonVerify, [folder.path, owner, home.path]) == "verified",
                "\(algorithm)")
        }
    }

    @Test(
        "what in-toto in Python signs with gpg verifies here",
        arguments: ["rsa2048", "dsa2048", "ed25519"])
    func pythonSigns(_ algorithm: String) async throws {
        let fingerprint = try home.makeKey(algorithm, "sign,cert", expires: "2y")
        if algorithm != "ed25519" {
            // Python loses subkeys of EdDSA keys.
            try home.gpg(["--quick-add-key", fingerprint, algorithm, "sign", "1y"])
        }
        let made = try Python().run(pythonSign, [home.folder.path, fingerprint, home.path])
        let names = made.split(separator: "\n").map(String.init)
        #expect(names.count == 2)
        let file = try InTotoFile(try #require(home.folder.bytes("python.layout")))
        let owner = try key(fingerprint)
        let layout = try file.verified(
            by: Authority([.init(owner)], threshold: 1, at: now), decoding: Layout.init)
        var files: [UTF8Text: [UInt8]] = [:]
        for name in names { files[UTF8Text(name)] = home.folder.bytes(name) }
        let product = Product(path: "demo.whl", digests: [.sha256: wheel])
        let report = try await SupplyChainVerifier(
            layout: layout, evidence: Evidence(files: files), at: now,
            product: ProductBinding(product)
        ).verify()
        #expect(report.steps.map(\.distinctKeys) == [1, 1])
    }
}

/// SHA-256 of `wheel`.
private let wheel = DigestAlgorithm.sha256.hexDigest(of: Array("wheel".utf8))

private let pythonVerify = """
    import sys
    from in_toto import verifylib
    from in_toto.models.metadata import Metadata
    from securesystemslib._gpg import functions as gpg
    folder, owner, home = sys.argv[1:]
    layout = Metadata.load(folder + "/root.layout")
    keys = gpg.export_pubkeys([owner], homedir=home)
    verifylib.in_toto_verify(layout, keys, link_dir_path=folder)
    print("verified")
    """

/// A layout of two steps and their links, signed by one key; prints the names of the links.
private let pythonSign = """
    import os, sys
    from in_toto import runlib
    from in_toto.models.layout import Layout, Step
    from in_toto.models.metadata import Metablock
    folder, keyid, home = sys.argv[1:]
    os.chdir(folder)
    open("demo.whl", "w").write("wheel")
    layout = Layout(expires="2120-01-01T00:00:00Z")
    layout.add_functionary_key_from_gpg_keyid(keyid, gpg_home=home)
    for name, products in [("tag", []), ("build", [["REQUIRE", "demo.whl"]])]:
        layout.steps.append(Step(name=name, pubkeys=[keyid], expected_products=products))
    block = Metablock(signed=layout)
    block.sign_gpg(keyid, gpg_home=home)
    block.dump("python.layout")
    for name in ["tag", "build"]:
        runlib.in_toto_run(name, [], ["demo.whl"], ["true"], gpg_keyid=keyid, gpg_home=home)
    print("\\n".join(sorted(name for name in os.listdir(".") if name.endswith(".link"))))
    """
