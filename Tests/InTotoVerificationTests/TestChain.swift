// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning

/// A person or machine with a key that is the same in each run.
struct Functionary {
    let key: PrivateKey
    let id: KeyID

    init(_ name: String, id: KeyID? = nil) throws {
        key = try PrivateKey(ed25519Seed: DigestAlgorithm.sha256.digest(of: Array(name.utf8)))
        self.id = id ?? key.publicKey.keyID
    }

    /// The key under the id that older tools give it.
    var underLegacyID: Functionary {
        get throws { Functionary(key: key, id: key.publicKey.legacyKeyID) }
    }

    private init(key: PrivateKey, id: KeyID) {
        self.key = key
        self.id = id
    }

    /// The name of the link's file of a step by this functionary.
    func file(_ step: UTF8Text) -> UTF8Text { UTF8Text(Link.fileName(step: step, keyID: id)) }

    /// The folder of the sublayout that this functionary made of a step.
    func folder(_ step: UTF8Text) -> String { "\(step).\(id.prefix)/" }
}

enum Container: CaseIterable {
    case metablock, envelope

    /// A file with this content, signed under the signers' ids.
    func file(_ signed: JSON, by signers: [Functionary]) throws -> [UInt8] {
        let signers = signers.map { (id: $0.id, signer: $0.key as any Signer) }
        switch self {
        case .metablock:
            return try SignedFile.bytes(signing: signed, with: signers)
        case .envelope:
            return try Envelope.bytes(
                signing: signed.compactBytes(), payloadType: InTotoFile.payloadType,
                with: signers)
        }
    }
}

/// A supply chain to be bent in one place at a time.
///
/// As it is, alice tags `src` and builds `dist/demo.whl` from it, and it verifies.
struct TestChain {
    let owner: Functionary
    let alice: Functionary
    let bob: Functionary
    let carol: Functionary
    let mallory: Functionary

    var steps: [Step]
    var inspections: [Inspection] = []
    /// Whose keys the layout lists.
    var listed: [Functionary]
    var files: [UTF8Text: [UInt8]] = [:]
    var product = Product(path: "demo/1.0/demo.whl", digests: [.sha256: sha256("wheel")])
    var productStep: UTF8Text?
    var parameters: [String: String] = [:]
    var container = Container.metablock
    /// Changes the layout's JSON before it is signed.
    var change: (JSON) -> JSON = { $0 }

    static let now = Instant("2026-11-22T12:00:00Z")!
    var expires = now.adding(days: 1)

    init() throws {
        owner = try Functionary("owner")
        alice = try Functionary("alice")
        bob = try Functionary("bob")
        carol = try Functionary("carol")
        mallory = try Functionary("mallory")
        listed = [alice]
        steps = [
            step("tag", [alice], products: ["ALLOW *"]),
            step(
                "build", [alice], materials: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"],
                products: ["CREATE dist/*", "DISALLOW *"]),
        ]
        try add(tag, by: alice)
        try add(build, by: alice)
    }

    var tag: Link { link("tag", products: ["src": "source"]) }

    var build: Link {
        link("build", materials: ["src": "source"], products: ["dist/demo.whl": "wheel"])
    }

    /// Puts the link where its functionary's is looked for.
    mutating func add(
        _ link: Link, by functionary: Functionary, in folder: String = "",
        _ container: Container = .metablock
    ) throws {
        files[UTF8Text("\(folder)\(functionary.file(link.name))")] =
            try container.file(link.json, by: [functionary])
    }

    /// Puts a layout in the place of a link.
    mutating func add(
        _ layout: Layout, as step: UTF8Text, by functionary: Functionary, in folder: String = "",
        _ container: Container = .metablock
    ) throws {
        files[UTF8Text("\(folder)\(functionary.file(step))")] =
            try container.file(layout.json, by: [functionary])
    }

    /// A layout by the functionaries given; for sublayouts.
    func layout(_ steps: [Step], keys: [Functionary], expires: Instant? = nil) -> Layout {
        Layout(
            expires: expires ?? self.expires,
            keys: Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0.key.publicKey) }),
            steps: steps)
    }

    func verifiedLayout() throws -> Verified<Layout> {
        let layout = Layout(
            expires: expires,
            keys: Dictionary(uniqueKeysWithValues: listed.map { ($0.id, $0.key.publicKey) }),
            steps: steps, inspections: inspections)
        let file = try InTotoFile(container.file(change(layout.json), by: [owner]))
        return try file.verified(
            by: Authority([.init(owner.id, owner.key.publicKey)], threshold: 1)
        ) { value throws(JSONError) in try Layout(value) }
    }

    private func verifier(
        _ runner: (any InspectionRunner)?, at now: Instant
    ) throws -> SupplyChainVerifier {
        SupplyChainVerifier(
            layout: try verifiedLayout(), evidence: Evidence(files: files),
            parameters: parameters, at: now,
            product: ProductBinding(product, step: productStep), inspections: runner)
    }

    func verify(
        with runner: (any InspectionRunner)? = nil, at now: Instant = now
    ) async throws -> SupplyChainReport {
        try await verifier(runner, at: now).verify()
    }

    func explain(
        _ bounds: TraceBounds = TraceBounds()
    ) async throws -> (outcome: Result<SupplyChainReport, SupplyChainError>, trace: ChainTrace) {
        try await verifier(nil, at: TestChain.now).explain(bounds)
    }

    /// Why the chain is refused; `nil` if it is not.
    func refusal(at now: Instant = now) async throws -> SupplyChainError? {
        do {
            _ = try await verify(at: now)
            return nil
        } catch let error as SupplyChainError {
            return error
        }
    }
}

func sha256(_ content: String) -> String {
    DigestAlgorithm.sha256.hexDigest(of: Array(content.utf8))
}

/// Artifacts by name and content.
func artifacts(_ contents: [UTF8Text: String]) -> Artifacts {
    Artifacts(
        contents.map { name, content in
            Artifact(
                name: name,
                digests: [.init(algorithm: "sha256", hex: UTF8Text(sha256(content)))])
        })
}

func link(
    _ name: UTF8Text, materials: [UTF8Text: String] = [:], products: [UTF8Text: String] = [:],
    command: [UTF8Text] = []
) -> Link {
    Link(
        name: name, materials: artifacts(materials), products: artifacts(products),
        command: command, byproducts: .object([]))
}

/// A rule of words between spaces.
func rule(_ words: String) -> ArtifactRule {
    ArtifactRule(tokens: words.split(separator: " ").map { UTF8Text(String($0)) })!
}

func step(
    _ name: UTF8Text, _ functionaries: [Functionary], threshold: Int = 1,
    command: [UTF8Text] = [], materials: [String] = [], products: [String] = ["ALLOW *"]
) -> Step {
    Step(
        name: name, pubkeys: functionaries.map(\.id), threshold: threshold,
        expectedCommand: command, expectedMaterials: materials.map(rule),
        expectedProducts: products.map(rule))
}

extension JSON {
    /// The same object with one member replaced, added or (`nil`) left out.
    func with(_ name: UTF8Text, _ value: JSON?) -> JSON {
        var members = (self.members ?? []).filter { $0.key != name }
        if let value { members.append(Member(name, value)) }
        return .object(members)
    }
}
