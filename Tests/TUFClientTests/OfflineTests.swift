// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Offline: the state that the store holds")
struct OfflineTests {
    let role = RoleName("a")

    private func scene() async throws -> Scene {
        let scene = try await Scene.upToDate { repository in
            repository.delegate(SimulatedDelegation("a"))
            repository.add("file", "x", in: RoleName("a"))
            repository.publishAll()
        }
        _ = try await scene.find("file")
        scene.forget()
        return scene
    }

    private func offline(_ scene: Scene) -> Updater {
        Updater(store: scene.store, limits: scene.limits, now: scene.now)
    }

    /// ``Scene/expectRefusal(_:asking:saving:at:of:)`` without a request and without a change.
    private func expectRefusal(
        _ expected: UpdateError, _ scene: Scene, at location: SourceLocation = #_sourceLocation
    ) async {
        for updater in [offline(scene), scene.updater] {
            await scene.expectRefusal(expected, asking: [], at: location) {
                () async throws(UpdateError) in _ = try await updater.cached()
            }
        }
    }

    @Test("it is the state of the last refresh, without any request, and nothing is saved")
    func same() async throws {
        let scene = try await scene()
        for updater in [offline(scene), scene.updater] {
            let state = try await updater.cached()
            #expect(state.origin == .store)
            #expect(state.targets.bytes == scene.repository.bytes(of: .targets))
            let search = TargetSearch(state, updater)
            let path = try #require(TargetPath("file"))
            #expect(try await search.find(path)?.chain == [.targets, role])
            #expect(try await search.all().map(\.role) == [role])
        }
        #expect(scene.requests() == [])
        #expect(scene.store.events == [])
    }

    @Test(
        "what is not there is named, with its version where that is known",
        arguments: [RoleName.timestamp, .snapshot, .targets])
    func missing(_ missing: RoleName) async throws {
        let scene = try await scene()
        scene.store[missing] = nil
        let version = missing == .timestamp ? nil : scene.repository.version(of: missing)
        let refusal = UpdateError.notCached(role: missing, version: version)
        await expectRefusal(refusal, scene)
        #expect(
            "\(refusal)"
                == (version == nil
                    ? "timestamp.json: not in the cache"
                    : "\(missing).json: version 2 is not in the cache"))
    }

    @Test("without a root nothing can be said")
    func noRoot() async throws {
        let scene = try await scene()
        scene.store[.root] = nil
        await expectRefusal(.noTrustedRoot, scene)
    }

    @Test(
        "a file older than the one that the state needs is as good as none",
        arguments: [RoleName.snapshot, .targets], [true, false])
    func interrupted(_ old: RoleName, _ digests: Bool) async throws {
        var scene = try await scene()
        scene.repository.listsDigests = digests
        let kept = scene.store[old]
        scene.repository.publish(.targets)
        try await scene.refresh()
        scene.store[old] = kept
        await expectRefusal(.notCached(role: old, version: 3), scene)
    }

    @Test("a delegated role that is not there is named, and not asked for")
    func missingDelegated() async throws {
        let scene = try await scene()
        for kept in [nil, Array("garbage".utf8)] as [[UInt8]?] {
            scene.store[role] = kept
            let search = TargetSearch(try await scene.updater.cached(), scene.updater)
            let path = try #require(TargetPath("file"))
            let refusal =
                kept == nil
                ? UpdateError.notCached(role: role, version: 1)
                : .wrongLength(
                    file: "a.json", found: 7, expected: scene.repository.bytes(of: role).count)
            await scene.expectRefusal(refusal, asking: []) {
                () async throws(UpdateError) in _ = try await search.find(path)
            }
        }
    }

    /// TUF 1.0.34 §5.3.10, 5.4.4, 5.5.6, 5.6.5: offline too, every file must not be expired
    @Test(
        "what is expired is named, and since when",
        arguments: [RoleName.root, .timestamp, .snapshot, .targets])
    func expired(_ role: RoleName) async throws {
        var scene = Scene()
        let expires = scene.now.adding(days: 1)
        scene.repository.expires = scene.now.adding(days: 90)
        for other in [RoleName.root, .targets, .snapshot, .timestamp] {
            scene.repository.write(other) { document in
                if other == role { document.set("expires", .text(expires.description)) }
            }
        }
        try await scene.refresh()
        _ = try await scene.updater.cached()
        scene.now = expires.adding(seconds: -1)
        _ = try await scene.updater.cached()
        scene.now = expires
        await expectRefusal(.expired(role: role, since: expires), scene)
        // An audit asks about a moment, whatever time it is.
        _ = try await Updater(store: scene.store, now: .testTime).cached()
    }

    /// TUF 1.0.34 §5.4.2a, 5.5.3a, 5.6.3a: offline too, every file is signed as the root says
    @Test(
        "a store that somebody changed is refused",
        arguments: [RoleName.timestamp, .snapshot, .targets])
    func forged(_ role: RoleName) async throws {
        var scene = try await scene()
        scene.repository.listsDigests = false
        scene.repository.publish(.snapshot)
        try await scene.refresh()
        scene.repository.signers[role] = [TestKey("mallory")]
        let version = scene.repository.version(of: role)
        scene.repository.write(role) { $0.set("version", .integer(version)) }
        scene.store[role] = scene.repository.bytes(of: role)
        let refusal = try scene.unsigned(role, keys: [TestKey(role.text.string)])
        await expectRefusal(refusal, scene)
    }

    @Test("a root that does not sign itself is refused")
    func forgedRoot() async throws {
        let scene = try await scene()
        scene.store[.root] = Array("{}".utf8)
        await expectRefusal(.untrustedRoot(.malformed(.missing(path: "signed"))), scene)
    }

    @Test("an updater without a network knows no place to ask")
    func noNetwork() async throws {
        let scene = try await scene()
        await #expect(throws: UpdateError.noMirror) { try await offline(scene).refresh() }
    }
}
