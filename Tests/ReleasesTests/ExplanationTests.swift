// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Releases
import TUFMetadata
import Testing

@Suite("Explanations of refusals, to the letter")
struct ExplanationTests {
    typealias Change = @Sendable (inout ChainScene) throws -> Void

    private static func sources(
        _ changes: [UTF8Text: String], without name: UTF8Text? = nil
    ) -> [UTF8Text: String] {
        ChainScene.sources.filter { $0.key != name }.merging(changes) { $1 }
    }

    private static let rules: [(String, Change)] = [
        (
            "disallow-other-bytes",
            { try $0.build(by: $0.build(sources(["src/main.c": "int evil"]))) }
        ),
        (
            "disallow-renamed",
            {
                try $0.build(
                    by: $0.build(sources(["lib/start.c": "int main"], without: "src/main.c")))
            }
        ),
        (
            "disallow-moved",
            {
                try $0.build(
                    by: $0.build(sources(["lib/main.c": "int main"], without: "src/main.c")))
            }
        ),
        ("disallow-stray", { try $0.build(by: $0.build(sources(["payload": "evil"]))) }),
        ("disallow-similar", { try $0.build(by: $0.build(sources(["LICENCE": "other"]))) }),
        (
            "create-not-new",
            {
                try $0.build(
                    by: $0.build(
                        ChainScene.sources, ["dist/demo.whl": "wheel", "LICENSE": "Apache"]))
                try $0.rules(products: ["CREATE *", "DISALLOW *"])
            }
        ),
        (
            "modify-not-changed",
            {
                try $0.build(
                    by: $0.build(
                        ChainScene.sources, ["dist/demo.whl": "wheel", "LICENSE": "Apache"]))
                try $0.rules(products: ["CREATE dist/*", "MODIFY LICENSE", "DISALLOW *"])
            }
        ),
        (
            "delete-still-there",
            {
                try $0.build(
                    by: $0.build(
                        ChainScene.sources, ["dist/demo.whl": "wheel", "LICENSE": "Apache"]))
                try $0.rules(materials: [
                    "DELETE LICENSE", "MATCH src/* WITH PRODUCTS FROM tag", "DISALLOW *",
                ])
            }
        ),
        ("require-missing", { try $0.rules(materials: ["REQUIRE LICENCE", "ALLOW *"]) }),
        ("require-taken", { try $0.rules(materials: ["ALLOW src/*", "REQUIRE src/main.c"]) }),
        (
            "match-prefix",
            {
                try $0.build(by: $0.build(["vendor/main.c": "int evil"]))
                try $0.rules(materials: [
                    "MATCH *.c IN vendor WITH PRODUCTS IN src FROM tag", "DISALLOW *",
                ])
            }
        ),
        (
            "match-ambiguous",
            {
                try $0.build(by: $0.build(["vendor/a\\b.c": "x"]))
                try $0.rules(materials: ["MATCH *.c IN vendor WITH PRODUCTS IN src FROM tag"])
            }
        ),
    ]

    private static let people: [(String, Change)] = [
        ("threshold", { $0.files[try $0.file("build", "bob")] = nil }),
        (
            "bad-signature",
            { try $0.add($0.build().json, as: "build", by: "bob", signer: "carol") }
        ),
        (
            "stranger",
            { scene in
                for person in ["alice", "bob"] {
                    scene.files[try scene.file("build", person)] = nil
                }
                try scene.add(scene.build(), by: "carol")
            }
        ),
        (
            "disagreement",
            {
                try $0.add(
                    $0.build(ChainScene.sources, ["dist/demo.whl": "other wheel"]), by: "bob")
            }
        ),
        ("layout-unsigned", { $0.layoutSigners = ["otto"] }),
        ("layout-expired", { $0.expires = now.adding(days: -1) }),
        ("layout-empty", { $0.steps = [] }),
        (
            "link-malformed",
            { $0.files[try $0.file("tag", "alice")] = Array("{\"signed\": 1".utf8) }
        ),
        ("link-of-another-step", { try $0.add($0.build().json, as: "tag", by: "alice") }),
        (
            "parameter-missing",
            {
                $0.parameters = ["version": "1.0"]
                try $0.rules(products: ["CREATE dist/{name}.whl", "DISALLOW *"])
            }
        ),
    ]

