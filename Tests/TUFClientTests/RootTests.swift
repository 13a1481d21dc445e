// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.3: root")
struct RootTests {
    let old = TestKey("root")
    let new = TestKey("new root")

    /// TUF 1.0.34 §5.3.1, 5.3.9: every root between is downloaded, in order
    /// TUF 1.0.34 §5.3.7, 5.3.8: each new root is persisted before the next is asked for
    @Test("new roots are taken one by one, each saved")
    func chain() async throws {
        var scene = try await Scene.upToDate()
        for name in ["a", "b", "c"] {
            scene.repository.keys[.root] = [TestKey(name)]
            scene.repository.publish(.root)
        }
        let state = try await scene.refresh()
        #expect(state.root.document.version == 4)
        #expect(state.root.signers.first == TestKey("c").id)
        #expect(scene.store[.root] == scene.repository.bytes(of: .root))
        #expect(scene.store.events == [.saved(.root), .saved(.root), .saved(.root)])
        #expect(scene.requests().dropLast() == [2, 3, 4, 5].map { "\($0).root.json" }[...])
    }

    /// TUF 1.0.34 §5.3.4a: a new root is signed by a threshold of the trusted root's keys
    @Test("5.3.4: a root that the old keys did not sign is refused")
    func oldThreshold() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.keys[.root] = [new]
        scene.repository.signers[.root] = [new]
        scene.repository.publish(.root)
        await scene.expectRefusal(
            try scene.unsigned(.root, as: "2.root.json", keys: [old]), asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.4b: a new root is signed by a threshold of its own keys
    @Test("5.3.4: one that its own keys did not sign is refused")
    func newThreshold() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.keys[.root] = [new]
        scene.repository.signers[.root] = [old]
        scene.repository.publish(.root)
        await scene.expectRefusal(
            try scene.unsigned(.root, as: "2.root.json", keys: [new]), asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.4b: a new root is signed by a threshold of its own keys
    @Test("5.3.4: so is one that fewer of its own keys signed than it says")
    func newThresholdOfTwo() async throws {
        var scene = try await Scene.upToDate()
        let keys = [new, TestKey("second root")]
        scene.repository.keys[.root] = keys
        scene.repository.thresholds[.root] = 2
        scene.repository.signers[.root] = [old, new]
        scene.repository.publish(.root)
        await scene.expectRefusal(
            try scene.unsigned(.root, as: "2.root.json", keys: keys, threshold: 2),
            asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.4b: a threshold above the number of keys is never met
    @Test("a threshold above the number of keys parses, and cannot be met")
    func impossibleThreshold() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.thresholds[.root] = 2
        scene.repository.publish(.root)
        await scene.expectRefusal(
            try scene.unsigned(.root, as: "2.root.json", keys: [old], threshold: 2),
            asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.5: what is asked for as version N+1 must say version N+1
    /// attack: tough CVE-2025-2885: N+1.root.json whose version is N+5 or not above N
    @Test("5.3.5: the version must be the one asked for", arguments: [1, 3, 6, 1 << 62])
    func wrongVersion(_ version: Int) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.root) { $0.set("version", .integer(version)) }
        await scene.expectRefusal(
            .wrongVersion(file: "2.root.json", found: version, expected: 2),
            asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.4d, 5.3.8: only a root signed by old and new keys is persisted
    /// attack: python-tuf CVE-2020-15163: of several new roots the last is badly signed
    @Test("5.3.8: of several roots the last is bad: those before it stay, it is never trusted")
    func lastBad() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.root)
        scene.repository.signers[.root] = [new]
        scene.repository.publish(.root)
        let refusal = try scene.unsigned(.root, as: "3.root.json", keys: [old])
        await scene.expectRefusal(
            refusal, asking: ["2.root.json", "3.root.json"], saving: [.root])
        await scene.expectRefusal(refusal, asking: ["3.root.json"])
    }

    /// TUF 1.0.34 §5.3.6: the expiry of roots on the way does not matter
    @Test("5.3.10: roots on the way may be expired")
    func intermediateExpired() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.expires = scene.now.adding(days: -1)
        scene.repository.publish(.root)
        scene.repository.expires = scene.now.adding(days: 1)
        scene.repository.publish(.root)
        #expect(try await scene.refresh().root.document.version == 3)
    }

    /// TUF 1.0.34 §5.3.10: the last root must not be expired; it is persisted before
    @Test("5.3.10: an expired last root is refused, after it was saved", arguments: [-86400, 0])
    func lastExpired(_ seconds: Int) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.expires = scene.now.adding(seconds: seconds)
        scene.repository.publish(.root)
        await scene.expectRefusal(
            .expired(role: .root, since: scene.repository.expires),
            asking: ["2.root.json", "3.root.json"], saving: [.root])
    }

    /// TUF 1.0.34 §5.3.3b: only a root that is not available ends the loop
    @Test("5.3.3: any answer but the file or 404 is an error", arguments: [403, 410, 500])
    func otherStatus(_ status: Int) async throws {
        let scene = try await Scene.upToDate()
        scene.repository.server.setFault(.status(status), for: "2.root.json")
        await scene.expectRefusal(
            scene.fault(.status(status), "2.root.json"), asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.3a: a root is downloaded up to a number of bytes
    /// attack: endless data: root
    @Test("5.3.3: one that is longer than the limit is not taken")
    func tooLarge() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(
            .root, bytes: { $0 + [UInt8](repeating: 0x20, count: 512 << 10) })
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: 512 << 10), "2.root.json"),
            asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.3c: new roots are taken up to a number
    @Test("5.3.3: as many roots as allowed are taken")
    func allowedRoots() async throws {
        var scene = try await Scene.upToDate()
        scene.limits.rootVersions = 3
        for _ in 0..<3 { scene.repository.publish(.root) }
        #expect(try await scene.refresh().root.document.version == 4)
    }

    /// TUF 1.0.34 §5.3.3c: no more than a number of new roots in one refresh
    @Test("5.3.3: one more than allowed is an error")
    func tooManyRoots() async throws {
        var scene = try await Scene.upToDate()
        scene.limits.rootVersions = 3
        for _ in 0..<4 { scene.repository.publish(.root) }
        await scene.expectRefusal(
            .tooManyRoots(maximum: 3), asking: [2, 3, 4, 5].map { "\($0).root.json" },
            saving: [.root, .root, .root])
    }
}

@Suite("TUF 5.2: the trusted root")
struct TrustedRootTests {
    /// TUF 1.0.34 §5.2a: the trusted root verifies itself before any request
    @Test("a root that its own keys did not sign is refused before any request")
    func notSelfSigned() async throws {
        var scene = Scene()
        scene.repository.signers[.root] = [TestKey("mallory")]
        scene.repository.publish(.root)
        scene.store[.root] = scene.repository.bytes(of: .root)
        let count = try SignedFile(scene.repository.bytes(of: .root))
            .count(by: Authority([TestKey("root")]))
        await scene.expectRefusal(.untrustedRoot(.threshold(count)), asking: [])
    }

