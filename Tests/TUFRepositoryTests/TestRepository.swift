// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository

let now = Instant("2026-11-22T12:00:00Z")!

func key(_ name: String) throws -> PrivateKey {
    try PrivateKey(ed25519Seed: DigestAlgorithm.sha256.digest(of: Array(name.utf8)))
}

extension RoleName {
    static let releases = RoleName("releases")
    static let nobody = RoleName("nobody")
}

func path(_ text: String) -> TargetPath { TargetPath(UTF8Text(text))! }

/// Private keys by name, the same in each run.
struct TestRing: KeyRing {
    var keys: [PrivateKey]

    init() { keys = [] }

    init(_ names: String...) throws { keys = try names.map(key) }

    func signer(for key: PublicKey) -> (any Signer)? {
        keys.first { $0.publicKey.material == key.material }
    }
}

extension RepositoryEdit {
    /// Signs with the nonce of all tests that are not about it.
    func sign(with ring: any KeyRing) throws(RepositoryError) -> [String: [UInt8]] {
        try sign(with: ring, nonce: SnapshotNonce(1, 2))
    }

    func signed(with ring: any KeyRing) throws(RepositoryError) -> SignedChange {
        try signed(with: ring, nonce: SnapshotNonce(1, 2))
    }
}

/// Metadata files in memory.
struct TestFiles: MetadataReader {
    var files: [String: [UInt8]]

    func read(metadata fileName: String) -> [UInt8]? { files[fileName] }

    /// Changes the first occurrence of a text in a file.
    func replacing(_ old: String, with new: String, in name: String) -> TestFiles {
        let text = String(decoding: files[name] ?? [], as: UTF8.self)
        let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        precondition(parts.count == 2, "\(name) has no \(old)")
        var changed = self
        changed.files[name] = Array((parts[0] + new + parts[1]).utf8)
        return changed
    }
}

func keys(_ names: String..., threshold: Int = 1) throws -> MetadataBuilder.Keys {
    MetadataBuilder.Keys(try names.map { ($0, try key($0).publicKey) }, threshold: threshold)
}

/// A repository with a role `releases` that alice and bob sign together.
func genesis(releaseDays: Int = 30) throws -> RepositoryGenesis {
    let online = try keys("online")
    let root = try keys("root")
    let together = try keys("alice", "bob", threshold: 2)
    var top = MetadataBuilder.targets(days: 365, now: now)
    top.set(
        "delegations",
        MetadataBuilder.delegations([
            .init(
                role: .releases, keys: together, patterns: ["demo/*", "demo/?/*.whl"],
                isTerminating: true)
        ]))
    var delegated = MetadataBuilder.targets(days: releaseDays, now: now)
    delegated.set("x-unknown", ["kept": 1])
    return RepositoryGenesis(
        root: MetadataBuilder.root(
            [(.root, root), (.targets, root), (.snapshot, online), (.timestamp, online)],
            days: 365, now: now),
        rootAuthority: root.authority,
        targets: [(.targets, top, root.authority), (.releases, delegated, together.authority)],
        snapshot: (
            MetadataBuilder.snapshot(
                [.targets, .releases], days: 7, now: now, nonce: SnapshotNonce(0, 1)),
            online.authority
        ), timestamp: (MetadataBuilder.timestamp(days: 1, now: now), online.authority))
}

func repository(releaseDays: Int = 30) throws -> TestFiles {
    TestFiles(
        files: try genesis(releaseDays: releaseDays).sign(
            with: TestRing("root", "online", "alice", "bob")))
}