    private static let products: [(String, Change)] = [
        ("product-other-bytes", { $0.product = ("demo.whl", "another wheel") }),
        ("product-renamed", { $0.product = ("demo-1.0.whl", "wheel") }),
        ("product-unknown", { $0.product = ("readme.txt", "read me") }),
        ("product-none", { $0.product = nil }),
        (
            "inspection-refused",
            {
                $0.inspections = [
                    Inspection(
                        name: "scan", run: ["scan", "--all"], expectedMaterials: [],
                        expectedProducts: [])
                ]
            }
        ),
        (
            "inspection-rule",
            {
                $0.inspections = [
                    Inspection(
                        name: "look", run: ["true"],
                        expectedMaterials: [
                            try ChainScene.rule("MATCH *.whl WITH PRODUCTS FROM build"),
                            try ChainScene.rule("DISALLOW *"),
                        ], expectedProducts: [])
                ]
            }
        ),
        ("sublayout-rule", { try $0.nest(["object.o": "o"], packedFrom: ["object.o": "evil"]) }),
        (
            "sublayout-threshold",
            {
                try $0.nest(["object.o": "o"], packedFrom: ["object.o": "o"])
                let folder = "build.\(try keyID("alice").prefix)/"
                $0.files[UTF8Text("\(folder)\(try $0.file("pack", "carol"))")] = nil
            }
        ),
    ]

    @Test("each names the place, the rule and the artifacts", arguments: rules + people + products)
    func refusals(name: String, change: Change) async throws {
        var scene = try ChainScene()
        try change(&scene)
        let verdict = try await scene.verdict()
        #expect(!verdict.isVerified)
        let text = verdict.explanationText()
        try expectGolden(text, "explain/\(name)")
        #expect(text.hasPrefix(verdict.text))
        #expect(!text.contains("VERIFIED") && !text.contains("✓"))
        // The same reason whether it is explained or not.
        #expect(try await scene.verdict(nil).text == verdict.text)
        #expect(try await scene.verdict(nil).explanation == nil)
    }

