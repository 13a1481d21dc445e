// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("The product is one that the supply chain made")
struct ProductTests {
    private func fault(
        _ product: Product, made: [UTF8Text: String] = ["dist/demo.whl": "wheel"],
        step: UTF8Text? = nil
    ) async throws -> ProductFault? {
        var chain = try TestChain()
        try chain.add(
            link("build", materials: ["src": "source"], products: made), by: chain.alice)
        chain.steps[1] = InTotoVerificationTests.step("build", [chain.alice])
        chain.product = product
        chain.productStep = step
        guard case .product(let fault) = try await chain.refusal() else { return nil }
        return fault
    }

    private func product(_ path: UTF8Text, _ content: String) -> Product {
        Product(path: path, digests: [.sha256: sha256(content)])
    }

    @Test(
        "its folders do not matter, its name and digest do",
        arguments: ["demo.whl", "x/demo.whl", "/demo.whl", "dist/demo.whl"] as [UTF8Text])
    func folders(path: UTF8Text) async throws {
        #expect(try await fault(product(path, "wheel")) == nil)
    }

    @Test("a changed file")
    func differs() async throws {
        #expect(
            try await fault(product("demo.whl", "changed"))
                == .differs(
                    name: "demo.whl", step: "build", found: sha256("changed"),
                    expected: artifacts(["": "wheel"])[0].digests))
    }

    @Test("an older file under a newer name", arguments: ["demo-2.whl", "demo.whl/"] as [UTF8Text])
    func relabelled(path: UTF8Text) async throws {
        let name: UTF8Text = path == "demo-2.whl" ? "demo-2.whl" : ""
        #expect(
            try await fault(product(path, "wheel"))
                == .relabelled(name: name, step: "build", names: ["dist/demo.whl"]))
    }

    @Test("a file that was not made at all")
    func unknown() async throws {
        #expect(
            try await fault(product("x", "y")) == .unknown(name: "x", step: "build"))
        #expect(
            try await fault(product("demo.whl", "wheel"), made: [:])
                == .unknown(name: "demo.whl", step: "build"))
    }

    @Test("one of several of its name will do")
    func several() async throws {
        let made: [UTF8Text: String] = ["a/demo.whl": "old", "b/demo.whl": "wheel"]
        #expect(try await fault(product("demo.whl", "wheel"), made: made) == nil)
    }

    @Test("composed and decomposed names are different")
    func unicode() async throws {
        #expect(
            try await fault(product("caf\u{E9}", "x"), made: ["cafe\u{301}": "x"])
                == .relabelled(name: "caf\u{E9}", step: "build", names: ["cafe\u{301}"]))
    }

    @Test("another step may have made it")
    func otherStep() async throws {
        #expect(try await fault(product("src", "source"), step: "tag") == nil)
        #expect(
            try await fault(product("demo.whl", "wheel"), step: "tag")
                == .unknown(name: "demo.whl", step: "tag"))
    }

    @Test("SHA-256 must be given, and no other digest may contradict")
    func digests() async throws {
        let sha512 = DigestAlgorithm.sha512.hexDigest(of: Array("wheel".utf8))
        #expect(
            try await fault(Product(path: "demo.whl", digests: [.sha512: sha512]))
                == .withoutSHA256(name: "demo.whl"))
        for (hex, holds) in [(sha512, true), (String(sha512.reversed()), false)] {
            var chain = try TestChain()
            let both = Artifact(
                name: "dist/demo.whl",
                digests: [
                    .init(algorithm: "sha512", hex: UTF8Text(sha512)),
                    .init(algorithm: "sha256", hex: UTF8Text(sha256("wheel"))),
                ])
            try chain.add(
                Link(
                    name: "build", materials: artifacts(["src": "source"]),
                    products: Artifacts([both]), command: [], byproducts: .object([])),
                by: chain.alice)
            chain.product = Product(
                path: "demo.whl", digests: [.sha256: sha256("wheel"), .sha512: hex])
            #expect((try await chain.refusal() == nil) == holds)
        }
    }

    @Test("a digest in capitals is another digest")
    func capitals() async throws {
        let given = Product(path: "demo.whl", digests: [.sha256: sha256("wheel").uppercased()])
        guard case .differs = try await fault(given) else {
            Issue.record("taken")
            return
        }
    }
}
