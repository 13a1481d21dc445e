// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("The trace of a verification")
struct TraceTests {
    /// A chain whose build takes over many files.
    private func wide(_ count: Int) throws -> TestChain {
        var chain = try TestChain()
        var contents: [UTF8Text: String] = [:]
        for number in 0..<count { contents[UTF8Text("src/\(number)")] = "\(number)" }
        try chain.add(link("tag", products: contents), by: chain.alice)
        try chain.add(
            link("build", materials: contents, products: ["dist/demo.whl": "wheel"]),
            by: chain.alice)
        return chain
    }

    @Test("counts are exact, names are the first, as many as are wanted")
    func counts() async throws {
        var bounds = TraceBounds()
        bounds.names = 3
        let (outcome, trace) = try await wide(1000).explain(bounds)
        #expect(throws: Never.self) { try outcome.get() }
        let materials = try #require(trace.steps[1].materials)
        #expect(materials.count == 1000 && materials.ruleCount == 2 && materials.isMet)
        let match = materials.rules[0]
        #expect(match.taken.count == 1000 && match.left == 0 && match.number == 1)
        #expect(match.taken.names == ["src/0", "src/1", "src/10"])
        #expect(materials.rules[1].taken == NameSample(names: []))
        #expect(materials.left == NameSample(names: []))
        #expect(trace.flows.map(\.count) == [1000])
        #expect(trace.flows.map(\.from) == ["tag"] && trace.flows.map(\.to) == ["build"])
        #expect(trace.product == "dist/demo.whl")
    }

    @Test("what no rule takes is told as left over")
    func leftOver() async throws {
        var chain = try wide(5)
        chain.steps[1] = step("build", [chain.alice], materials: ["ALLOW src/[0-2]"])
        let (_, trace) = try await chain.explain()
        let materials = try #require(trace.steps[1].materials)
        #expect(materials.rules[0].left == 2)
        #expect(materials.left == NameSample(names: ["src/3", "src/4"]))
    }

    @Test("of many rules the first are told, and the one that is broken")
    func manyRules() async throws {
        var chain = try wide(5)
        var bounds = TraceBounds()
        bounds.rules = 4
        chain.steps[1] = step(
            "build", [chain.alice],
            materials: [String](repeating: "ALLOW other/*", count: 1000) + ["DISALLOW src/3"])
        let (_, trace) = try await chain.explain(bounds)
        let materials = try #require(trace.steps[1].materials)
        #expect(materials.rules.map(\.number) == [1, 2, 3, 4, 1001])
        #expect(materials.appliedCount == 1001 && !materials.isMet)
        #expect(trace.brokenRule?.rule == rule("DISALLOW src/3"))
        #expect(trace.place == .step(1))
        #expect(trace.findings.map(\.artifact.name) == ["src/3"])
        #expect(trace.steps[1].products == nil)
    }

    @Test("it says who signed, who did not, and what counted for nothing")
    func people() async throws {
        var chain = try TestChain()
        chain.listed = [chain.alice, chain.bob, chain.carol]
        chain.steps[1] = step("build", chain.listed, threshold: 2)
        try chain.add(chain.build, by: chain.mallory)
        chain.files[chain.bob.file("build")] =
            try Container.metablock.file(chain.build.json, by: [chain.mallory])
        let (outcome, trace) = try await chain.explain()
        #expect(throws: SupplyChainError.self) { try outcome.get() }
        let build = trace.steps[1]
        #expect(build.accepted.map(\.keyID) == [chain.alice.id] && build.distinctKeys == 1)
        #expect(build.missing.names == [chain.carol.file("build")])
        #expect(
            build.rejected.map(\.file) == [
                chain.bob.file("build"), chain.mallory.file("build"),
            ])
        #expect(build.rejectedCount == 2 && !build.isMet)
        #expect(trace.steps[0].isSearched && trace.place == .step(1))
    }

    @Test("names go by bytes, so a decomposed letter is another file")
    func composition() async throws {
        var chain = try TestChain()
        try chain.add(link("tag", products: ["\u{E9}": "source"]), by: chain.alice)
        try chain.add(
            link(
                "build", materials: ["e\u{301}": "source"],
                products: ["dist/demo.whl": "wheel"]), by: chain.alice)
        let finding = try #require(try await chain.explain().trace.findings.first)
        #expect(finding.artifact.name == "e\u{301}")
        #expect(finding.nearest?.name == "\u{E9}")
        #expect(finding.artifact.name != finding.nearest?.name)
    }

    @Test("an explained verification comes to the same as one that is not", arguments: 0..<6)
    func sameOutcome(number: Int) async throws {
        var chain = try TestChain()
        switch number {
        case 1: chain.files[chain.alice.file("tag")] = nil
        case 2: chain.product = Product(path: "demo.whl", digests: [.sha256: sha256("x")])
        case 3: chain.steps[1] = step("build", [chain.alice], materials: ["DISALLOW *"])
        case 4: chain.expires = TestChain.now
        case 5: chain.product = Product(path: "demo.whl", digests: [:])
        default: break
        }
        let (outcome, trace) = try await chain.explain()
        #expect(trace.steps.count == 2)
        switch outcome {
        case .success: #expect(try await chain.refusal() == nil)
        case .failure(let error): #expect(try await chain.refusal() == error)
        }
    }

    @Test("without a product a chain that holds is no verification")
    func noProduct() async throws {
        let chain = try TestChain()
        let verifier = SupplyChainVerifier(
            layout: try chain.verifiedLayout(), evidence: Evidence(files: chain.files),
            at: TestChain.now)
        await #expect(throws: SupplyChainError.product(.notGiven)) { try await verifier.verify() }
        let trace = await verifier.explain().trace
        #expect(trace.place == .product && trace.steps.allSatisfy(\.isMet))
    }
}

@Suite("How far apart two names are")
struct EditDistanceTests {
    private func plain(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(
                    byte == other ? diagonal : diagonal + 1, above + 1, row[column] + 1)
                diagonal = above
            }
        }
        return row[right.count]
    }

    @Test("within the bound it is the usual distance, beyond it nothing", arguments: [0, 1, 3, 8])
    func distance(maximum: Int) {
        var dice = Dice(UInt64(maximum + 1))
        for _ in 0..<2000 {
            let left = (0..<dice.roll(14)).map { _ in UInt8(0x61 + dice.roll(3)) }
            let right = (0..<dice.roll(14)).map { _ in UInt8(0x61 + dice.roll(3)) }
            let expected = plain(left, right)
            let found = left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer {
                    EditDistance(maximum: maximum).between(left, $0)
                }
            }
            #expect(found == (expected <= maximum ? expected : nil), "\(left) \(right)")
        }
    }
}
