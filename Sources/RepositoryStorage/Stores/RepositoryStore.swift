// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFClient

/// A place that holds the files of a repository, wherever it is: a folder, a bucket, a registry.
///
/// Files go by their names below the repository: `metadata/4.snapshot.json`,
/// `targets/demo/1.0/<sha256>.demo.whl`. All but `metadata/timestamp.json` are made once and not
/// changed; with the replacing of that one file a new state becomes the current one.
package protocol RepositoryStore: Sendable {
    /// The place as a person named it, without secrets: a path, `s3://bucket/prefix`.
    var place: String { get }

    /// What several writers may rely on.
    var guarantees: StoreGuarantees { get }

    /// A file, whole; `nil` if there is none.
    ///
    /// - Throws: ``RepositoryStoreError``; `.tooLarge` if it has more than `maximumBytes`.
    func read(_ name: UTF8Text, maximumBytes: Int) async throws(RepositoryStoreError) -> StoredFile?

    /// Length and tag of a file, without its bytes; `nil` if there is none.
    func find(_ name: UTF8Text) async throws(RepositoryStoreError) -> StoredEntry?

    /// Streams a file's bytes from `offset` on, in order and each of them once.
    ///
    /// - Returns: `false` if there is no such file, and the sink got nothing.
    /// - Throws: ``RepositoryStoreError``; `.sinkRefused` if the sink returned `false`.
    func stream(
        _ name: UTF8Text, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(RepositoryStoreError) -> Bool

    /// Makes a file where there is none, wholly or not at all.
    ///
    /// A request that is repeated because its answer was lost, and finds the very bytes in place,
    /// has made them.
    ///
    /// - Returns: `false` if the name is taken by something else, or by another writer; what is
    ///   there stays as it is.
    func create(_ name: UTF8Text, _ content: StoreContent) async throws(RepositoryStoreError)
        -> Bool

    /// Replaces a small file, if it is still the one that was read.
    ///
    /// - Parameter tag: of the file that is replaced; `nil` if there must be none.
    /// - Returns: `false` if it is another one by now; it stays as it is.
    func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool

    /// Makes a file, or puts it in the place of what has its name: what heals a damaged file.
    func put(_ name: UTF8Text, _ content: StoreContent) async throws(RepositoryStoreError)

    /// Removes files; those that are not there are no error.
    func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError)

    /// All files whose names begin with `prefix`, in no order that counts, in portions.
    ///
    /// - Parameter body: gets a portion; `false` ends the listing.
    func list(
        _ prefix: UTF8Text, _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError)

    /// The names alone of all files that begin with `prefix`, in no order that counts, in portions:
    /// a registry tells thousands of them at once, and the rest of an entry with a request each.
    ///
    /// - Parameter body: gets a portion; `false` ends the listing.
    func names(
        _ prefix: UTF8Text, _ body: ([UTF8Text]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError)

    /// Makes everything durable that was made so far: to be called before the file is replaced
    /// that refers to it.
    func synchronize() async throws(RepositoryStoreError)

    /// A folder on this machine where a file may lie until ``StoreContent/received(_:length:)``
    /// takes it over; on the file system of a directory, so that it need not be copied.
    func stagingFolder() async throws(RepositoryStoreError) -> String
}

extension RepositoryStore {
    /// From a listing of the entries.
    package func names(
        _ prefix: UTF8Text, _ body: ([UTF8Text]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        try await list(prefix) { entries throws(RepositoryStoreError) in
            try await body(entries.map(\.name))
        }
    }
}

/// What a store promises to those that write to it at the same time.
package struct StoreGuarantees: Sendable, Equatable {
    /// ``RepositoryStore/create(_:_:)`` makes a file for one writer only, and
    /// ``RepositoryStore/replace(_:with:expecting:)`` loses nobody's change.
    package var isConditional: Bool
    /// What ``RepositoryStore/create(_:_:)`` made is whole and durable once it returns. Where it is
    /// not, as in a directory before ``RepositoryStore/synchronize()``, a file that nothing refers
    /// to may be what a crash left of it.
    package var isDurable: Bool

    package init(isConditional: Bool, isDurable: Bool = true) {
        self.isConditional = isConditional
        self.isDurable = isDurable
    }
}

/// Names one content of one file: its entity tag, or what a directory has instead.
package struct StoreTag: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// A file as it was read.
package struct StoredFile: Sendable {
    package let bytes: [UInt8]
    package let tag: StoreTag

    package init(bytes: [UInt8], tag: StoreTag) {
        self.bytes = bytes
        self.tag = tag
    }
}

/// What is known of a file without its bytes.
package struct StoredEntry: Sendable {
    /// Bytes.
    package let length: Int
    package let tag: StoreTag

    package init(length: Int, tag: StoreTag) {
        self.length = length
        self.tag = tag
    }
}

/// A file in a listing.
package struct ListedEntry: Sendable {
    /// Below the repository, as in ``RepositoryStore``.
    package let name: UTF8Text
    /// Bytes.
    package let length: Int
    /// When it was made, in seconds since 1970; by the store's clock.
    package let seconds: Int

    package init(name: UTF8Text, length: Int, seconds: Int) {
        self.name = name
        self.length = length
        self.seconds = seconds
    }
}

/// What goes into a file.
package enum StoreContent: Sendable {
    case bytes([UInt8])
    /// A file on this machine, copied; not changed meanwhile, or else nothing is made.
    case file(FileDigest)
    /// A file in the store's staging folder, verified, which the store takes away.
    case received(String, length: Int, sha256: String)
}