    @Test("what is verified is explained rule by rule, with all names if all are wanted")
    func verified() async throws {
        var scene = try ChainScene()
        var many = ChainScene.sources
        for number in 0..<30 { many[UTF8Text("data/\(number)")] = "\(number)" }
        try scene.add(scene.tag(many), by: "alice")
        try scene.build(by: scene.build(many))
        let verdict = try await scene.verdict()
        #expect(verdict.isVerified)
        try expectGolden(verdict.explanationText(), "explain/verified")
        var bounds = TraceBounds()
        (bounds.names, bounds.rules, bounds.files) = (.max, .max, .max)
        let all = try await scene.verdict(bounds).explanationText(showsAll: true)
        for name in many.keys { #expect(all.contains("\n            \(name)\n")) }
    }

    @Test("a sublayout that holds is explained inside of its step")
    func sublayout() async throws {
        var scene = try ChainScene()
        try scene.nest(["object.o": "o"], packedFrom: ["object.o": "o"])
        let verdict = try await scene.verdict()
        #expect(verdict.isVerified, "\(verdict.text)")
        try expectGolden(verdict.explanationText(), "explain/sublayout")
    }

    private func members(_ json: JSON?) -> Set<String> {
        Set(json?.members?.map(\.key.string) ?? [])
    }

    @Test("JSON has the documented members and no others")
    func json() async throws {
        var scene = try ChainScene()
        scene.inspections = [
            Inspection(
                name: "look", run: ["true"], expectedMaterials: [],
                expectedProducts: [try ChainScene.rule("ALLOW *")])
        ]
        let verdict = try await scene.verdict()
        let json = verdict.explanationJSON
        #expect(members(json) == ["schema", "verdict", "policy", "product_of", "chain"])
        #expect(json["schema"] == .text(Verdict.explanationSchema))
        #expect(json["verdict"] == verdict.json)
        #expect(
            members(json["policy"]) == [
                "name", "sha256", "expires", "signers", "required", "possible", "parameters",
            ])
        let chain = json["chain"]
        #expect(members(chain) == ["steps", "inspections", "flows"])
        #expect(chain?["flows"]?.elements == [["from": "tag", "to": "build", "files": 2]])
        let build = chain?["steps"]?.elements?.last
        #expect(
            members(build) == [
                "name", "threshold", "looked_at", "met", "accepted", "rejected",
                "rejected_count", "missing", "warnings", "materials", "products",
            ])
        #expect(
            members(build?["accepted"]?.elements?.first) == ["name", "keyid", "file", "sha256"])
        let materials = build?["materials"]
        #expect(members(materials) == ["count", "rule_count", "applied", "rules", "left_over"])
        #expect(
            materials?["rules"]?.elements?.first == [
                "number": 1, "rule": ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "tag"],
                "taken": ["count": 2, "names": ["LICENSE", "src/main.c"]], "left": 0,
                "broken": false,
            ])
        #expect(
            members(chain?["inspections"]?.elements?.first) == [
                "name", "command", "met", "manner", "materials", "products",
            ])
    }

    @Test("JSON of a refusal says where it is, by which rule, and what comes nearest")
    func refusalJSON() async throws {
        var scene = try ChainScene()
        try scene.build(by: scene.build(Self.sources(["src/main.c": "int evil"])))
        let json = try await scene.verdict().explanationJSON
        #expect(
            members(json) == ["schema", "verdict", "policy", "product_of", "chain", "failure"])
        let failure = json["failure"]
        #expect(members(failure) == ["place", "item", "list", "rule", "number", "artifacts"])
        #expect(failure?["place"] == "step" && failure?["item"] == "build")
        #expect(failure?["list"] == "materials" && failure?["number"] == 2)
        #expect(failure?["rule"] == ["DISALLOW", "*"])
        #expect(
            failure?["artifacts"]?.elements == [
                [
                    "name": "src/main.c", "digests": ["sha256": .text(sha256("int evil"))],
                    "item": "build", "list": "materials",
                    "remark": "the same name, but other bytes",
                    "nearest": [
                        "name": "src/main.c", "digests": ["sha256": .text(sha256("int main"))],
                        "item": "tag", "list": "products",
                    ],
                ]
            ])
        scene.product = nil
        #expect(
            members(try await scene.verdict(nil).explanationJSON) == ["schema", "verdict"])
    }

    @Test("where no chain is asked for, it is said")
    func noChain() throws {
        var verdict = Verdict(path: "CHANGES.txt", repository: "demo", asOf: now)
        verdict.evidence = .unattested(role: .targets)
        #expect(verdict.explanationText().hasSuffix("No chain was looked at: none is asked for.\n"))
        verdict.evidence = nil
        verdict.refusal = Refusal(.noPolicy(wheelPath))
        #expect(
            verdict.explanationText().hasSuffix(
                "It did not come to looking at how the file was made.\n"))
    }
}

extension ChainScene {
    /// Lets alice's `build` be a layout of her own: carol compiles, then packs.
    mutating func nest(_ objects: [UTF8Text: String], packedFrom: [UTF8Text: String]) throws {
        let inner = try layout(
            [
                ChainScene.step("compile", ["carol"]),
                ChainScene.step(
                    "pack", ["carol"],
                    materials: ["MATCH * WITH PRODUCTS FROM compile", "DISALLOW *"]),
            ], ["carol"])
        steps[1] = try ChainScene.step(
            "build", ["alice"], materials: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"],
            products: ["CREATE dist/*.whl", "DISALLOW *"])
        files[try file("build", "bob")] = nil
        try add(inner.json, as: "build", by: "alice")
        let folder = "build.\(try keyID("alice").prefix)/"
        try add(
            ChainScene.link("compile", materials: ChainScene.sources, products: objects),
            by: "carol", in: folder)
        try add(
            ChainScene.link(
                "pack", materials: packedFrom, products: ["dist/demo.whl": "wheel"]),
            by: "carol", in: folder)
    }
}
