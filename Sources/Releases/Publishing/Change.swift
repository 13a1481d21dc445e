// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Inspecting
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata
public import TUFRepository

/// Whether a change of files may wait for signatures of others.
public enum Waits: Sendable {
    case never
    /// Only if a key at hand signed each role that waits: whoever has none of its keys probably
    /// looked for them in the wrong place.
    case ifSigned
    case always
}

/// How a change of a repository ended.
public enum ChangeOutcome: Sendable {
    /// Clients get it from now on.
    case published([SignedRole])
    /// It waits in `signing/`.
    case waiting(SignedChange)
}

extension Publisher {
    /// Asks whether a change is what was meant, before anything is signed.
    public typealias Confirmation =
        @Sendable (
            RepositoryEdit, Foresight
        ) throws(PublishingError) -> Bool

    /// Changes root or targets roles: publishes it if the keys at hand suffice, and otherwise
    /// makes it a change that waits for signatures. A change that waits already is changed
    /// further, and signatures that it has do not count for what changed.
    ///
    /// - Throws: ``PublishingError``; the repository is then as it was.
    public func change(
        confirming: Confirmation = { _, _ in true },
        _ body: (inout RepositoryEdit) throws(RepositoryError) -> Void
    ) async throws(PublishingError) -> ChangeOutcome {
        let transaction = try begin()
        let state = try state()
        let event = try event(state)
        var edit = try resumed(event, state)
        try repository { () throws(RepositoryError) in try body(&edit) }
        try await confirm(edit, transaction, confirming)
        return try await conclude(edit, event, transaction)
    }

    /// Signs the change that waits, with the keys at hand, and publishes it once it is complete.
    public func sign(
        confirming: Confirmation = { _, _ in true }
    ) async throws(PublishingError) -> ChangeOutcome {
        let transaction = try begin()
        let state = try state()
        guard let event = try event(state) else { throw .nothingWaits }
        let edit = try resumed(event, state)
        try await confirm(edit, transaction, confirming)
        return try await conclude(edit, event, transaction)
    }

    /// Signs and publishes an edit, or puts it into `signing/`.
    private func conclude(
        _ edit: RepositoryEdit, _ event: SigningEvent?, _ staged: RepositoryTransaction
    ) async throws(PublishingError) -> ChangeOutcome {
        var transaction = staged
        let change = try signed(edit)
        let files = (event?.files ?? []) + transaction.targetDigests
        guard change.isComplete else {
            try await propose(change, files, event, transaction)
            return .waiting(change)
        }
        let metadata = try repository { () throws(RepositoryError) in try change.files() }
        transaction.add(metadata: metadata)
        let (search, download) = try await preflight(transaction)
        try await judge(event, search, download)
        try await commit(transaction)
        try clear(event)
        return .published(change.roles + (change.online ?? []))
    }

    /// Signs a change with what is at hand.
    private func signed(
        _ edit: RepositoryEdit, with ring: (any KeyRing)? = nil
    ) throws(PublishingError) -> SignedChange {
        try repository { () throws(RepositoryError) in
            try edit.signed(with: ring ?? self.ring, nonce: nonce())
        }
    }

    func confirm(
        _ edit: RepositoryEdit, _ transaction: RepositoryTransaction, _ confirming: Confirmation
    ) async throws(PublishingError) {
        let foresight = try await foresee(edit, transaction)
        guard try confirming(edit, foresight) else { throw .declined }
    }

