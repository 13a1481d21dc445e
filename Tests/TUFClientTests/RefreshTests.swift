// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5: a refresh")
struct RefreshTests {
    /// TUF 1.0.34 §5.1: all of a refresh is judged by the moment at which it began
    /// TUF 1.0.34 §5.3.8, 5.4.5, 5.5.7, 5.6.6: each role is kept under its name, byte for byte
    /// TUF 1.0.34 §5.3.3b, 5.4.1b, 5.5.1b, 5.6.1b, 6.2: all but the timestamp by version
    @Test("the first refresh asks for each file once and keeps the bytes as received")
    func first() async throws {
        let scene = Scene()
        let state = try await scene.refresh()
        #expect(
            scene.requests() == [
                "2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json",
            ])
        #expect(
            scene.store.events == [.saved(.timestamp), .saved(.snapshot), .saved(.targets)])
        for role in [RoleName.root, .timestamp, .snapshot, .targets] {
            #expect(scene.store[role] == scene.repository.bytes(of: role))
        }
        #expect(state.targets.bytes == scene.repository.bytes(of: .targets))
        #expect(state.now == scene.now)
    }

    /// TUF 1.0.34 §5.4.3.1b: a timestamp of the same version ends it silently
    /// attack: sigstore #1091: a refresh always asks for root and timestamp, unexpired or not
    @Test("with nothing new it asks for the next root and the timestamp, and saves nothing")
    func nothingNew() async throws {
        let scene = try await Scene.upToDate()
        try await scene.refresh()
        #expect(scene.requests() == ["2.root.json", "timestamp.json"])
        #expect(scene.store.events.isEmpty)
    }

    /// TUF 1.0.34 §5b: root, timestamp, snapshot, targets, in this order
    @Test("all that is new is taken, root first")
    func allNew() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        let state = try await scene.refresh()
        #expect(
            scene.requests() == [
                "2.root.json", "3.root.json", "timestamp.json", "2.snapshot.json",
                "2.targets.json",
            ])
        #expect(
            scene.store.events == [
                .saved(.root), .saved(.timestamp), .saved(.snapshot), .saved(.targets),
            ])
        #expect(state.root.document.version == 2)
        #expect(state.targets.document.version == 2)
    }

    /// TUF 1.0.34 §5.3.12, 5.5.1b, 5.6.1b, 6.2: plain names but for roots
    @Test("without consistent snapshots only roots are asked for by version")
    func notConsistent() async throws {
        var scene = Scene()
        scene.repository.consistentSnapshot = false
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        try await scene.refresh()
        #expect(
            scene.requests() == [
                "2.root.json", "3.root.json", "timestamp.json", "snapshot.json", "targets.json",
            ])
    }

    /// TUF 1.0.34 §4.4b: length and hashes in snapshot and timestamp are optional
    @Test("a repository that gives versions alone will do")
    func versionsAlone() async throws {
        var scene = Scene()
        scene.repository.listsDigests = false
        scene.repository.publish(.targets)
        #expect(try await scene.refresh().targets.document.version == 2)
    }

    /// protocol: slash
    @Test("the address may end with a slash or not")
    func address() async throws {
        let scene = Scene()
        let updater = Updater(
            metadataURL: String(SimulatedServer.url.dropLast()), fetcher: scene.repository,
            store: scene.store, now: scene.now)
        #expect(updater.metadataURL == SimulatedServer.url)
        _ = try await updater.refresh()
    }

    /// TUF 1.0.34 §4.2.1b: signatures cover the canonical form, not the bytes as received
    @Test("an indented file is verified by its canonical form and kept as it came")
    func indented() async throws {
        var scene = Scene()
        scene.repository.publish(.targets, bytes: { Array("\n \t".utf8) + $0 + Array("\n".utf8) })
        try await scene.refresh()
        #expect(scene.store[.targets]?.first == UInt8(ascii: "\n"))
        #expect(scene.store[.targets] == scene.repository.bytes(of: .targets))
    }

    /// TUF 1.0.34 §4a: unrecognised members are kept, and covered by the signature
    @Test("members nobody knows, at any level, are covered by the signature and do no harm")
    func unknownMembers() async throws {
        var scene = Scene()
        scene.repository.publish(
            .targets, signed: { $0.put([1, "é", [:]], at: "x-unknown", "inner") },
            file: { $0.set("x-unsigned", true) })
        let state = try await scene.refresh()
        #expect(state.targets.document.value.tree()["x-unknown"]?["inner"] == [1, "é", [:]])
    }

    /// TUF 1.0.34 §5a: an error leaves no state from which the client cannot recover
    @Test("a full disk ends it; what was saved before stays, and the next refresh goes on")
    func fullDisk() async throws {
        let scene = Scene()
        scene.store.refuseSaves(of: .snapshot)
        await scene.expectRefusal(
            .store(MemoryStore.diskFull(.snapshot)),
            asking: ["2.root.json", "timestamp.json", "1.snapshot.json"], saving: [.timestamp])
        await scene.expectRefusal(
            .store(MemoryStore.diskFull(.snapshot)),
            asking: ["2.root.json", "timestamp.json", "1.snapshot.json"])
    }

    /// TUF 1.0.34 §4.3a: any 1.x of the specification is accepted
    @Test(
        "the versions 1.x and 1.x.y of the specification are accepted",
        arguments: ["1.0", "1.0.0", "1.0.34", "1.31", "1.2.3"])
    func specVersion(_ version: String) async throws {
        var scene = Scene()
        scene.repository.publish(.targets) { $0.set("spec_version", .text(version)) }
        try await scene.refresh()
    }

    /// TUF 1.0.34 §5.3.3a, 5.4.1a, 5.5.1a, 5.6.1a: the bounds of each file are the client's own
    @Test("a limit may be lowered for each file", arguments: RefreshTests.limits)
    func customLimit(_ file: String, _ lower: @Sendable (inout ClientLimits) -> Void) async {
        var scene = Scene()
        scene.repository.listsDigests = false
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        lower(&scene.limits)
        let asked = ["2.root.json", "3.root.json", "timestamp.json", "2.snapshot.json", file]
        let refusal = scene.fault(.tooLarge(maximumBytes: 99), file)
        #expect(await scene.refusal() == refusal)
        #expect(scene.requests() == Array(asked[...(asked.firstIndex(of: file) ?? 0)]))
    }

    @Test("depth and number of values are bounded in each file, as the client says")
    func customJSONLimit() async {
        var scene = Scene()
        scene.repository.publish(.root)
        // A root has five levels, the timestamp six here.
        scene.repository.publish(.timestamp) { $0.set("x", ["a": ["b": ["c": ["d": "e"]]]]) }
        scene.limits.json.maximumDepth = 5
        guard case .malformed("timestamp.json", .tooDeep(maximum: 5, _)) = await scene.refusal()
        else {
            Issue.record("not refused for its depth")
            return
        }
        #expect(scene.requests().last == "timestamp.json")
        scene.limits.json = JSONLimits(maximumValues: 10)
        guard case .untrustedRoot(.malformed(.tooManyValues(maximum: 10))) = await scene.refusal()
        else {
            Issue.record("not refused for its number of values")
            return
        }
        #expect(scene.requests().isEmpty)
    }

    private static let limits: [(String, @Sendable (inout ClientLimits) -> Void)] = [
        ("2.root.json", { $0.rootBytes = 99 }), ("timestamp.json", { $0.timestampBytes = 99 }),
        ("2.snapshot.json", { $0.snapshotBytes = 99 }),
        ("2.targets.json", { $0.targetsBytes = 99 }),
    ]

    /// TUF 1.0.34 §5.3.5, 5.3.11: a client that was away goes on where it was, root by root
    @Test("sigstore #1091: keys changed while its timestamp was unexpired are noticed at once")
    func recoveryNoticed() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.keys[.timestamp] = [TestKey("new timestamp")]
        scene.repository.keys[.snapshot] = [TestKey("new snapshot")]
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        let state = try await scene.refresh()
        #expect(state.timestamp.signers == [TestKey("new timestamp").id])
        #expect(state.snapshot.signers == [TestKey("new snapshot").id])
    }
}
