// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning
package import RepositoryStorage
import Synchronization
package import TUFMetadata
import TUFRepository

/// A repository in a store that many publish to at the same time.
///
/// A folder of this process holds what was read of it. A change is made there as in any
/// repository; whenever it needs a file that the folder does not hold, the file is fetched and the
/// change is made again. Publishing creates new files under names that nobody has, and then
/// replaces `timestamp.json` if it is still the one that the change began with. If it is not,
/// another publisher was faster, and the change is made again on what that one published.
package final class RemoteRepository: RepositoryOrigin {
    package let store: any RepositoryStore
    /// Holds what was read.
    package let folder: String
    private let patience: PublishingPatience
    private let pin: RemotePin
    private let known: Mutex<Known>

    struct Known {
        /// The current timestamp, as it was read.
        var timestamp: StoredFile?
        var asked: Set<UTF8Text> = []
        var absent: Set<UTF8Text> = []
        var fetched: Set<UTF8Text> = []
        /// Versions by the role's part of the file name.
        var taken: [UTF8Text: Int] = [:]
        /// Whether a name was found taken since the timestamp was read.
        var isWaiting = false
        var isPublished = false
        /// Version of the timestamp that was published or found last.
        var version = 0
    }

    /// - Parameters:
    ///   - pin: what must be there.
    ///   - folder: empty, and this process's alone; the caller removes it.
    package init(
        _ store: any RepositoryStore, _ pin: RemotePin, folder: String,
        patience: PublishingPatience = PublishingPatience()
    ) {
        self.store = store
        self.folder = folder
        self.patience = patience
        self.pin = pin
        known = Mutex(Known(version: pin.timestamp))
    }

    /// What is to be kept of this repository after a change.
    package var currentPin: RemotePin {
        RemotePin(fingerprint: pin.fingerprint, timestamp: known.withLock { $0.version })
    }

    package func ask(for name: UTF8Text) {
        known.withLock { known in
            if !known.absent.contains(name) { known.asked.insert(name) }
        }
    }

    package func takenVersion(of role: RoleName) -> Int {
        known.withLock { $0.taken[UTF8Text(role.encoded)] ?? 0 }
    }

    // MARK: one change

    /// Makes a change, again and again until it is published or fails for a reason of its own.
    ///
    /// - Parameter body: reads and changes the repository by a ``Publisher`` of this origin.
    package func perform<Result>(
        _ body: () async throws(PublishingError) -> Result
    ) async throws(PublishingError) -> Result {
        guard store.guarantees.isConditional else {
            throw .store(
                place: store.place,
                words: "does not keep several publishers apart (conditional writes expected)",
                isUnreachable: false)
        }
        var attempts = PublishingAttempts(patience)
        try await begin()
        while true {
            do throws(PublishingError) {
                let result = try await body()
                if known.withLock({ $0.isPublished }) { return result }
                // What was not there may have been only elsewhere.
                guard try await supply() else { return result }
            } catch {
                switch error {
                case .overtaken:
                    guard attempts.goOn() else { throw error }
                    try await catchUp(&attempts)
                default:
                    guard try await supply() else { throw error }
                }
            }
        }
    }

    /// Fetches what was asked for.
    ///
    /// - Returns: `false` if there was nothing to fetch.
    private func supply() async throws(PublishingError) -> Bool {
        let names = known.withLock { known in
            defer { known.asked = [] }
            return known.asked.subtracting(known.fetched).sorted()
        }
        guard !names.isEmpty else { return false }
        let store = store
        let files = await inOrder(names, jobs: 8) { name in
            await RemoteRepository.read(name, of: store)
        }
        for (name, file) in zip(names, files) {
            if let file = try file.get() {
                try keep(file.bytes, name)
            } else {
                _ = known.withLock { $0.absent.insert(name) }
            }
        }
        return true
    }

    private static func read(
        _ name: UTF8Text, of store: any RepositoryStore
    ) async -> Result<StoredFile?, PublishingError> {
        do throws(RepositoryStoreError) {
            return .success(try await store.read(name, maximumBytes: maximumBytes))
        } catch {
            return .failure(PublishingError(error))
        }
    }

    /// The longest file that a change reads.
    private static let maximumBytes = 512 << 20

    private func keep(_ bytes: [UInt8], _ name: UTF8Text) throws(PublishingError) {
        let path = "\(folder)/\(name)"
        try storing { () throws(StorageError) in
            try FileSystem.makeDirectory(FileSystem.parent(of: path))
            try FileSystem.write(bytes, to: path)
        }
        _ = known.withLock { $0.fetched.insert(name) }
    }

    // MARK: the current state

    private static let timestamp: UTF8Text = "metadata/timestamp.json"

    /// Reads the roots and the timestamp.
    private func begin() async throws(PublishingError) {
        known.withLock { $0.isPublished = false }
        try await readRoots()
        _ = try await readTimestamp()
    }

    /// Roots have no other sign of a new one than its file.
    private func readRoots() async throws(PublishingError) {
        for version in 1...RemoteRepository.maximumRoots {
            let name = UTF8Text("metadata/\(RoleName.root.fileName(version: version))")
            if known.withLock({ $0.fetched.contains(name) }) { continue }
            guard let file = try await RemoteRepository.read(name, of: store).get() else {
                if version == 1 { throw .repository(.noRepository(path: store.place)) }
                return
            }
            if version == 1 { try expectPinned(file.bytes) }
            try keep(file.bytes, name)
            known.withLock { $0.absent = [] }
        }
        throw .store(
            place: store.place, words: "more than \(RemoteRepository.maximumRoots) roots found",
            isUnreachable: false)
    }

    private func expectPinned(_ root: [UInt8]) throws(PublishingError) {
        let found = DigestAlgorithm.sha256.hexDigest(of: root)
        guard found == pin.fingerprint else {
            throw .otherRepository(place: store.place, found: found, expected: pin.fingerprint)
        }
    }

    private static let maximumRoots = 1024

    /// - Returns: whether it is another one than before.
    private func readTimestamp() async throws(PublishingError) -> Bool {
        let name = RemoteRepository.timestamp
        guard let file = try await RemoteRepository.read(name, of: store).get() else {
            throw .repository(.missing(file: "timestamp.json"))
        }
        let old = known.withLock { $0.timestamp }
        guard file.tag != old?.tag else { return false }
        let version = try version(file.bytes)
        let last = known.withLock { $0.version }
        guard version >= last else {
            throw .store(
                place: store.place,
                words: "timestamp.json version \(version) found, \(last) or later expected",
                isUnreachable: false)
        }
        try keep(file.bytes, name)
        known.withLock { known in
            known.timestamp = file
            known.version = version
            known.absent = []
            known.isWaiting = false
        }
        return true
    }

    /// What it says of itself; its signatures are checked when it is used.
    private func version(_ bytes: [UInt8]) throws(PublishingError) -> Int {
        try repository { () throws(RepositoryError) in
            do throws(SigningError) {
                let signed = try SignedFile(bytes).signed
                do throws(JSONError) {
                    return try signed.object().required("version").integer()
                } catch {
                    throw .malformed(error)
                }
            } catch {
                throw .invalid(file: "timestamp.json", error)
            }
        }
    }

    /// Waits until the publisher that was faster is done, and takes its state over.
    ///
    /// One that took a name and does not come to an end, because it was killed for example, is
    /// passed over after a while: the name stays taken.
    private func catchUp(_ attempts: inout PublishingAttempts) async throws(PublishingError) {
        let begin = attempts.now
        repeat {
            await attempts.pause()
            if try await readTimestamp() {
                try await readRoots()
                return
            }
        } while known.withLock({ $0.isWaiting }) && attempts.now < begin + patience.forOthers
    }

    // MARK: publishing

    /// Publishes a change, if nobody published another one meanwhile.
    ///
    /// - Throws: `.overtaken`; then nothing refers to what was written.
    func publish(_ change: RepositoryTransaction) async throws(PublishingError) {
        let (isComplete, current) = known.withLock { ($0.asked.isEmpty, $0.timestamp) }
        // Something that the change rests on was not there, but elsewhere.
        guard isComplete else { throw .elsewhere }
        guard let timestamp = change.metadata["timestamp.json"], let current else { return }
        guard !change.metadata.keys.contains(where: { $0.hasSuffix(".root.json") }) else {
            throw .localOnly(place: store.place)
        }
        try await create(change.newTargets)
        try await create(change.metadata)
        let isReplaced: Bool
        do throws(RepositoryStoreError) {
            try await store.synchronize()
            isReplaced = try await store.replace(
                RemoteRepository.timestamp, with: timestamp, expecting: current.tag)
        } catch {
            throw PublishingError(error)
        }
        guard isReplaced else { throw .overtaken(place: store.place) }
        let version = try version(timestamp)
        known.withLock { known in
            known.isPublished = true
            known.version = version
        }
        // What reads on after the change reads the new state.
        for (name, bytes) in change.metadata { try keep(bytes, UTF8Text("metadata/\(name)")) }
    }

    /// Target files are named by their digests: one that is there already is the same.
    private func create(
        _ targets: [(name: UTF8Text, content: RepositoryTransaction.Content)]
    ) async throws(PublishingError) {
        let store = store
        let results = await inOrder(targets, jobs: 8) { target in
            await RemoteRepository.create(target.name, target.content, in: store)
        }
        for result in results { try result.get() }
    }

    private static func create(
        _ target: UTF8Text, _ content: RepositoryTransaction.Content,
        in store: any RepositoryStore
    ) async -> Result<Void, PublishingError> {
        let name = UTF8Text("targets/\(target)")
        let stored: StoreContent
        let length: Int
        switch content {
        case .bytes(let bytes): (stored, length) = (.bytes(bytes), bytes.count)
        case .link(let digest): (stored, length) = (.file(digest), digest.length)
        case .file(let path, let sha256):
            do throws(StorageError) {
                let digest = try FileDigest(of: path)
                guard digest.sha256 == sha256 else {
                    return .failure(
                        .storage(
                            StorageError(path: path, reason: "changed while it was being published")
                        ))
                }
                (stored, length) = (.file(digest), digest.length)
            } catch {
                return .failure(.storage(error))
            }
        }
        do throws(RepositoryStoreError) {
            if try await store.create(name, stored) { return .success(()) }
            // What a crashed publisher left may be cut off, where a store allows that.
            if try await store.find(name)?.length != length { try await store.put(name, stored) }
            return .success(())
        } catch {
            return .failure(PublishingError(error))
        }
    }

    /// The snapshot first: who has its name is the one that the others wait for.
    private func create(_ metadata: [String: [UInt8]]) async throws(PublishingError) {
        let names = metadata.keys.filter { $0 != "timestamp.json" }
        for name in names where name.hasSuffix(".snapshot.json") {
            try await take([(name, metadata[name] ?? [])])
        }
        try await take(
            names.filter { !$0.hasSuffix(".snapshot.json") }.sorted().map {
                ($0, metadata[$0] ?? [])
            })
    }

    private func take(_ files: [(name: String, bytes: [UInt8])]) async throws(PublishingError) {
        let store = store
        let results = await inOrder(files, jobs: 8) { file in
            do throws(RepositoryStoreError) {
                return Result<Bool, PublishingError>.success(
                    try await store.create(
                        UTF8Text("metadata/\(file.name)"), .bytes(file.bytes)))
            } catch {
                return .failure(PublishingError(error))
            }
        }
        var isTaken = false
        for (file, result) in zip(files, results) where try !result.get() {
            isTaken = true
            guard let (version, role) = RemoteRepository.role(file.name) else {
                throw .localOnly(place: store.place)
            }
            known.withLock { known in
                known.taken[role] = max(known.taken[role] ?? 0, version)
                known.isWaiting = true
            }
        }
        if isTaken { throw .overtaken(place: store.place) }
    }

    /// Version and role of `N.<role>.json`; `nil` without a version, as without consistent
    /// snapshots.
    private static func role(_ fileName: String) -> (version: Int, role: UTF8Text)? {
        let digits = fileName.utf8.prefix { (0x30...0x39).contains($0) }
        guard let version = Int(String(Substring(digits))),
            fileName.utf8.dropFirst(digits.count).first == UInt8(ascii: ".")
        else { return nil }
        let rest = fileName.utf8.dropFirst(digits.count + 1).dropLast(".json".utf8.count)
        return (version, UTF8Text(String(Substring(rest))))
    }
}
