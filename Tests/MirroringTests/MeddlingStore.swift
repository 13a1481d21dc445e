// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RepositoryStorage
import Synchronization
import TUFClient

/// A store in which somebody else does something right before a file is replaced, once.
final class MeddlingStore: RepositoryStore {
    private let base: DirectoryStore
    private let name: UTF8Text
    private let deed: @Sendable () async -> Void
    private let isDone = Mutex(false)

    init(
        _ base: DirectoryStore, before name: UTF8Text, _ deed: @escaping @Sendable () async -> Void
    ) {
        self.base = base
        self.name = name
        self.deed = deed
    }

    var place: String { base.place }
    var guarantees: StoreGuarantees { base.guarantees }

    func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool {
        let isFirst = isDone.withLock { isDone in
            defer { isDone = isDone || name == self.name }
            return !isDone && name == self.name
        }
        if isFirst { await deed() }
        return try await base.replace(name, with: bytes, expecting: tag)
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
    ) async throws(RepositoryStoreError) -> Bool { try await base.create(name, content) }

    func put(_ name: UTF8Text, _ content: StoreContent) async throws(RepositoryStoreError) {
        try await base.put(name, content)
    }

    func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError) {
        try await base.remove(names)
    }

    func list(
        _ prefix: UTF8Text, _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) { try await base.list(prefix, body) }

    func synchronize() async throws(RepositoryStoreError) { try await base.synchronize() }

    func stagingFolder() async throws(RepositoryStoreError) -> String {
        try await base.stagingFolder()
    }
}
