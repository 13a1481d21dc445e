// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Mirroring
import RepositoryStorage
import Synchronization
import TUFClient

/// A store that notes what readers can see after each change of it.
final class JournalStore: RepositoryStore {
    private let base: DirectoryStore
    private let look: @Sendable () throws -> [String: [UInt8]]
    private let moments: Mutex<[[String: [UInt8]]]>

    init(
        _ base: DirectoryStore, _ look: @escaping @Sendable () throws -> [String: [UInt8]]
    ) throws {
        self.base = base
        self.look = look
        moments = Mutex([try look()])
    }

    /// The files at the begin and after each change.
    var states: [[String: [UInt8]]] { moments.withLock { $0 } }

    var place: String { base.place }
    var guarantees: StoreGuarantees { base.guarantees }

    private func note() {
        guard let files = try? look() else { return }
        moments.withLock { if $0.last != files { $0.append(files) } }
    }

    func read(
        _ name: UTF8Text, maximumBytes: Int
    ) async throws(RepositoryStoreError) -> StoredFile? {
        try await base.read(name, maximumBytes: maximumBytes)
    }

    func find(_ name: UTF8Text) async throws(RepositoryStoreError) -> StoredEntry? {
        try await base.find(name)
    }

    func stream(
        _ name: UTF8Text, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(RepositoryStoreError) -> Bool {
        try await base.stream(name, from: offset, maximumBytes: maximumBytes, into: sink)
    }

    func create(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) -> Bool {
        defer { note() }
        return try await base.create(name, content)
    }

    func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool {
        defer { note() }
        return try await base.replace(name, with: bytes, expecting: tag)
    }

    func put(_ name: UTF8Text, _ content: StoreContent) async throws(RepositoryStoreError) {
        try await base.put(name, content)
        note()
    }

    func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError) {
        try await base.remove(names)
        note()
    }

    func list(
        _ prefix: UTF8Text, _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        try await base.list(prefix, body)
    }

    func synchronize() async throws(RepositoryStoreError) { try await base.synchronize() }

    func stagingFolder() async throws(RepositoryStoreError) -> String {
        try await base.stagingFolder()
    }
}

/// A mirror as it was at two moments: roots are asked for at the earlier one, the rest at the
/// later one, as by a client that is slow.
struct TwoMoments: Fetcher {
    static let url = "https://mirror.test/"
    let earlier: [String: [UInt8]]
    let later: [String: [UInt8]]

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let name = "mirror/" + url.dropFirst(TwoMoments.url.count)
        let files = name.hasSuffix(".root.json") ? earlier : later
        guard let bytes = files[name] else { throw FetchError(url: url, reason: .notFound) }
        return bytes
    }
}
