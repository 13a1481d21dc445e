// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("A large supply chain")
struct LargeChainTests {
    @Test("five steps of 20,000 artifacts, matched from each to the next, verify")
    func matched() async throws {
        let count = 20_000
        let hex = sha256("content").utf8
        let files = Artifacts(
            (0..<count).map { index in
                // Each its own digest, without the cost of hashing in the test.
                let digest = UTF8Text(String(decoding: hex, as: UTF8.self) + "\(index % 10)")
                return Artifact(
                    name: UTF8Text("src/module\(index % 100)/file\(index).py"),
                    digests: [.init(algorithm: "sha256", hex: digest)])
            })
        var chain = try TestChain()
        chain.files = [:]
        chain.steps = []
        for index in 0..<5 {
            let name = UTF8Text("step\(index)")
            let rules = [
                "DISALLOW *.exe", "MATCH *.py IN src WITH PRODUCTS IN src FROM step\(index - 1)",
                "CREATE *.whl", "ALLOW src/module1*", "DISALLOW *",
            ]
            chain.steps.append(
                step(
                    name, [chain.alice], materials: index == 0 ? [] : rules,
                    products: index == 0 ? ["ALLOW *"] : rules))
            let made = Artifacts(Array(files) + Array(artifacts(["demo.whl": "wheel"])))
            try chain.add(
                Link(
                    name: name, materials: files, products: index == 4 ? made : files,
                    command: [], byproducts: .object([])), by: chain.alice)
        }
        let report = try await chain.verify()
        #expect(report.steps.map(\.materials) == Array(repeating: count, count: 5))
        #expect(report.steps[4].materialRules.map(\.consumed) == [0, count, 0, 0, 0])
        #expect(report.steps[4].productRules.map(\.consumed) == [0, count, 1, 0, 0])
    }
}
