// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository

/// What somebody with all the keys of the repository can do, or a mirror with none.
extension World {
    /// Publishes changed roles, each signed by its own keys, with new snapshot and timestamp.
    func attack(
        _ changes: [RoleName: (inout JSON) -> Void], files: [TargetPath: String] = [:]
    ) throws {
        var transaction = try RepositoryTransaction(directory)
        let state = try PublishedState(reading: StagedRepository(directory))
        let root = state.root.document
        var snapshot = state.snapshot.document.value.tree()
        var meta = snapshot["meta"]!
        for (role, change) in changes {
            var document: JSON
            var authority = root.authority(of: .targets)
            if role == .targets {
                document = state.targets.document.value.tree()
            } else {
                let delegated = try state.delegated(role)
                document = delegated.targets.document.value.tree()
                authority = delegated.delegation.authority
            }
            change(&document)
            let version = raise(&document)
            meta.set(role.metaName, ["version": .integer(version)])
            transaction.add(
                metadata: try sign(document, role, authority), as: role.fileName(version: version))
        }
        snapshot.set("meta", meta)
        let version = raise(&snapshot)
        let bytes = try sign(snapshot, .snapshot, root.authority(of: .snapshot))
        transaction.add(metadata: bytes, as: RoleName.snapshot.fileName(version: version))
        var timestamp = state.timestamp.document.value.tree()
        timestamp.set("meta", ["snapshot.json": ["version": .integer(version)]])
        _ = raise(&timestamp)
        transaction.add(
            metadata: try sign(timestamp, .timestamp, root.authority(of: .timestamp)),
            as: "timestamp.json")
        for (path, content) in files {
            transaction.add(.bytes(Array(content.utf8)), at: path, hash: sha256(content))
        }
        try transaction.commit()
    }

    private func raise(_ document: inout JSON) -> Int {
        let version = (document["version"]?.integer ?? 0) + 1
        document.set("version", .integer(version))
        return version
    }

    private func sign(
        _ document: JSON, _ role: RoleName, _ authority: Authority
    ) throws -> [UInt8] {
        try RoleSigning.sign(document, as: role, authority, with: TestRing.all())
    }

    /// The evidence that the released wheel names.
    func evidence() throws -> [String] {
        let state = try PublishedState(reading: StagedRepository(directory))
        let file = try state.delegated(RepositoryPlan.releases).targets.document.files[wheelPath]
        return file?.custom?["in-toto"]?.elements?.compactMap { $0.text?.string } ?? []
    }

    /// Lists a file in `releases`, as an online key alone can do.
    func list(
        _ content: String, at path: TargetPath, evidence: [String]?
    ) throws {
        try attack(
            [
                RepositoryPlan.releases: { document in
                    document.list(content, at: path, custom: evidence.map(World.custom))
                }
            ], files: [path: content])
    }

    static func custom(_ evidence: [String]) -> JSON {
        ["in-toto": .array(evidence.map(JSON.text))]
    }

    // MARK: judging

    /// What a client with no other state than the first root sees.
    func search(
        _ fetcher: (any Fetcher)? = nil, at moment: Instant = now
    ) async throws -> (TargetSearch, TargetDownload) {
        let fetcher = fetcher ?? StagedRepository(directory)
        let root = try directory.metadata("1.root.json")!
        let updater = Updater(
            metadataURL: StagedRepository.metadataURL, fetcher: fetcher,
            store: MemoryTrustedStore(root: root), now: moment)
        return (
            TargetSearch(try await updater.refresh(), updater),
            TargetDownload(
                targetsURL: StagedRepository.targetsURL, fetcher: fetcher, consistent: true)
        )
    }

    /// Why the verifier refuses a file; `nil` if it does not.
    func failure(
        _ path: TargetPath = wheelPath, _ fetcher: (any Fetcher)? = nil, at moment: Instant = now,
        limits: ReleaseVerifier.Limits = .init()
    ) async throws -> ReleaseVerifier.Failure? {
        let (search, download) = try await search(fetcher, at: moment)
        let found = try await search.find(path)!
        do throws(ReleaseVerifier.Failure) {
            _ = try await ReleaseVerifier(search, download, limits: limits).verify(found)
            return nil
        } catch {
            return error
        }
    }
}

extension JSON {
    /// Lists a target file.
    mutating func list(_ content: String, at path: TargetPath, custom: JSON? = nil) {
        var targets = self["targets"]!
        targets.set(
            path.text,
            MetadataBuilder.targetFile(
                length: content.utf8.count, sha256: sha256(content), custom: custom))
        set("targets", targets)
    }

    /// Changes the custom of a listed file.
    mutating func custom(of path: TargetPath, _ change: (inout JSON) -> Void) {
        var targets = self["targets"]!
        var entry = targets[path.text]!
        var custom = entry["custom"] ?? [:]
        change(&custom)
        entry.set("custom", custom)
        targets.set(path.text, entry)
        set("targets", targets)
    }

    /// Changes an object inside this one.
    mutating func change(_ name: UTF8Text, _ change: (inout JSON) -> Void) {
        var inner = self[name] ?? [:]
        change(&inner)
        set(name, inner)
    }
}

/// Code, kind and exit code of a refusal.
struct RefusalKind: Equatable {
    let code: String
    let kind: Refusal.Kind
    let exitCode: Int32

    init(_ code: String, _ kind: Refusal.Kind, _ exitCode: Int32) {
        (self.code, self.kind, self.exitCode) = (code, kind, exitCode)
    }

    init(_ failure: ReleaseVerifier.Failure?) {
        let refusal = failure.map { Refusal($0.error, names: $0.names) }
        self.init(refusal?.code ?? "none", refusal?.kind ?? .unreachable, refusal?.exitCode ?? 0)
    }
}
