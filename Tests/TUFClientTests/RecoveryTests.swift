// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.3.11: recovery from a fast-forward attack")
struct RecoveryTests {
    /// A client that took a timestamp of version 1000 from whoever stole its key.
    private func fastForwarded(_ role: RoleName) async throws -> Scene {
        try await Scene.upToDate { repository in
            repository.publish(.timestamp) { document in
                if role == .timestamp { document.set("version", 1000) }
            }
            if role == .snapshot {
                repository.publish(.snapshot) {
                    $0.put(1000, at: "meta", "targets.json", "version")
                }
                repository.write(.targets) { $0.set("version", 1000) }
                let bytes = repository.bytes(of: .targets)
                repository.server["1000.targets.json"] = bytes
                repository.publish(.snapshot) {
                    $0.put(1000, at: "meta", "targets.json", "version")
                }
            }
        }
    }

    /// TUF 1.0.34 §5.4.3.1a: without new keys no version goes down
    @Test("without new keys the client stays where it was led")
    func control() async throws {
        var scene = try await fastForwarded(.timestamp)
        scene.repository.publish(.timestamp)
        await scene.expectRefusal(
            .rollback(role: .timestamp, offered: 3, trusted: 1000),
            asking: ["2.root.json", "timestamp.json"])
    }

    /// TUF 1.0.34 §5.3.11: new timestamp keys: trusted timestamp and snapshot are deleted
    @Test("a new timestamp key makes it forget timestamp and snapshot, before it saves the root")
    func timestampKey() async throws {
        var scene = try await fastForwarded(.timestamp)
        scene.repository.keys[.timestamp] = [TestKey("new timestamp")]
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.refresh().timestamp.document.version == 3)
        #expect(
            scene.store.events == [
                .removed(.timestamp), .removed(.snapshot), .saved(.root), .saved(.timestamp),
                .saved(.snapshot),
            ])
    }

    /// TUF 1.0.34 §5.3.11: new snapshot keys: trusted timestamp and snapshot are deleted
    @Test("a new snapshot key lets the versions in the snapshot go down again")
    func snapshotKey() async throws {
        var scene = try await fastForwarded(.snapshot)
        scene.repository.publish(.targets)
        let version = scene.repository.version(of: .targets)
        await scene.expectRefusal(
            .rollback(role: .targets, offered: version, trusted: 1000),
            asking: [
                "2.root.json", "timestamp.json",
                "\(scene.repository.version(of: .snapshot)).snapshot.json",
            ], saving: [.timestamp])
        scene.repository.keys[.snapshot] = [TestKey("new snapshot")]
        scene.repository.publish(.root)
        scene.repository.publish(.snapshot)
        #expect(try await scene.refresh().targets.document.version == version)
    }

    /// TUF 1.0.34 §5.3.11: rotations in any root on the way count
    @Test("keys that come and go on the way count too")
    func backAgain() async throws {
        var scene = try await fastForwarded(.timestamp)
        let keys = scene.repository.keys[.timestamp]
        scene.repository.keys[.timestamp] = [TestKey("new timestamp")]
        scene.repository.publish(.root)
        scene.repository.keys[.timestamp] = keys
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.refresh().timestamp.document.version == 3)
    }

    /// A client of a repository whose timestamp role has these keys, any one of which will do;
    /// its timestamp of version 1000 was signed by `signers`.
    private func twoKeys(signers: [TestKey]) async throws -> Scene {
        var scene = try await Scene.upToDate { repository in
            repository.keys[.timestamp] = [TestKey("a"), TestKey("b")]
            repository.signers[.timestamp] = signers
            repository.publish(.root)
            repository.publish(.timestamp) { $0.set("version", 1000) }
        }
        scene.repository.signers[.timestamp] = nil
        return scene
    }

    /// TUF 1.0.34 §5.3.11: what too few keys signed, as the new root counts, is no base any more
    @Test("a higher threshold of the same keys makes a stolen key's timestamp no base any more")
    func raisedThreshold() async throws {
        var scene = try await twoKeys(signers: [TestKey("a")])
        scene.repository.thresholds[.timestamp] = 2
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.refresh().timestamp.document.version == 3)
    }

    /// TUF 1.0.34 §5.3.11: another threshold of the same keys is no rotation and deletes nothing
    @Test("another threshold of the same keys opens no way back", arguments: [1, 2])
    func otherThreshold(_ threshold: Int) async throws {
        var scene = try await twoKeys(signers: [TestKey("a"), TestKey("b")])
        scene.repository.thresholds[.timestamp] = 3 - threshold
        scene.repository.publish(.root)
        scene.repository.thresholds[.timestamp] = threshold
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        await scene.expectRefusal(
            .rollback(role: .timestamp, offered: 3, trusted: 1000),
            asking: ["3.root.json", "4.root.json", "5.root.json", "timestamp.json"],
            saving: [.root, .root])
    }

    /// TUF 1.0.34 §5.3.11: new keys of root or targets delete nothing
    @Test("new keys of root or targets leave both files", arguments: [RoleName.root, .targets])
    func otherKeys(_ role: RoleName) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.keys[role] = [TestKey("new")]
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        try await scene.refresh()
        #expect(!scene.store.events.contains(.removed(.timestamp)))
        #expect(!scene.store.events.contains(.removed(.snapshot)))
    }

    /// TUF 1.0.34 §5a: an error leaves no state from which the client cannot recover
    @Test("a full disk after that leaves a client that tries the same again")
    func interrupted() async throws {
        var scene = try await fastForwarded(.timestamp)
        scene.repository.keys[.timestamp] = [TestKey("new timestamp")]
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        scene.store.refuseSaves(of: .root)
        for _ in 0..<2 {
            await #expect(throws: UpdateError.store(MemoryStore.diskFull(.root))) {
                try await scene.refresh()
            }
            #expect(scene.store[.timestamp] == nil && scene.store[.snapshot] == nil)
        }
    }
}
