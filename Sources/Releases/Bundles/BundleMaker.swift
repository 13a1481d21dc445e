// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
public import TUFMetadata

/// Makes a bundle: what somebody needs who has the root of a repository and no network.
///
/// It holds exactly what a consumer who begins with the root alone asked for on the way to the
/// verdict, and nothing is written unless that verdict was VERIFIED.
public struct BundleMaker: Sendable {
    /// What came of it.
    public struct Outcome: Sendable {
        /// One for each file that was looked at, by path; after a refusal no more are.
        public let verdicts: [Verdict]
        /// `nil` if a file was refused: then nothing is written.
        public let bundle: Made?

        init(verdicts: [Verdict], bundle: Made?) {
            self.verdicts = verdicts
            self.bundle = bundle
        }

        /// There is no state to make one from.
        public init(refused verdicts: [Verdict]) { self.init(verdicts: verdicts, bundle: nil) }
    }

    public struct Made: Sendable {
        public let manifest: BundleManifest
        public let size: Int
        public let sha256: String
    }

    private let session: ConsumerSession
    private let limits: BundleManifest.Limits

    /// - Parameter session: the state to make it from, as ``Consumer/session()`` gives it.
    public init(
        _ session: ConsumerSession, limits: BundleManifest.Limits = BundleManifest.Limits()
    ) {
        self.session = session
        self.limits = limits
    }

    /// 1. Fetch what leads from the first root to this state. 2. Verify each file as `get` does,
    /// beginning with the root alone, and keep what came. 3. Write.
    ///
    /// - Parameter destination: where the bundle appears, whole or not at all.
    /// - Throws: `UpdateError` for the metadata, `StorageError`, ``BundleError/tooMuch``.
    public func make(_ paths: Set<TargetPath>, to destination: String) async throws -> Outcome {
        try FileSystem.expectReplaceable(destination)
        var metadata = try await topLevel()
        let spool = try BundleSpool(
            session.consumer.fetcher, session.consumer.repository.mirrors, for: destination)
        defer { spool.discard() }
        let store = MemoryTrustedStore(root: session.search.state.root.bytes)
        let fresh = beginning(with: store, spool)
        var verdicts: [Verdict] = []
        for path in paths.sorted() {
            let verdict = try await judge(path, fresh, destination)
            verdicts.append(verdict)
            if let failure = spool.failure { throw failure }
            guard verdict.isVerified else { return Outcome(verdicts: verdicts, bundle: nil) }
            spool.settle()
        }
        try addRoles(of: store, to: &metadata)
        let made = try BundleWriter(limits).write(
            metadata, spool, files: paths, repository: label,
            timestamp: session.search.state.timestamp.document.version, to: destination)
        return Outcome(verdicts: verdicts, bundle: made)
    }

    /// What the publisher calls the repository; the user's name for it where that is not said.
    private var label: String {
        let root = session.search.state.root.document.value
        let name = try? root.object()["x-carnet-name"]?.text().string
        return name ?? session.name
    }

    // MARK: 1 what leads to the state

    private func topLevel() async throws -> [UTF8Text: [UInt8]] {
        let state = session.search.state
        let root = state.root.document
        var files: [UTF8Text: [UInt8]] = [:]
        func add(_ name: String, _ bytes: [UInt8]) { files[UTF8Text("metadata/\(name)")] = bytes }
        func version(_ version: Int) -> Int? { root.consistentSnapshot ? version : nil }
        add(RoleName.timestamp.fileName(), state.timestamp.bytes)
        let snapshot = state.snapshot
        add(
            RoleName.snapshot.fileName(version: version(snapshot.document.version)),
            snapshot.bytes)
        add(
            RoleName.targets.fileName(version: version(state.targets.document.version)),
            state.targets.bytes)
        for (version, bytes) in try await roots() {
            add(RoleName.root.fileName(version: version), bytes)
        }
        try await addRotations(ofTargets: &files)
        return files
    }

