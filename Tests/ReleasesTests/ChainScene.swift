// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import Inspecting
import MetadataSigning
import Releases

/// A chain without a repository, to be bent in one place at a time: olga signs the layout, alice
/// tags `src/main.c` and `LICENSE`, and alice and bob build `dist/demo.whl` from them.
struct ChainScene {
    var steps: [Step]
    var inspections: [Inspection] = []
    var files: [UTF8Text: [UInt8]] = [:]
    var product: (name: String, content: String)? = ("demo.whl", "wheel")
    var expires = now.adding(days: 30)
    var parameters: [String: String] = [:]
    var layoutSigners = ["olga"]
    /// The layout's people.
    var people = ["alice", "bob"]

    init() throws {
        steps = [
            try ChainScene.step("tag", ["alice"], products: ["CREATE *", "DISALLOW *"]),
            try ChainScene.step(
                "build", ["alice", "bob"], threshold: 2,
                materials: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"],
                products: ["CREATE dist/*.whl", "DISALLOW *"]),
        ]
        try add(tag(), by: "alice")
        for person in ["alice", "bob"] { try add(build(), by: person) }
    }

    static let sources: [UTF8Text: String] = ["src/main.c": "int main", "LICENSE": "Apache"]

    func tag(_ products: [UTF8Text: String] = sources) -> Link {
        ChainScene.link("tag", products: products)
    }

    func build(
        _ materials: [UTF8Text: String] = sources,
        _ products: [UTF8Text: String] = ["dist/demo.whl": "wheel"]
    ) -> Link {
        ChainScene.link("build", materials: materials, products: products)
    }

    /// The same link of `build` by both who may do it.
    mutating func build(by link: Link) throws {
        for person in ["alice", "bob"] { try add(link, by: person) }
    }

    mutating func rules(materials: [String]? = nil, products: [String]? = nil) throws {
        let build = steps[1]
        steps[1] = Step(
            name: build.name, pubkeys: build.pubkeys, threshold: build.threshold,
            expectedCommand: [],
            expectedMaterials: try materials.map { try $0.map(ChainScene.rule) }
                ?? build.expectedMaterials,
            expectedProducts: try products.map { try $0.map(ChainScene.rule) }
                ?? build.expectedProducts)
    }

    mutating func add(_ link: Link, by person: String, in folder: String = "") throws {
        try add(link.json, as: link.name, by: person, in: folder)
    }

    mutating func add(
        _ signed: JSON, as step: UTF8Text, by person: String, signer: String? = nil,
        in folder: String = ""
    ) throws {
        let name = Link.fileName(step: step, keyID: try keyID(person))
        files[UTF8Text(folder + name)] = try SignedFile.bytes(
            signing: signed, with: [(try keyID(person), try key(signer ?? person))])
    }

    func file(_ step: UTF8Text, _ person: String) throws -> UTF8Text {
        UTF8Text(Link.fileName(step: step, keyID: try keyID(person)))
    }

    func layout(_ steps: [Step], _ people: [String]) throws -> Layout {
        var keys: [KeyID: PublicKey] = [:]
        for person in people { keys[try keyID(person)] = try key(person).publicKey }
        return Layout(expires: expires, keys: keys, steps: steps, inspections: inspections)
    }

    func verdict(_ bounds: TraceBounds? = TraceBounds()) async throws -> Verdict {
        let bytes = try SignedFile.bytes(
            signing: try layout(steps, people).json,
            with: try layoutSigners.map { (try keyID($0), try key($0)) })
        var chain = LocalChain(
            name: "demo.layout", layout: bytes,
            signers: [.init(name: "olga", key: try key("olga").publicKey)],
            evidence: Evidence(files: files))
        chain.parameters = parameters
        chain.file = product.map { product in
            .init(
                name: product.name, digests: [.sha256: sha256(product.content)],
                source: .path("/dev/null"))
        }
        return await chain.verdict(at: now, tracing: bounds)
    }

    static func step(
        _ name: UTF8Text, _ people: [String], threshold: Int = 1, materials: [String] = [],
        products: [String] = ["ALLOW *"]
    ) throws -> Step {
        Step(
            name: name, pubkeys: try people.map(keyID), threshold: threshold,
            expectedCommand: [], expectedMaterials: try materials.map(rule),
            expectedProducts: try products.map(rule))
    }

    static func rule(_ words: String) throws -> ArtifactRule {
        struct NoRule: Error {}
        let tokens = words.split(separator: " ").map { UTF8Text(String($0)) }
        guard let rule = ArtifactRule(tokens: tokens) else { throw NoRule() }
        return rule
    }

    static func link(
        _ name: UTF8Text, materials: [UTF8Text: String] = [:], products: [UTF8Text: String]
    ) -> Link {
        func artifacts(_ contents: [UTF8Text: String]) -> Artifacts {
            Artifacts(
                contents.map { name, content in
                    let hex = UTF8Text(sha256(content))
                    return Artifact(name: name, digests: [.init(algorithm: "sha256", hex: hex)])
                })
        }
        return Link(
            name: name, materials: artifacts(materials), products: artifacts(products),
            command: [], byproducts: [:])
    }
}