    /// Stages a change of files: of the published state if the keys at hand suffice for that,
    /// and otherwise of the change that waits.
    ///
    /// - Parameter stage: lists the files in the edit, and adds them to the transaction.
    /// - Returns: what to publish; or `nil`, and the change waits for signatures.
    func stage(
        _ transaction: inout RepositoryTransaction, _ state: PublishedState,
        _ waits: Waits,
        _ stage: (
            inout RepositoryEdit, inout RepositoryTransaction
        ) throws(PublishingError) -> Void
    ) async throws(PublishingError) -> SignedChange {
        let event = try event(state)
        var edit = RepositoryEdit(state, now: now)
        let before = transaction
        try stage(&edit, &transaction)
        let change = try signed(edit)
        if change.isComplete {
            if let role = edit.changed.first(where: { event?.documents[$0] != nil }) {
                throw .waiting(role)
            }
            let files = try repository { () throws(RepositoryError) in try change.files() }
            transaction.add(metadata: files)
            return change
        }
        let hasSigned = change.waiting.allSatisfy { !$0.signatures.isEmpty }
        guard waits == .always || waits == .ifSigned && hasSigned else {
            _ = try repository { () throws(RepositoryError) in try change.files() }
            return change
        }
        transaction = before
        var resumed = try resumed(event, state)
        try stage(&resumed, &transaction)
        let waiting = try signed(resumed)
        try await propose(
            waiting, (event?.files ?? []) + transaction.targetDigests, event, transaction)
        return waiting
    }

    // MARK: what waits

    /// Writes a change that waits for signatures, its target files first.
    private func propose(
        _ change: SignedChange, _ files: [(path: UTF8Text, sha256: String)],
        _ event: SigningEvent?, _ transaction: RepositoryTransaction
    ) async throws(PublishingError) {
        if let remote { throw .localOnly(place: remote.store.place) }
        var new = SigningEvent(change.own, files: files)
        for entry in event?.entries ?? [] { new.keep(entry) }
        // Nothing refers to the files yet; clients cannot see them.
        try await commit(transaction)
        let encoded = new.encoded
        try storing { () throws(StorageError) in
            try SigningFolder(directory).write(encoded)
        }
    }

    /// The change that waits for signatures; `nil` if none does. What is left of one that was
    /// published, because the process was killed right then, is removed.
    func event(_ state: PublishedState) throws(PublishingError) -> SigningEvent? {
        guard let event = try readEvent() else { return nil }
        let isPublished = try repository { () throws(RepositoryError) in
            try RepositoryEdit.isPublished(event, in: state)
        }
        guard isPublished else { return event }
        try clear(event)
        return nil
    }

    private func readEvent() throws(PublishingError) -> SigningEvent? {
        let folder = SigningFolder(directory)
        var files: [(name: String, bytes: [UInt8])] = []
        let change = try storing { () throws(StorageError) in
            let change = try folder.read(SigningEvent.changeFile)
            for name in try folder.names(in: "signatures") {
                if let bytes = try folder.read(name) { files.append((name, bytes)) }
            }
            return change
        }
        guard let change else { return nil }
        return try repository { () throws(RepositoryError) in
            var event = try SigningEvent(change, file: "signing/\(SigningEvent.changeFile)")
            for (name, bytes) in files {
                try event.add(signature: bytes, file: "signing/\(name)")
            }
            return event
        }
    }

    private func resumed(
        _ event: SigningEvent?, _ state: PublishedState
    ) throws(PublishingError) -> RepositoryEdit {
        guard let event else { return RepositoryEdit(state, now: now) }
        return try repository { () throws(RepositoryError) in
            try RepositoryEdit(resuming: event, on: state, now: now)
        }
    }

    private func clear(_ event: SigningEvent?) throws(PublishingError) {
        guard event != nil else { return }
        try storing { () throws(StorageError) in
            let folder = SigningFolder(directory)
            try folder.remove([SigningEvent.changeFile] + folder.names(in: "signatures"))
        }
    }