    /// The roots from the first one that is still to be had up to the newest, each signed as the
    /// one before demands.
    private func roots() async throws -> [(version: Int, bytes: [UInt8])] {
        let newest = session.search.state.root
        var roots = [(version: newest.document.version, bytes: newest.bytes)]
        var next = try RootState(trusting: newest.bytes)
        while next.root.document.version > 1 {
            let version = next.root.document.version - 1
            let name = RoleName.root.fileName(version: version)
            guard
                let bytes = try await fetched(name, session.consumer.options.limits.rootBytes)
            else { break }
            let earlier = try RootState(trusting: bytes)
            guard earlier.root.document.version == version else {
                throw UpdateError.wrongVersion(
                    file: name, found: earlier.root.document.version, expected: version)
            }
            _ = try earlier.next(next.root.bytes)
            roots.append((version, bytes))
            next = earlier
        }
        return roots
    }

    /// The rotations of the keys of top-level targets, which a consumer follows (TAP 8).
    private func addRotations(ofTargets files: inout [UTF8Text: [UInt8]]) async throws {
        let state = session.search.state
        let limits = session.consumer.options.limits
        var authority = state.root.document.authority(of: .targets)
        let entries = try Rotations(state.snapshot.document)
            .entries(of: .targets, maximum: limits.rotationsPerRole)
        for entry in entries {
            guard let bytes = try await fetched(entry.file, limits.rotationBytes) else {
                throw UpdateError.missing(file: entry.file)
            }
            guard case .keys(let next) = try entry.rotation(bytes, authority, by: .root) else {
                throw UpdateError.revoked(role: .targets)
            }
            authority = next
            files[UTF8Text("metadata/\(entry.file)")] = bytes
        }
    }

    /// A metadata file from the first mirror that has it; `nil` if none has.
    private func fetched(_ name: String, _ maximum: Int) async throws -> [UInt8]? {
        var failure: UpdateError?
        for mirror in session.consumer.repository.mirrors {
            do throws(FetchError) {
                return try await session.consumer.fetcher.fetch(
                    mirror.metadataURL + name, maximumBytes: maximum)
            } catch {
                if error.reason != .notFound { failure = failure ?? .fetch(file: name, error) }
            }
        }
        if let failure { throw failure }
        return nil
    }

    // MARK: 2 the files

    /// The same state for somebody who has the root and nothing else, so that all that is needed
    /// passes by.
    private func beginning(with store: MemoryTrustedStore, _ spool: BundleSpool) -> ConsumerSession
    {
        let consumer = session.consumer
        var repository = consumer.repository
        repository.memory = store
        let updater = Updater(
            mirrors: repository.mirrors.map(\.metadataURL), fetcher: spool, store: store,
            limits: consumer.options.limits, now: consumer.now
        ) { [options = consumer.options] notice in options.notice(.mirror(notice)) }
        return ConsumerSession(
            Consumer(repository, spool, options: consumer.options, now: consumer.now),
            TargetSearch(session.search.state, updater))
    }

    private func judge(
        _ path: TargetPath, _ fresh: ConsumerSession, _ destination: String
    ) async throws(StorageError) -> Verdict {
        let slot = try DownloadSlot(destination, tell: session.consumer.options.progress)
        defer { slot.discard() }
        return try await fresh.judge(path, into: slot, isResumable: false)
    }

    /// The delegated roles that were verified, and the rotations of their keys.
    private func addRoles(
        of store: MemoryTrustedStore, to files: inout [UTF8Text: [UInt8]]
    ) throws {
        let state = session.search.state
        let rotations = Rotations(state.snapshot.document)
        let isConsistent = state.root.document.consistentSnapshot
        let saved = store.files
        for (role, bytes) in saved where !role.isTopLevel {
            // A rotation is saved under a name that no snapshot lists as a role's.
            guard let listed = state.snapshot.document[role] else { continue }
            let name = role.fileName(version: isConsistent ? listed.version : nil)
            files[UTF8Text("metadata/\(name)")] = bytes
            for entry in try rotations.entries(of: role, maximum: Int.max) {
                files[UTF8Text("metadata/\(entry.file)")] = saved[entry.storeName]
            }
        }
    }
}
