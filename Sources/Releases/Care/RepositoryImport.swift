// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import RepositoryStorage
public import TUFClient
import TUFMetadata
import TUFRepository

/// Takes over a repository that another tool made: its roots, its metadata byte for byte, and its
/// target files, so that clients go on as if nothing had happened.
public struct RepositoryImport: Sendable {
    let source: ImportSource
    let directory: RepositoryDirectory
    let now: Instant
    let limits: ClientLimits

    public init(
        _ source: ImportSource, into directory: RepositoryDirectory, now: Instant,
        limits: ClientLimits = ClientLimits()
    ) {
        self.source = source
        self.directory = directory
        self.now = now
        var limits = limits
        // A client looks for one file, an import for all.
        limits.rolesPerList = max(limits.rolesPerList, 1 << 17)
        self.limits = limits
    }

    /// What a client verified, and what it keeps.
    private struct Verified {
        let state: RepositoryState
        let found: [FoundTarget]
        let store: ImportStore
        /// Every digest of each file that was found, in the order of its entry.
        let digests: [TargetPath: [String]]
        /// Entries that no client can find where they stand.
        let unreachable: [ImportReport.Entry]

        var root: Root { state.root.document }
    }

    /// Takes the repository over, or leaves nothing.
    ///
    /// 1. Read it as a client does from its first root on, every role and every file; only that
    ///    something has expired does not matter, as it can be signed anew.
    /// 2. Copy the files, checking length and digests. 3. Read the result as later changes will.
    /// 4. Write, `timestamp.json` last.
    public func run() async throws(ImportError) -> ImportReport {
        try expectFree()
        let verified = try await read()
        var made = try importing { () throws(StorageError) in
            try FileSystem.makeDirectory(directory.path)
        }
        do throws(ImportError) {
            var transaction = try importing { () throws(StorageError) in
                try RepositoryTransaction(directory)
            }
            try expectFree()
            ImportFiles.sweep(directory)
            defer { ImportFiles.sweep(directory) }
            let names = try await copy(verified, &transaction)
            try addMetadata(of: verified, &transaction)
            let report = try report(verified, names, transaction)
            try importing { () throws(StorageError) in
                for folder in ["targets", "layouts", "signing"] {
                    made += try FileSystem.makeDirectory("\(directory.path)/\(folder)")
                }
                try transaction.commit()
            }
            return report
        } catch {
            if !directory.isRepository {
                try? FileSystem.remove("\(directory.path)/.carnet.lock")
            }
            FileSystem.removeEmpty(made)
            throw error
        }
    }

    private func expectFree() throws(ImportError) {
        if FileSystem.exists(directory.metadataPath("timestamp.json")) {
            throw .occupied(path: directory.path)
        }
        for folder in ["metadata", "targets", "signing"].map({ "\(directory.path)/\($0)" }) {
            let names = try importing { () throws(StorageError) in
                try FileSystem.names(in: folder)
            }
            guard names.isEmpty else { throw .notEmpty(folder: folder) }
        }
    }

    // MARK: 1 reading

    private func read() async throws(ImportError) -> Verified {
        let first = try await source.firstRoot(limits)
        let store = ImportStore(root: first)
        // Long ago, when nothing had expired.
        let updater = Updater(
            metadataURL: source.metadataURL, fetcher: source.fetcher, store: store,
            limits: limits, now: Instant(seconds: Int.min / 2))
        let state: RepositoryState
        let found: [FoundTarget]
        do throws(UpdateError) {
            state = try await updater.refresh()
            found = try await TargetSearch(state, updater).all()
        } catch {
            throw .source(error)
        }
        let version = state.root.document.version
        if let newest = source.roots.last, newest > version {
            throw .gap(file: RoleName.root.fileName(version: version + 1), newest: newest)
        }
        let (digests, unreachable) = try entries(found, store, state)
        return Verified(
            state: state, found: found, store: store, digests: digests, unreachable: unreachable)
    }

