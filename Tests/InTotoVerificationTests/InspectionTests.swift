// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Synchronization
import Testing

@Suite("in-toto 1.0 §4.3.2: inspections")
struct InspectionTests {
    private func chain(_ inspections: [(UTF8Text, [UTF8Text], [String])]) throws -> TestChain {
        var chain = try TestChain()
        chain.inspections = inspections.map { name, run, rules in
            Inspection(
                name: name, run: run, expectedMaterials: rules.map(rule),
                expectedProducts: rules.map(rule))
        }
        return chain
    }

    @Test(
        "the command true is a look at the product alone, without its folders",
        arguments: [
            (["MATCH * WITH PRODUCTS IN dist FROM build", "DISALLOW *"], true),
            (["MATCH * WITH PRODUCTS FROM build", "DISALLOW *"], false),
            (["REQUIRE demo.whl"], true), (["REQUIRE dist/demo.whl"], false),
            (["CREATE *", "DISALLOW *"], false), (["DELETE *", "MODIFY *", "DISALLOW *"], false),
            (["MATCH * WITH MATERIALS FROM later", "DISALLOW *"], true),
        ])
    func noOp(rules: [String], holds: Bool) async throws {
        let chain = try chain([("look", ["true"], rules), ("later", ["true"], [])])
        let refusal = try await chain.refusal()
        if holds {
            #expect(refusal == nil)
        } else if case .ruleBroken(let violation) = refusal {
            #expect(violation.item == "look" && violation.list == .materials)
        } else {
            Issue.record("\(String(describing: refusal))")
        }
    }

    @Test("the report names them and what their rules took")
    func report() async throws {
        let chain = try chain([("look", ["true"], ["ALLOW *"])])
        let inspection = try await chain.verify().inspections[0]
        #expect(inspection.name == "look" && inspection.command == ["true"])
        #expect(inspection.materialRules == inspection.productRules)
        #expect(inspection.materialRules.map(\.consumed) == [1])
    }

    @Test(
        "no other command is run unasked",
        arguments: [["tar", "xf", "x"], ["true", ""], ["/bin/true"], ["TRUE"], []]
            as [[UTF8Text]])
    func refused(command: [UTF8Text]) async throws {
        let chain = try chain([("unpack", command, [])])
        let refusal = SupplyChainError.inspectionRefused(name: "unpack", command: command)
        #expect(try await chain.refusal() == refusal)
        await #expect(throws: refusal) { try await chain.verify(with: Runner(answer: nil)) }
    }

    @Test("a step cannot match an inspection")
    func stepMatch() async throws {
        var chain = try chain([("look", ["true"], [])])
        chain.steps[1] = step(
            "build", [chain.alice], products: ["MATCH * WITH PRODUCTS FROM look", "DISALLOW *"])
        guard case .ruleBroken = try await chain.refusal() else {
            Issue.record("taken")
            return
        }
    }

    /// Answers every command alike and counts how often it was asked.
    final class Runner: InspectionRunner {
        let answer: Result<InspectionRecord, InspectionFailure>?
        let count = Mutex(0)

        init(answer: Result<InspectionRecord, InspectionFailure>?) { self.answer = answer }

        func run(
            _ inspection: Inspection, on product: Product
        ) async throws(InspectionFailure) -> InspectionRecord? {
            count.withLock { $0 += 1 }
            return try answer?.get()
        }
    }

    @Test("what a runner finds is held against the rules")
    func runner() async throws {
        let record = InspectionRecord(
            materials: artifacts(["demo.whl": "wheel"]),
            products: artifacts(["demo.whl": "wheel", "src": "source"]))
        let runner = Runner(answer: .success(record))
        let rules = [
            "MATCH demo.whl WITH PRODUCTS IN dist FROM build", "MATCH * WITH PRODUCTS FROM tag",
            "DISALLOW *",
        ]
        let good = try chain([("unpack", ["unzip", "demo.whl"], rules)])
        let report = try await good.verify(with: runner)
        #expect(report.inspections[0].productRules.map(\.consumed) == [1, 1, 0])
        #expect(runner.count.withLock { $0 } == 1)
        let bad = try chain([("unpack", ["unzip"], ["DISALLOW src"])])
        await #expect(throws: SupplyChainError.self) { try await bad.verify(with: runner) }
    }

    @Test("a command that fails refuses the product")
    func failure() async throws {
        let chain = try chain([("unpack", ["unzip"], [])])
        await #expect(
            throws: SupplyChainError.inspectionFailed(name: "unpack", .exited(status: 2))
        ) {
            try await chain.verify(with: Runner(answer: .failure(.exited(status: 2))))
        }
    }

    @Test("nothing is run for a product that the chain did not make, or that rules forbid")
    func order() async throws {
        let record = InspectionRecord(materials: Artifacts(), products: Artifacts())
        let runner = Runner(answer: .success(record))
        var other = try chain([("unpack", ["unzip"], [])])
        other.product = Product(path: "demo.whl", digests: [.sha256: sha256("other")])
        await #expect(throws: SupplyChainError.self) { try await other.verify(with: runner) }
        var forbidden = try chain([("unpack", ["unzip"], [])])
        forbidden.steps[1] = step("build", [forbidden.alice], products: ["DISALLOW *"])
        await #expect(throws: SupplyChainError.self) { try await forbidden.verify(with: runner) }
        var absent = try chain([("unpack", ["unzip"], [])])
        absent.files = [:]
        await #expect(throws: SupplyChainError.self) { try await absent.verify(with: runner) }
        #expect(runner.count.withLock { $0 } == 0)
    }

    @Test("all are run before the rules of any apply")
    func allFirst() async throws {
        let record = InspectionRecord(materials: Artifacts(), products: artifacts(["x": "x"]))
        let runner = Runner(answer: .success(record))
        let chain = try chain([("a", ["a"], ["DISALLOW x"]), ("b", ["b"], [])])
        await #expect(throws: SupplyChainError.self) { try await chain.verify(with: runner) }
        #expect(runner.count.withLock { $0 } == 2)
    }
}
