// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// One attempt to mirror one state: what it is, what is there, and what to get.
struct SyncAttempt: Sendable {
    let source: MirrorSource
    let options: MirrorOptions
    let base: DestinationState
    let trusted: TrustedFiles
    let seen: RecordingStore
    let updater: Updater
    let state: RepositoryState
    let walk: RoleWalk
    let keeper: FileKeeper
    private let guess = PresenceGuess()

    /// - Parameter others: where target files are as well, asked by the same fetcher.
    init(
        source: MirrorSource, others: [String] = [], options: MirrorOptions, base: DestinationState,
        trusted: TrustedFiles, seen: RecordingStore, updater: Updater, state: RepositoryState,
        purpose: MirrorPurpose = .sync
    ) {
        self.source = source
        self.options = options
        self.base = base
        self.trusted = trusted
        self.seen = seen
        self.updater = updater
        self.state = state
        walk = RoleWalk(state, updater)
        let consistent = state.root.document.consistentSnapshot
        keeper = FileKeeper(
            store: base.store,
            download: TargetDownload(
                mirrors: [source.targetsURL] + others, of: state, fetcher: source.fetcher),
            isConsistent: consistent, purpose: purpose, notice: options.notice)
    }

    var isConsistent: Bool { keeper.isConsistent }

    /// The snapshot all of whose roles and wanted files are there.
    var mirrored: Snapshot? {
        !keeper.purpose.isCheck && base.isComplete && base.record?.selection == options.selection
            ? trusted.snapshot : nil
    }

    // MARK: roles

    /// A role that was verified, and its version that is mirrored completely.
    struct LoadedRole: Sendable {
        let role: RoleName
        let targets: Targets
        let mirrored: Targets?
    }

    /// A delegated role: the mirror's own file if it is the one that the snapshot lists, so that
    /// neither an interrupted synchronization nor one of a large repository asks for it again.
    func load(
        _ visit: RoleWalk.Visit, isMirrored: Bool, published: MetaFile?
    ) async throws(MirrorError) -> LoadedRole? {
        let name = metadataName(visit.role, visit.expected.version)
        var targets = try await make(visit, name, published)
        var isDamaged = false
        if targets == nil, isConsistent || isMirrored || keeper.purpose.isCheck,
            let own = try await own(name)
        {
            guess.learn(isAbsent: false)
            do throws(UpdateError) { targets = try await walk.verified(own, visit) } catch {
                if case .expired = error { throw .update(error) }
                isDamaged = true
            }
        }
        if targets == nil {
            if case .check(let problems, let heals) = keeper.purpose {
                problems.add(name, isDamaged ? .damaged : .missing)
                if !heals { return nil }
            }
            do throws(UpdateError) { targets = try await walk.fetched(visit) } catch {
                guard case .revoked = error else { throw .update(error) }
                options.notice(.ended(role: visit.role))
                return nil
            }
            if let targets {
                guess.learn(isAbsent: !isDamaged)
                try await keep(
                    targets.bytes, name, replacing: isDamaged,
                    isPublished: published?.version == visit.expected.version)
            }
        }
        guard let targets else { return nil }
        if isMirrored {
            return LoadedRole(
                role: visit.role, targets: targets.document, mirrored: targets.document)
        }
        return LoadedRole(
            role: visit.role, targets: targets.document,
            mirrored: try await mirroredVersion(visit.role, published))
    }

    /// Makes a role's file without asking whether it is there, where that is likely and safe.
    ///
    /// - Returns: `nil` if there is something by its name, or nothing was tried.
    private func make(
        _ visit: RoleWalk.Visit, _ name: UTF8Text, _ published: MetaFile?
    ) async throws(MirrorError) -> Verified<Targets>? {
        let guarantees = base.store.guarantees
        guard case .sync = keeper.purpose, isConsistent, guess.isAbsent, guarantees.isDurable,
            guarantees.isConditional, published?.version != visit.expected.version
        else { return nil }
        let targets: Verified<Targets>
        do throws(UpdateError) { targets = try await walk.fetched(visit) } catch {
            if case .revoked = error { return nil }
            throw .update(error)
        }
        let isNew = try await storing { () throws(RepositoryStoreError) in
            try await base.store.create(name, .bytes(targets.bytes))
        }
        guess.learn(isAbsent: isNew)
        return isNew ? targets : nil
    }

    /// Puts a verified metadata file in its place.
    ///
    /// - Parameter isPublished: whether the state that is served now refers to this name: then it
    ///   must not become another file.
    func keep(
        _ bytes: [UInt8], _ name: UTF8Text, replacing isDamaged: Bool = false, isPublished: Bool
    ) async throws(MirrorError) {
        switch keeper.purpose {
        case .count: return
        case .check(let problems, _):
            try await storing { () throws(RepositoryStoreError) in
                try await base.store.put(name, .bytes(bytes))
            }
            return problems.heal(name)
        case .sync: break
        }
        guard isConsistent else {
            let digest = DigestAlgorithm.sha256.hexDigest(of: bytes)
            return keeper.waiting.add(name, try await keeper.staged(bytes, digest))
        }
        let isNew = try await storing { () throws(RepositoryStoreError) in
            try await base.store.create(name, .bytes(bytes))
        }
        if isNew { return }
        let found = try await own(name)
        if found == bytes { return }
        // What the published state refers to is signed as well as this one is, or it is damaged.
        guard !options.isOrigin, !isPublished || isDamaged && !isListed(found, name) else {
            throw .twoFiles(file: name.string)
        }
        try await storing { () throws(RepositoryStoreError) in
            try await base.store.put(name, .bytes(bytes))
        }
        options.notice(.replaced(file: name.string))
    }

    /// Whether bytes are what the published snapshot lists under this name, where it can tell.
    private func isListed(_ bytes: [UInt8]?, _ name: UTF8Text) -> Bool {
        guard let bytes, let file = try? SignedFile(bytes), let old = trusted.snapshot,
            let targets = try? Targets(file.signed)
        else { return false }
        return old.files.contains { listed in
            listed.file.version == targets.version && !listed.file.hashes.isEmpty
                && listed.file.hashes.allSatisfy { $0.hexDigest(of: bytes) == $1 }
        }
    }

    func own(_ name: UTF8Text) async throws(MirrorError) -> [UInt8]? {
        try await storing { () throws(RepositoryStoreError) in
            do throws(RepositoryStoreError) {
                return try await base.store.read(
                    name, maximumBytes: options.limits.anyMetadataBytes)?.bytes
            } catch {
                if error.isOfContent { return nil }
                throw error
            }
        }
    }

    func metadataName(_ role: RoleName, _ version: Int) -> UTF8Text {
        UTF8Text("metadata/\(role.fileName(version: isConsistent ? version : nil))")
    }

    /// The published version of a role, for its list of files.
    func mirroredVersion(
        _ role: RoleName, _ published: MetaFile?
    ) async throws(MirrorError) -> Targets? {
        guard mirrored != nil, let published, isConsistent,
            let bytes = try await own(metadataName(role, published.version)),
            published.hashes.allSatisfy({ $0.hexDigest(of: bytes) == $1 }),
            let file = try? SignedFile(bytes), let targets = try? Targets(file.signed),
            targets.version == published.version
        else { return nil }
        return targets
    }
}
