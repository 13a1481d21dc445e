// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import Synchronization
import TUFClient

/// A store that keeps its files in memory, gives each change a new tag, and does as it is told to
/// go wrong.
final class StoreInMemory: RepositoryStore {
    /// What becomes of one request.
    enum Fault: Sendable {
        /// It does not reach the store.
        case lost
        /// It takes effect, and its answer is lost.
        case unanswered
        /// It takes effect, and so does what another publisher does right after.
        case overtaken(@Sendable (StoreInMemory) async throws -> Void)
    }

    enum Request: Hashable, Sendable {
        case read(UTF8Text)
        case create(UTF8Text)
        case replace(UTF8Text)
    }

    struct State {
        var files: [UTF8Text: StoredFile] = [:]
        var counter = 0
        var requests: [Request] = []
        var faults: [Request: Fault] = [:]
        var reads = 0
    }

    let place = "memory:"
    let guarantees: StoreGuarantees
    private let state = Mutex(State())

    init(isConditional: Bool = true) {
        guarantees = StoreGuarantees(isConditional: isConditional)
    }

    /// All files of a folder that is a repository.
    convenience init(_ folder: String, isConditional: Bool = true) throws {
        self.init(isConditional: isConditional)
        for name in try FileSystem.files(below: folder) {
            guard name.hasPrefix("metadata/") || name.hasPrefix("targets/") else { continue }
            set(UTF8Text(name), try FileSystem.read("\(folder)/\(name)") ?? [])
        }
    }

    // MARK: what tests see and do

    var files: [UTF8Text: [UInt8]] { state.withLock { $0.files.mapValues(\.bytes) } }

    /// Takes the requests since the last call.
    func takeRequests() -> [Request] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    /// What becomes of the next request of this kind.
    func fail(_ request: Request, _ fault: Fault) {
        state.withLock { $0.faults[request] = fault }
    }

    func set(_ name: UTF8Text, _ bytes: [UInt8]) {
        state.withLock { state in
            state.counter += 1
            state.files[name] = StoredFile(
                bytes: bytes, tag: StoreTag(Array("\(state.counter)".utf8)))
        }
    }

    // MARK: the protocol

    func read(
        _ name: UTF8Text, maximumBytes: Int
    ) async throws(RepositoryStoreError) -> StoredFile? {
        await Task.yield()
        let file = state.withLock { state in
            state.requests.append(.read(name))
            return state.files[name]
        }
        if let file, file.bytes.count > maximumBytes {
            throw RepositoryStoreError(place, .tooLarge(maximumBytes: maximumBytes))
        }
        return file
    }

    func find(_ name: UTF8Text) async throws(RepositoryStoreError) -> StoredEntry? {
        state.withLock { state in
            state.files[name].map { StoredEntry(length: $0.bytes.count, tag: $0.tag) }
        }
    }

    func stream(
        _ name: UTF8Text, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(RepositoryStoreError) -> Bool {
        guard let file = try await read(name, maximumBytes: maximumBytes) else { return false }
        let isTaken = file.bytes[offset...].withUnsafeBytes { sink.receive($0) }
        guard isTaken else { throw RepositoryStoreError(place, .sinkRefused) }
        return true
    }

    func create(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) -> Bool {
        let bytes = try bytes(content)
        return try await perform(.create(name)) { state, tag in
            guard state.files[name] == nil else { return false }
            state.files[name] = StoredFile(bytes: bytes, tag: tag)
            return true
        }
    }

    func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool {
        try await perform(.replace(name)) { state, new in
            guard state.files[name]?.tag == tag else { return false }
            state.files[name] = StoredFile(bytes: bytes, tag: new)
            return true
        }
    }

    func put(_ name: UTF8Text, _ content: StoreContent) async throws(RepositoryStoreError) {
        set(name, try bytes(content))
    }

    func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError) {
        state.withLock { state in for name in names { state.files[name] = nil } }
    }

    func list(
        _ prefix: UTF8Text, _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        let entries = files.filter { $0.key.string.utf8.starts(with: prefix.string.utf8) }.map {
            ListedEntry(name: $0.key, length: $0.value.count, seconds: 0)
        }
        _ = try await body(entries)
    }

    func synchronize() async throws(RepositoryStoreError) {}

    func stagingFolder() async throws(RepositoryStoreError) -> String { "/tmp" }

    private func bytes(_ content: StoreContent) throws(RepositoryStoreError) -> [UInt8] {
        switch content {
        case .bytes(let bytes): return bytes
        case .file(let digest):
            let bytes = (try? FileSystem.read(digest.path)) ?? []
            guard DigestAlgorithm.sha256.hexDigest(of: bytes) == digest.sha256 else {
                throw RepositoryStoreError(place, .changed)
            }
            return bytes
        case .received(let path, _, _): return (try? FileSystem.read(path)) ?? []
        }
    }

    private func perform(
        _ request: Request, _ body: (inout State, StoreTag) -> Bool
    ) async throws(RepositoryStoreError) -> Bool {
        await Task.yield()
        let (fault, isDone) = state.withLock { state -> (Fault?, Bool) in
            state.requests.append(request)
            let fault = state.faults.removeValue(forKey: request)
            if case .lost = fault { return (fault, false) }
            state.counter += 1
            return (fault, body(&state, StoreTag(Array("\(state.counter)".utf8))))
        }
        switch fault {
        case nil: return isDone
        case .lost, .unanswered:
            throw RepositoryStoreError(place, .unreachable("the answer did not come"))
        case .overtaken(let other):
            do { try await other(self) } catch {
                throw RepositoryStoreError(place, .unexpected("\(error)"))
            }
            // As an engine that asks again whether its change took effect.
            return false
        }
    }
}
