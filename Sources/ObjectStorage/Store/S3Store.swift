// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
package import HTTPTransport
package import RepositoryStorage
import Synchronization

/// A repository in a bucket of S3, or of what speaks like it.
///
/// A file's key is its name below the prefix, so that the bucket can be read by any client of a
/// web server (Docs/Formats/ObjectStorage.md). Files are made with `If-None-Match: *`, replaced
/// with `If-Match`. What was acknowledged is durable; that is the store's own promise.
///
/// Several requests run at a time, as many as the transport allows.
package final class S3Store: RepositoryStore {
    let client: S3Client
    private let isConditional = Mutex(false)
    private let givenStaging: String?
    private let staging: StagingFolder

    /// - Parameters:
    ///   - staging: where files lie that are received for this store; `nil` for a folder that is
    ///     made when it is needed and removed with the store.
    ///   - patienceSeconds: how long a store may be silent or slow before a write is tried again;
    ///     five times that for putting the parts of a long file together.
    ///   - bounds: how often and how long a request is tried.
    ///   - now: seconds since 1970.
    package init(
        _ location: S3Location, settings: S3Settings, transport: HTTPTransport,
        staging: String? = nil, patienceSeconds: Int = 60,
        bounds: RepetitionBounds = RepetitionBounds(repetitions: 5, totalSeconds: 180),
        now: @escaping @Sendable () -> Int = systemSeconds
    ) {
        client = S3Client(
            location: location, settings: settings, transport: transport, bounds: bounds,
            patienceSeconds: patienceSeconds, now: now)
        givenStaging = staging
        self.staging = StagingFolder(in: getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
    }

    package var place: String { client.location.description }

    /// Nothing is promised before ``probe()`` has seen it.
    package var guarantees: StoreGuarantees {
        StoreGuarantees(isConditional: isConditional.withLock { $0 })
    }

    func promiseConditions(_ isConditional: Bool) {
        self.isConditional.withLock { $0 = isConditional }
    }

    /// What was acknowledged is durable.
    package func synchronize() async throws(RepositoryStoreError) {}

    package func stagingFolder() async throws(RepositoryStoreError) -> String {
        do throws(StorageError) {
            if let givenStaging { return givenStaging }
            return try staging.path()
        } catch {
            throw RepositoryStoreError(error.path, .local(error.reason))
        }
    }

    /// The key of a file.
    ///
    /// - Throws: `.unexpected` for a name that would not come back as it is: on the way through
    ///   libraries, proxies and stores `.` and `..` and nothing between slashes get lost.
    func key(_ name: UTF8Text) throws(RepositoryStoreError) -> String {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let key = client.location.key(name)
        guard parts.allSatisfy(isPlainSegment) else {
            throw client.error(.unexpected("a name with an empty part, . or .."), about: name)
        }
        guard key.utf8.count <= 1024 else {
            throw client.error(.unexpected("a name longer than 1024 bytes"), about: name)
        }
        return key
    }
}
