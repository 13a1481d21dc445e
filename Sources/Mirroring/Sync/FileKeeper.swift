// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// Puts target files into a mirror, each verified before it gets its name.
struct FileKeeper: Sendable {
    let store: any RepositoryStore
    let download: TargetDownload
    /// Whether names carry digests, so that a file is never another one later.
    let isConsistent: Bool
    let purpose: MirrorPurpose
    let notice: @Sendable (MirrorNotice) -> Void
    /// Files of a repository without consistent snapshots: put in place only with the new state.
    let waiting = WaitingFiles()
    private let guess = PresenceGuess()

    /// Files up to this length are in memory while they are received.
    private static let smallBytes = 1 << 18

    enum Presence { case absent, wrong, present }

    /// Sees to it that the mirror has the file.
    ///
    /// - Returns: bytes received; `nil` if the file was there.
    func keep(_ file: TargetFile) async throws(MirrorError) -> Int? {
        if let length = try await make(file) { return length }
        var missing: [(name: UTF8Text, isWrong: Bool)] = []
        for name in names(of: file) {
            let presence = try await presence(of: file, name)
            guard presence != .present else { continue }
            missing.append((name, presence == .wrong))
            if case .check(let problems, _) = purpose {
                problems.add(name, presence == .wrong ? .damaged : .missing)
            }
        }
        guess.learn(isAbsent: !missing.isEmpty)
        guard let last = missing.popLast() else { return nil }
        switch purpose {
        case .count: return file.length
        case .check(_, let heals) where !heals: return nil
        default: break
        }
        let content = try await received(file)
        for (name, isWrong) in missing {
            try await place(try await copy(content, for: file), name, isWrong)
        }
        try await place(content, last.name, last.isWrong)
        return file.length
    }

    /// Makes a small file without asking whether it is there, where that is likely and safe.
    ///
    /// - Returns: bytes received; `nil` if there is something by its name, or nothing was tried.
    private func make(_ file: TargetFile) async throws(MirrorError) -> Int? {
        guard case .sync = purpose, isConsistent, store.guarantees.isDurable,
            store.guarantees.isConditional, file.length <= FileKeeper.smallBytes, guess.isAbsent
        else { return nil }
        let names = names(of: file)
        guard names.count == 1 else { return nil }
        let content = try await received(file)
        let isNew = try await storing { () throws(RepositoryStoreError) in
            try await store.create(names[0], content)
        }
        guess.learn(isAbsent: isNew)
        return isNew ? file.length : nil
    }

    /// The names under which clients may ask for the file: by each digest that is listed.
    func names(of file: TargetFile) -> [UTF8Text] {
        guard isConsistent else { return [UTF8Text("targets/\(file.path.string)")] }
        return file.hashes.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { UTF8Text("targets/\(file.path.path(withHash: $0.value))") }
    }

    // MARK: what is there

    /// Whether the mirror has the file. What a crash may have damaged is read.
    func presence(of file: TargetFile, _ name: UTF8Text) async throws(MirrorError) -> Presence {
        let entry = try await storing { () throws(RepositoryStoreError) in
            try await store.find(name)
        }
        guard let entry else { return .absent }
        guard entry.length == file.length else { return .wrong }
        if store.guarantees.isDurable && isConsistent && !purpose.isCheck { return .present }
        return try await read(file, name) ? .present : .wrong
    }

    /// Whether the mirror's file has the length and all digests that are listed.
    func read(_ file: TargetFile, _ name: UTF8Text) async throws(MirrorError) -> Bool {
        let digests = DigestSink(file.hashes.keys.sorted { $0.rawValue < $1.rawValue })
        do throws(RepositoryStoreError) {
            let isThere = try await store.stream(
                name, from: 0, maximumBytes: file.length, into: digests)
            guard isThere else { return false }
        } catch {
            if error.isOfContent { return false }
            throw .store(error)
        }
        let (count, found) = digests.finish()
        return count == file.length && found == file.hashes
    }

    // MARK: what is not

    /// The file from the source, whole and verified.
    func received(_ file: TargetFile) async throws(MirrorError) -> StoreContent {
        if file.length <= FileKeeper.smallBytes {
            let bytes = try await updating { () throws(UpdateError) in
                try await download.bytes(of: file, maximumBytes: FileKeeper.smallBytes)
            }
            return isConsistent ? .bytes(bytes) : try await staged(bytes, file.digest.hex)
        }
        let path = try await stagingPath(file.digest.hex)
        let sink = try local { () throws(StorageError) in try DownloadedFile(path) }
        do throws(UpdateError) {
            let kept = sink.keptBytes(file.digest.hex, length: file.length)
            try await download.download(file, into: sink, resuming: kept)
        } catch {
            if let failure = sink.failure { throw .store(store.local(failure)) }
            switch error {
            // What came so far is the beginning of the file, as far as anybody knows.
            case .fetch: sink.keepPartial()
            default: sink.discard()
            }
            throw .update(error)
        }
        try local { () throws(StorageError) in try sink.publish() }
        return .received(path, length: file.length, sha256: file.hashes[.sha256] ?? "")
    }

    /// A name that no other process uses; what is kept of a broken transfer is found all the same,
    /// for that goes by the beginning of the name.
    private func stagingPath(_ digest: String) async throws(MirrorError) -> String {
        let folder = try await storing { () throws(RepositoryStoreError) in
            try await store.stagingFolder()
        }
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        return "\(folder)/\(digest).\(random)"
    }

    func staged(_ bytes: [UInt8], _ digest: String) async throws(MirrorError) -> StoreContent {
        let path = try await stagingPath(digest)
        try local { () throws(StorageError) in
            let file = try TemporaryFile(replacing: path)
            try file.write(bytes)
            try file.publish(durably: false)
        }
        let sha256 = DigestAlgorithm.sha256.hexDigest(of: bytes)
        return .received(path, length: bytes.count, sha256: sha256)
    }

    private func copy(
        _ content: StoreContent, for file: TargetFile
    ) async throws(MirrorError) -> StoreContent {
        guard case .received(let path, let length, let sha256) = content else { return content }
        let other = try await stagingPath(file.digest.hex)
        try local { () throws(StorageError) in
            guard link(path, other) == 0 else { throw .system(other) }
        }
        return .received(other, length: length, sha256: sha256)
    }

    private func place(
        _ content: StoreContent, _ name: UTF8Text, _ isWrong: Bool
    ) async throws(MirrorError) {
        guard isConsistent || purpose.isCheck else { return waiting.add(name, content) }
        try await storing { () throws(RepositoryStoreError) in
            if isWrong {
                try await store.put(name, content)
            } else {
                // If it is taken by now, another synchronization was faster with the same file.
                _ = try await store.create(name, content)
            }
        }
        if case .check(let problems, _) = purpose { return problems.heal(name) }
        if isWrong { notice(.replaced(file: name.string)) }
    }

    private func local<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(MirrorError) -> Result {
        do throws(StorageError) { return try body() } catch { throw .store(store.local(error)) }
    }
}

extension RepositoryStore {
    func local(_ error: StorageError) -> RepositoryStoreError {
        RepositoryStoreError(error.path, .local(error.reason))
    }
}