    /// TUF 1.0.34 §5.2a: the trusted root verifies itself before any request
    @Test("so is what is no metadata at all")
    func garbage() async {
        let scene = Scene()
        scene.store[.root] = Array("garbage".utf8)
        await scene.expectRefusal(
            .untrustedRoot(.malformed(.unexpected(byte: UInt8(ascii: "g"), offset: 0))),
            asking: [])
    }

    /// TUF 1.0.34 §5.2a: the trusted root is of type root
    @Test("so is the file of another role")
    func otherRole() async {
        let scene = Scene()
        scene.store[.root] = scene.repository.bytes(of: .timestamp)
        await scene.expectRefusal(
            .untrustedRoot(
                .malformed(
                    .mismatch(
                        path: "signed._type", found: "\"timestamp\"", expected: "\"root\""))),
            asking: [])
    }

    /// TUF 1.0.34 §5.2a: a refresh begins with a trusted root
    @Test("without one nothing is asked for")
    func none() async {
        let scene = Scene()
        scene.store[.root] = nil
        await scene.expectRefusal(.noTrustedRoot, asking: [])
    }

    /// TUF 1.0.34 §5.2b: the expiry of the trusted root does not matter yet
    @Test("an expired one serves to find its successor")
    func expired() async throws {
        var scene = Scene()
        scene.now = scene.now.adding(days: 31)
        await scene.expectRefusal(
            .expired(role: .root, since: scene.repository.expires), asking: ["2.root.json"])
        scene.repository.expires = scene.now.adding(days: 1)
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        try await scene.refresh()
    }
}