    /// Refuses an event whose target files a consumer would refuse.
    private func judge(
        _ event: SigningEvent?, _ search: TargetSearch, _ download: TargetDownload
    ) async throws(PublishingError) {
        let verifier = ReleaseVerifier(search, download)
        for file in event?.files ?? [] {
            let path = try target(UTF8Text.withoutDigest(file.path).string)
            do throws(ReleaseVerifier.Failure) {
                if path.directory == LayoutTarget.folder, path.fileName.hasSuffix(".layout") {
                    _ = try await verifier.layout(at: path)
                }
                if path.directory.utf8.starts(with: "in-toto".utf8) { continue }
                let found: FoundTarget?
                do throws(UpdateError) { found = try await search.find(path) } catch {
                    throw ReleaseVerifier.Failure(.update(error))
                }
                // What was listed and then replaced within one change is not offered.
                guard let found, found.file.digest.hex == file.sha256 else { continue }
                // An inspection looks into it, and at its digest first.
                let product = directory.targetPath(path, hash: file.sha256)
                _ = try await verifier.verify(found, product: .path(product))
            } catch {
                throw .refused(error.error)
            }
        }
    }
}

extension UTF8Text {
    /// A path below `targets/` without the digest before its last segment.
    fileprivate static func withoutDigest(_ path: UTF8Text) -> UTF8Text {
        let segments = path.string.utf8.split(separator: UInt8(ascii: "/"))
        guard let name = segments.last,
            let dot = name.firstIndex(of: UInt8(ascii: "."))
        else { return path }
        let rest = segments.dropLast().map { String(Substring($0)) }
        let bare = String(Substring(name[name.index(after: dot)...]))
        return UTF8Text((rest + [bare]).joined(separator: "/"))
    }
}

// MARK: what a person asks

extension Publisher {
    /// What waits for signatures, and whose.
    public struct Waiting: Sendable {
        public let event: SigningEvent
        /// Its roles, with the signatures that count.
        public let change: SignedChange
        /// The change, to be compared with what is published.
        public let edit: RepositoryEdit
        /// Signatures over an earlier form: who made them must sign again.
        public var outdated: [SigningEvent.Entry] {
            event.entries.filter { event.documents[$0.role] != nil && !event.isCurrent($0) }
        }
    }

    /// The change that waits for signatures; `nil` if none does. Nothing is signed.
    public func waiting() throws(PublishingError) -> Waiting? {
        guard directory.isRepository else {
            throw .repository(.noRepository(path: directory.path))
        }
        let state = try state()
        guard let event = try readEvent() else { return nil }
        let isPublished = try repository { () throws(RepositoryError) in
            try RepositoryEdit.isPublished(event, in: state)
        }
        if isPublished { return nil }
        let edit = try resumed(event, state)
        let change = try signed(edit, with: NoKeys())
        return Waiting(event: event, change: change, edit: edit)
    }

    /// Gives up the change that waits; its target files go, too.
    public func abandon() throws(PublishingError) {
        let transaction = try begin()
        defer { withExtendedLifetime(transaction) {} }
        guard let event = try readEvent() else { throw .nothingWaits }
        try clear(event)
    }

    /// The change that waits, with its signatures, as one file to be sent.
    public func exported() throws(PublishingError) -> [UInt8] {
        guard let event = try readEvent() else { throw .nothingWaits }
        return event.exported
    }

    /// Takes over the signatures that somebody sent, or the whole change if none waits here.
    ///
    /// - Returns: number of signatures that were new.
    public func merge(_ bytes: [UInt8], from file: String) throws(PublishingError) -> Int {
        let transaction = try begin()
        defer { withExtendedLifetime(transaction) {} }
        let state = try state()
        let other = try repository { () throws(RepositoryError) in
            try SigningEvent(bytes, file: file)
        }
        var merged = other
        var added = other.entries.count
        if var own = try event(state) {
            added = try repository { () throws(RepositoryError) in
                try own.merge(other, from: file)
            }
            merged = own
        }
        _ = try resumed(merged, state)
        let encoded = merged.encoded
        try storing { () throws(StorageError) in
            try SigningFolder(directory).write(encoded)
        }
        return added
    }
}

/// No key is at hand.
private struct NoKeys: KeyRing {
    func signer(for key: PublicKey) -> (any Signer)? { nil }
}
