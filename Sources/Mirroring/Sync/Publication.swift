// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// Makes a state whose files are there the one that clients see.
struct Publication: Sendable {
    private let attempt: SyncAttempt
    private let isLocked: Bool
    private var store: any RepositoryStore { attempt.base.store }
    private var state: RepositoryState { attempt.state }

    init(_ attempt: SyncAttempt, isLocked: Bool) {
        self.attempt = attempt
        self.isLocked = isLocked
    }

    /// When new roots get their place.
    private enum RootOrder {
        /// What is served now holds under the new root, too.
        case before
        /// What is new holds under the old root, too.
        case after
        /// Neither: as close to each other as can be.
        case together
    }

    /// - Returns: `nil` if somebody else has replaced the timestamp meanwhile.
    func run() async throws(MirrorError) -> SyncOutcome.Kind? {
        try await placeMetadata()
        let order = rootOrder
        if order == .before { try await placeRoots() }
        try await synchronize()
        if order == .together {
            attempt.options.notice(.onlineKeysReplaced)
            try await placeRoots()
            try await synchronize()
        }
        let isNew = attempt.base.file?.bytes != state.timestamp.bytes
        if isNew, try await !replaceTimestamp() { return nil }
        if order == .after {
            try await placeRoots()
            try await synchronize()
        }
        try await MirrorRecord(
            state, firstRoot: attempt.base.firstRoot, selection: attempt.options.selection
        ).write(store, isLocked: isLocked)
        return isNew || !roots.isEmpty ? .published : .unchanged
    }

    // MARK: what the timestamp refers to

    private func placeMetadata() async throws(MirrorError) {
        for (name, bytes) in attempt.seen.rotations {
            try await attempt.keep(bytes, UTF8Text("metadata/\(name)"), isPublished: false)
        }
        for (role, bytes, version) in [
            (RoleName.targets, state.targets.bytes, state.targets.document.version),
            (.snapshot, state.snapshot.bytes, state.snapshot.document.version),
        ] {
            let name = attempt.metadataName(role, version)
            if try await attempt.own(name) == bytes { continue }
            let published =
                role == .targets
                ? attempt.trusted.snapshot?[.targets]?.version : attempt.trusted.snapshot?.version
            let isKept = attempt.trusted.files[role] != nil && published == version
            try await attempt.keep(bytes, name, isPublished: isKept)
        }
        for (name, content) in attempt.keeper.waiting.take() {
            try await storing { () throws(RepositoryStoreError) in
                try await store.put(name, content)
            }
        }
    }

    private func synchronize() async throws(MirrorError) {
        try await storing { () throws(RepositoryStoreError) in try await store.synchronize() }
    }

    // MARK: roots

    /// The roots to be published, in order.
    private var roots: [[UInt8]] { attempt.base.roots + attempt.seen.roots }

    private var rootOrder: RootOrder {
        guard let old = attempt.trusted.files[.timestamp], !attempt.seen.roots.isEmpty else {
            return .before
        }
        let served: [(RoleName, [UInt8]?)] = [
            (RoleName.timestamp, old), (.snapshot, attempt.trusted.files[.snapshot]),
            (.targets, attempt.trusted.files[.targets]),
        ]
        if served.allSatisfy({ isSigned($0.1, $0.0, state.root.document) }) { return .before }
        let offered: [(RoleName, [UInt8]?)] = [
            (RoleName.timestamp, state.timestamp.bytes), (.snapshot, state.snapshot.bytes),
            (.targets, state.targets.bytes),
        ]
        let before = attempt.base.root.root.document
        return offered.allSatisfy { isSigned($0.1, $0.0, before) } ? .after : .together
    }

    private func isSigned(_ bytes: [UInt8]?, _ role: RoleName, _ root: Root) -> Bool {
        guard let bytes, let file = try? SignedFile(bytes) else { return false }
        return file.count(by: root.authority(of: role)).isMet
    }

    private func placeRoots() async throws(MirrorError) {
        for bytes in roots {
            guard let root = try? Root(SignedFile(bytes).signed) else { continue }
            let file = RoleName.root.fileName(version: root.version)
            let name = UTF8Text("metadata/\(file)")
            let isNew = try await storing { () throws(RepositoryStoreError) in
                try await store.create(name, .bytes(bytes))
            }
            // Others may publish the same one; no root ever becomes another.
            if !isNew, try await attempt.own(name) != bytes { throw .twoFiles(file: file) }
        }
    }

    // MARK: the timestamp

    private func replaceTimestamp() async throws(MirrorError) -> Bool {
        let bytes = state.timestamp.bytes
        // Whoever holds the lock of a folder has it already.
        guard isLocked else { return try await attempt.base.replace(with: bytes) }
        try await storing { () throws(RepositoryStoreError) in
            try await store.put("metadata/timestamp.json", .bytes(bytes))
            try await store.synchronize()
        }
        return true
    }
}
