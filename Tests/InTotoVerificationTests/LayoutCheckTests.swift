// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("What a layout must be to verify anything by")
struct LayoutCheckTests {
    /// The fault for which the chain is refused once it is bent.
    private func fault(_ bend: (inout TestChain) throws -> Void) async throws -> LayoutFault? {
        var chain = try TestChain()
        try bend(&chain)
        guard case .layout(let fault) = try await chain.refusal() else { return nil }
        #expect("\(fault)".contains("expected") || "\(fault)".count > 10)
        return fault
    }

    @Test("the chain of these tests verifies as it is, in both containers")
    func baseline() async throws {
        var chain = try TestChain()
        for container in Container.allCases {
            chain.container = container
            #expect(try await chain.refusal() == nil)
        }
    }

    @Test("no steps")
    func noSteps() async throws {
        #expect(try await fault { $0.steps = [] } == .noSteps)
    }

    @Test("a threshold below 1", arguments: [0, -1, Int.min])
    func threshold(value: Int) async throws {
        let found = try await fault { $0.steps[0] = step("tag", [$0.alice], threshold: value) }
        #expect(found == .threshold(step: "tag", found: value))
    }

    @Test(
        "a step's name that is no file name",
        arguments: ["", "a/b", "../x", ".hidden", "a b", "é", "a\u{0}b"] as [UTF8Text])
    func names(name: UTF8Text) async throws {
        #expect(
            try await fault { $0.steps[0] = step(name, [$0.alice]) } == .unsafeStepName(name))
    }

    @Test("a functionary whose key is not listed")
    func unlisted() async throws {
        let bob = try Functionary("bob")
        let found = try await fault { $0.steps[0] = step("tag", [$0.alice, $0.bob]) }
        #expect(found == .unlistedKey(step: "tag", keyID: bob.id))
    }

    @Test("a step without functionaries, or with fewer than its threshold")
    func tooFew() async throws {
        #expect(
            try await fault { $0.steps[0] = step("tag", []) }
                == .tooFewKeys(step: "tag", found: 0, threshold: 1))
        #expect(
            try await fault { $0.steps[0] = step("tag", [$0.alice, $0.alice], threshold: 2) }
                == .tooFewKeys(step: "tag", found: 1, threshold: 2))
    }

    @Test("one key under two ids is one key")
    func twoIDs() async throws {
        let found = try await fault { chain in
            let twin = try chain.alice.underLegacyID
            chain.listed.append(twin)
            chain.steps[0] = step("tag", [chain.alice, twin], threshold: 2)
            try chain.add(chain.tag, by: twin)
        }
        #expect(found == .tooFewKeys(step: "tag", found: 1, threshold: 2))
    }

    @Test("two functionaries whose links would have one name")
    func ambiguous() async throws {
        let alice = try Functionary("alice")
        let near = KeyID(UTF8Text(alice.id.prefix + "00000000"))
        let found = try await fault { chain in
            let bob = try Functionary("bob", id: near)
            chain.listed.append(bob)
            chain.steps[0] = step("tag", [chain.alice, bob])
        }
        #expect(found == .ambiguousKeyIDs(step: "tag", alice.id, near))
    }

    @Test(
        "a key that cannot be used hurts only where a step has a use for it",
        arguments: [
            ("ed25519", "ed25519", "00"), ("ed25519", "ed25519", "zz"),
            ("lattice", "lattice-1", "00"), ("ed25519", "ed25519-to-come", "00"),
        ], [true, false])
    func unusable(key: (type: String, scheme: String, value: String), isUsed: Bool) async throws {
        let bob = try Functionary("bob")
        let found = try await fault { chain in
            let key: JSON = [
                "keytype": .text(key.type), "scheme": .text(key.scheme),
                "keyval": ["public": .text(key.value)],
            ]
            chain.change = { layout in
                layout.with("keys", (layout["keys"] ?? .null).with(bob.id.text, key))
            }
            if isUsed { chain.steps[0] = step("tag", [chain.alice, bob]) }
        }
        #expect(found == (isUsed ? .unusableKey(bob.id) : nil))
    }

    @Test("a listed key whose id is no key id")
    func keyID() async throws {
        let found = try await fault { chain in
            chain.listed.append(try Functionary("bob", id: KeyID("../../bob")))
        }
        #expect(found == .malformedKeyID(KeyID("../../bob")))
    }

    @Test("a key object that names another id")
    func mislabelled() async throws {
        let alice = try Functionary("alice")
        let found = try await fault { chain in
            let key = chain.alice.key.publicKey.json.with("keyid", "0011223344")
            chain.change = { $0.with("keys", .object([JSON.Member(alice.id.text, key)])) }
        }
        #expect(found == .mislabelledKey(listed: alice.id, named: "0011223344"))
    }

    @Test("a key object that names its own id is as good")
    func labelled() async throws {
        let found = try await fault { chain in
            let alice = chain.alice
            let key = alice.key.publicKey.json.with("keyid", .string(alice.id.text))
            chain.change = { $0.with("keys", .object([JSON.Member(alice.id.text, key)])) }
        }
        #expect(found == nil)
    }

    @Test("an unknown member, which Python would drop from what it checks; not so in DSSE")
    func deviation() async throws {
        for container in Container.allCases {
            let found = try await fault { chain in
                chain.container = container
                chain.change = { $0.with("x", 1) }
            }
            #expect(found == (container == .metablock ? .deviates("unknown member \"x\"") : nil))
        }
    }

    @Test("a step to have made the product that is not there")
    func productStep() async throws {
        #expect(
            try await fault { $0.productStep = "pack" } == .unknownProductStep("pack"))
    }

    @Test("no rule that speaks of what was made")
    func unruled() async throws {
        let bare = try await fault { $0.steps[1] = step("build", [$0.alice], products: []) }
        #expect(bare == .unruledProduct(step: "build"))
        let inspected = try await fault { chain in
            chain.steps[1] = step("build", [chain.alice], products: [])
            chain.inspections = [
                Inspection(
                    name: "look", run: ["true"], expectedMaterials: [rule("ALLOW *")],
                    expectedProducts: [])
            ]
        }
        #expect(inspected == nil)
        let matched = try await fault { chain in
            chain.steps = [
                step("build", [chain.alice], products: []),
                step("test", [chain.alice], products: ["MATCH * WITH PRODUCTS FROM build"]),
            ]
            chain.productStep = "build"
            try chain.add(link("test"), by: chain.alice)
        }
        #expect(matched == nil)
    }

    @Test("it has expired from the second on that it names")
    func expiry() async throws {
        var chain = try TestChain()
        chain.expires = TestChain.now
        let before = TestChain.now.adding(seconds: -1)
        #expect(try await chain.refusal(at: before) == nil)
        for late in [TestChain.now, TestChain.now.adding(days: 1)] {
            #expect(
                try await chain.refusal(at: late) == .expired(at: TestChain.now, now: late))
        }
    }
}
