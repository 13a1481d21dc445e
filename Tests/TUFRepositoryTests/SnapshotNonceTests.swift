// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Snapshot nonce: two states that were made apart are never the same file")
struct SnapshotNonceTests {
    private let ring = try? TestRing("root", "online", "alice", "bob")

    /// A release of one file, the content of which the snapshot does not tell.
    private func release(
        _ digit: String, _ nonce: SnapshotNonce, on files: TestFiles? = nil
    ) throws -> [String: [UInt8]] {
        var edit = RepositoryEdit(try PublishedState(reading: files ?? repository()), now: now)
        let entry = MetadataBuilder.targetFile(
            length: 5, sha256: String(repeating: digit, count: 64), custom: nil)
        try edit.set(entry, at: path("demo/1"), in: .releases)
        return try edit.sign(with: try #require(ring), nonce: nonce)
    }

    private func signed(_ bytes: [UInt8]?) throws -> JSON {
        try SignedFile(try #require(bytes)).signed.tree()
    }

    @Test("different releases from one state, within one second, differ in every new file")
    func apart() throws {
        let one = try release("1", SnapshotNonce(0, 1))
        let other = try release("2", SnapshotNonce(0, 2))
        #expect(one.keys.sorted() == ["2.releases.json", "2.snapshot.json", "timestamp.json"])
        for (name, bytes) in one {
            #expect(other[name] != bytes, "\(name)")
            #expect(other[name]?.count == bytes.count, "\(name)")
        }
    }

    @Test("what else is signed is the same: the nonce is all that a snapshot has of its own")
    func deterministic() throws {
        let nonce = SnapshotNonce(3, 4)
        #expect(try release("1", nonce) == release("1", nonce))
        // Without it, this is the attack: roles that differ below snapshots that do not.
        let (one, other) = (try release("1", nonce), try release("2", nonce))
        #expect(one["2.releases.json"] != other["2.releases.json"])
        #expect(one["2.snapshot.json"] == other["2.snapshot.json"])
        #expect(one["timestamp.json"] == other["timestamp.json"])
    }

    @Test("each snapshot has one, from the first on, and a new one each time it is signed")
    func eachTime() throws {
        var files = try repository()
        let first = try signed(files.files["1.snapshot.json"])
        #expect(first["x-carnet-nonce"]?.text == "00000000000000000000000000000001")
        for number in 2...4 {
            let nonce = SnapshotNonce(.max, UInt64(number))
            files.files.merge(try release("\(number)", nonce, on: files)) { $1 }
            let snapshot = try signed(files.files["\(number).snapshot.json"])
            #expect(
                snapshot["x-carnet-nonce"]?.text
                    == UTF8Text("ffffffffffffffff000000000000000\(number)"))
            #expect(snapshot.members?.filter { $0.key == "x-carnet-nonce" }.count == 1)
        }
    }

    @Test("unknown members of a snapshot that others made stay beside it")
    func takenOver() throws {
        var files = try repository()
        var foreign = try signed(files.files["1.snapshot.json"])
        foreign.set("x-carnet-nonce", nil)
        foreign.set("x-of-others", ["kept": [1, "é"]])
        let online = try key("online")
        let bytes = try SignedFile.bytes(
            signing: foreign, with: [(online.publicKey.keyID, online)])
        var timestamp = try signed(files.files["timestamp.json"])
        timestamp.set("meta", ["snapshot.json": ["version": 1]])
        files.files["1.snapshot.json"] = bytes
        files.files["timestamp.json"] = try SignedFile.bytes(
            signing: timestamp, with: [(online.publicKey.keyID, online)])
        let made = try release("1", SnapshotNonce(1, 1), on: files)
        let snapshot = try signed(made["2.snapshot.json"])
        #expect(
            snapshot["x-of-others"]?.canonicalBytes()
                == foreign["x-of-others"]?.canonicalBytes())
        #expect(snapshot["x-carnet-nonce"]?.text?.string.utf8.count == 32)
    }

    @Test("random ones differ, and have 32 digits")
    func random() {
        let drawn = (0..<100).map { _ in SnapshotNonce.random().text.string }
        #expect(Set(drawn).count == 100)
        for text in drawn {
            #expect(text.utf8.count == 32)
            #expect(text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        }
    }
}
