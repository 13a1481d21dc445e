// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("in-toto 1.0 §5.2: sublayouts")
struct SublayoutTests {
    /// alice's `build` is a layout by which bob compiles and then packs.
    private func nested(_ container: Container = .metablock) throws -> TestChain {
        var chain = try TestChain()
        let inner = chain.layout(
            [
                step("compile", [chain.bob]),
                step("pack", [chain.bob], materials: ["MATCH * WITH PRODUCTS FROM compile"]),
            ], keys: [chain.bob])
        let folder = chain.alice.folder("build")
        try chain.add(inner, as: "build", by: chain.alice, container)
        try chain.add(
            link("compile", materials: ["src": "source"], products: ["object": "o"]),
            by: chain.bob, in: folder)
        try chain.add(
            link(
                "pack", materials: ["object": "o"], products: ["dist/demo.whl": "wheel"],
                command: ["zip"]), by: chain.bob, in: folder, container)
        return chain
    }

    @Test("it stands for a link: first materials, last products", arguments: Container.allCases)
    func good(container: Container) async throws {
        let chain = try nested(container)
        let build = try await chain.verify().steps[1]
        #expect(build.materials == 1 && build.products == 1)
        #expect(build.accepted[0].command == ["zip"])
        guard case .sublayout(let inner) = build.accepted[0].form else {
            Issue.record("no sublayout")
            return
        }
        #expect(inner.layoutSigners == [chain.alice.id] && inner.product == nil)
        #expect(inner.steps.map(\.name) == ["compile", "pack"])
        let file = "\(chain.alice.folder("build"))\(chain.bob.file("pack"))"
        #expect(inner.steps[1].accepted.map(\.file) == [UTF8Text(file)])
    }

    @Test("the rules around it apply to what it came to")
    func outerRules() async throws {
        var chain = try nested()
        chain.steps[1] = step(
            "build", [chain.alice], materials: ["DISALLOW src"], products: ["ALLOW *"])
        guard case .ruleBroken(let violation) = try await chain.refusal() else {
            Issue.record("taken")
            return
        }
        #expect(violation.item == "build" && violation.artifacts == ["src"])
    }

    @Test("another's layout in a functionary's place is a stranger's")
    func wrongKey() async throws {
        var chain = try nested()
        let inner = chain.layout([step("compile", [chain.bob])], keys: [chain.bob])
        chain.files[chain.alice.file("build")] =
            try Container.metablock.file(inner.json, by: [chain.bob])
        #expect(
            try await chain.refusal()
                == .strangers(step: "build", files: [chain.alice.file("build")]))
    }

    @Test("its links count only in its own folder")
    func folder() async throws {
        var chain = try nested()
        let folder = chain.alice.folder("build")
        let pack = UTF8Text("\(folder)\(chain.bob.file("pack"))")
        chain.files[chain.bob.file("pack")] = chain.files[pack]
        chain.files[pack] = nil
        let refusal = try await chain.refusal()
        #expect(
            refusal
                == .sublayout(
                    file: chain.alice.file("build"),
                    .missingLinks(step: "pack", required: 1, accepted: [], missing: [pack])))
        #expect(refusal?.isAbsence == true)
    }

    @Test("what is wrong with it is wrong with the whole, even beside a good link")
    func broken() async throws {
        var chain = try nested()
        chain.listed = [chain.alice, chain.bob]
        chain.steps[1] = step("build", chain.listed)
        try chain.add(chain.build, by: chain.bob)
        #expect(try await chain.verify().steps[1].accepted.count == 2)
        let file = chain.alice.file("build")
        let late = chain.layout(
            [step("compile", [chain.bob])], keys: [chain.bob], expires: TestChain.now)
        try chain.add(late, as: "build", by: chain.alice)
        let refusal = try await chain.refusal()
        #expect(
            refusal
                == .sublayout(file: file, .expired(at: TestChain.now, now: TestChain.now)))
        #expect(refusal?.isAbsence == false)
        try chain.add(chain.layout([], keys: []), as: "build", by: chain.alice)
        #expect(try await chain.refusal() == .sublayout(file: file, .layout(.noSteps)))
    }

    @Test("what is wrong with it is told before what is missing elsewhere")
    func contradictionFirst() async throws {
        var chain = try nested()
        chain.files[chain.alice.file("tag")] = nil
        try chain.add(chain.layout([], keys: []), as: "build", by: chain.alice)
        #expect(
            try await chain.refusal()
                == .sublayout(file: chain.alice.file("build"), .layout(.noSteps)))
    }

    @Test("one that waits for links may yet count, unless others are wrong")
    func waiting() async throws {
        var chain = try nested()
        chain.listed = [chain.alice, chain.bob]
        chain.files[UTF8Text("\(chain.alice.folder("build"))\(chain.bob.file("pack"))")] = nil
        chain.files[chain.bob.file("build")] =
            try Container.metablock.file(
                chain.build.json, by: [Functionary("mallory", id: chain.bob.id)])
        let rules = ["ALLOW *"]
        chain.steps[1] = step("build", chain.listed, products: rules)
        #expect(try await chain.refusal()?.isAbsence == true)
        chain.steps[1] = step("build", chain.listed, threshold: 2, products: rules)
        guard case .invalidLinks = try await chain.refusal() else {
            Issue.record("a wrong signature is no absence")
            return
        }
    }

    @Test("parameters do not reach it")
    func parameters() async throws {
        var chain = try nested()
        chain.parameters = ["name": "demo"]
        let inner = chain.layout(
            [step("pack", [chain.bob], products: ["REQUIRE {name}"])], keys: [chain.bob])
        try chain.add(inner, as: "build", by: chain.alice)
        guard case .sublayout(_, .ruleBroken(let violation)) = try await chain.refusal() else {
            Issue.record("taken")
            return
        }
        #expect(violation.rule == .require("{name}"))
    }

    @Test("inspections in it look at the product")
    func inspection() async throws {
        var chain = try nested()
        let pack = step("pack", [chain.bob])
        for (name, holds) in [("demo.whl", true), ("other.whl", false)] {
            let inner = Layout(
                expires: chain.expires, keys: [chain.bob.id: chain.bob.key.publicKey],
                steps: [pack],
                inspections: [
                    Inspection(
                        name: "look", run: ["true"], expectedMaterials: [rule("REQUIRE \(name)")],
                        expectedProducts: [])
                ])
            chain.steps[1] = step("build", [chain.alice])
            try chain.add(inner, as: "build", by: chain.alice)
            #expect((try await chain.refusal() == nil) == holds)
        }
    }

    @Test("eight levels are followed, nine are not", arguments: [8, 9])
    func depth(levels: Int) async throws {
        var chain = try TestChain()
        chain.steps[1] = step("build", [chain.alice])
        var folder = ""
        for _ in 1...levels {
            let inner = chain.layout([step("build", [chain.alice])], keys: [chain.alice])
            try chain.add(inner, as: "build", by: chain.alice, in: folder)
            folder += chain.alice.folder("build")
        }
        try chain.add(chain.build, by: chain.alice, in: folder)
        guard var refusal = try await chain.refusal() else {
            #expect(levels == 8)
            return
        }
        while case .sublayout(_, let inner) = refusal { refusal = inner }
        #expect(refusal == .nestedTooDeeply(maximum: 8))
    }
}