    /// What the roles say of their files, beyond what a client needs.
    private func entries(
        _ found: [FoundTarget], _ store: ImportStore, _ state: RepositoryState
    ) throws(ImportError) -> (digests: [TargetPath: [String]], unreachable: [ImportReport.Entry]) {
        var chosen: [TargetPath: RoleName] = [:]
        for target in found { chosen[target.file.path] = target.role }
        var digests: [TargetPath: [String]] = [:]
        var unreachable: [ImportReport.Entry] = []
        for (role, bytes) in store.roles.sorted(by: { $0.key < $1.key })
        where role == .targets || !role.isTopLevel {
            guard state.snapshot.document[role] != nil else { throw .rotations(role) }
            let targets: Targets
            do throws(SigningError) {
                let signed = try SignedFile(bytes).signed
                do throws(JSONError) { targets = try Targets(signed) } catch {
                    throw .malformed(error)
                }
            } catch {
                throw .repository(.invalid(file: role.shownFile, error))
            }
            for path in targets.files.paths {
                guard chosen[path] == role else {
                    unreachable.append(ImportReport.Entry(role: role, path: path))
                    continue
                }
                let hashes = targets.files.entry(path)?["hashes"]?.members ?? []
                digests[path] = hashes.compactMap { $0.value.text?.string }.filter(isHexadecimal)
            }
        }
        return (digests, unreachable)
    }

    // MARK: 2 copying

    /// - Returns: number of names that the files have.
    private func copy(
        _ verified: Verified, _ transaction: inout RepositoryTransaction
    ) async throws(ImportError) -> Int {
        guard !verified.found.isEmpty else { return 0 }
        _ = try importing { () throws(StorageError) in
            try FileSystem.makeDirectory(ImportFiles.folder(in: directory), mode: 0o700)
        }
        let files = ImportFiles(
            source, consistent: verified.root.consistentSnapshot, directory)
        // Of many files, the transaction makes all durable at once.
        let isBatch = verified.found.count >= 1000
        var count = 0
        for (number, target) in verified.found.enumerated() {
            let taken = try await files.take(
                target, digests: verified.digests[target.file.path] ?? [], number: number,
                durably: !isBatch)
            for name in taken.names { transaction.add(.link(taken.digest), named: name) }
            count += taken.names.count
        }
        return count
    }

    private func addMetadata(
        of verified: Verified, _ transaction: inout RepositoryTransaction
    ) throws(ImportError) {
        let last = verified.root.version
        let roots = verified.store.roots
        for (index, bytes) in roots.enumerated() {
            let version = last - roots.count + 1 + index
            transaction.add(metadata: bytes, as: RoleName.root.fileName(version: version))
        }
        let state = verified.state
        for (role, bytes) in verified.store.roles {
            if role == .timestamp {
                transaction.add(metadata: bytes, as: role.fileName())
                continue
            }
            let version =
                role == .snapshot
                ? state.snapshot.document.version : state.snapshot.document[role]?.version
            guard let version else { throw .rotations(role) }
            transaction.add(metadata: bytes, as: role.fileName(version: version))
            // Clients ask so until a root turns consistent snapshots on, and as above from then
            // on.
            if !verified.root.consistentSnapshot {
                transaction.add(metadata: bytes, as: role.fileName())
            }
        }
    }

    // MARK: 3 reading the result

    private func report(
        _ verified: Verified, _ names: Int, _ transaction: RepositoryTransaction
    ) throws(ImportError) -> ImportReport {
        do throws(RepositoryError) {
            let state = try PublishedState(reading: StagedRepository(transaction))
            var report = try ImportReport(state, in: directory.path, now: now)
            report.fingerprint = DigestAlgorithm.sha256.hexDigest(of: verified.store.roots[0])
            report.files = verified.found.count
            report.bytes = verified.found.reduce(0) { $0 + $1.file.length }
            report.names = names
            report.unreachable = verified.unreachable
            return report
        } catch {
            throw .repository(error)
        }
    }
}

/// Whether a digest may be part of a file name.
private func isHexadecimal(_ text: String) -> Bool {
    text.utf8.count >= 32
        && text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
}
