// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import RepositoryStorage
public import TUFClient
public import TUFMetadata

/// A consumer of one trusted repository: gets files and judges those at hand.
public struct Consumer: Sendable {
    public let repository: TrustedRepository
    private let fetcher: any Fetcher
    private let limits: ClientLimits
    private let now: Instant

    public init(
        _ repository: TrustedRepository, _ fetcher: any Fetcher,
        limits: ClientLimits = ClientLimits(), now: Instant
    ) {
        self.repository = repository
        self.fetcher = fetcher
        self.limits = limits
        self.now = now
    }

    /// Downloads a file and verifies it; only a verified one appears at `destination`.
    ///
    /// 1. Refresh the repository's state. 2. Search the file. 3. Download it under a hidden
    /// name, hashing. 4. Fetch and verify its evidence. 5. Give it its name.
    ///
    /// - Throws: `StorageError` if the destination cannot be written.
    public func get(
        _ path: TargetPath, to destination: String, repositoryOnly: Bool = false
    ) async throws(StorageError) -> Verdict {
        var verdict = Verdict(path: path.string, repository: repository.name, asOf: now)
        // Before anything is asked of the server: the place must be writable.
        let file = try DownloadedFile(destination)
        defer { file.discard() }
        do throws(ReleaseVerifier.Failure) {
            let search = try await refresh()
            verdict.freshness = Freshness(search.state)
            let found = try await find(path, search)
            verdict.sha256 = found.file.hashes[.sha256]
            let download = download(search)
            try await updating { () async throws(UpdateError) in
                try await download.download(found.file, into: file)
            }
            verdict.evidence = try await ReleaseVerifier(search, download)
                .verify(found, repositoryOnly: repositoryOnly)
        } catch {
            if let failure = file.failure { throw failure }
            verdict.refusal = Refusal(error.error, names: error.names)
        }
        if verdict.isVerified { try file.publish() }
        return verdict
    }

    /// Judges a file at hand.
    ///
    /// - Parameter path: the path under which the repository offers it; looked for by name and
    ///   digest if it is not given.
    /// - Throws: `StorageError` if the file cannot be read.
    public func verify(
        _ file: String, as path: TargetPath?, repositoryOnly: Bool = false
    ) async throws(StorageError) -> Verdict {
        let name = FileSystem.name(of: file)
        let digest = try FileDigest(of: file)
        var verdict = Verdict(
            path: path?.string ?? name, repository: repository.name, asOf: now)
        verdict.sha256 = digest.sha256
        do throws(ReleaseVerifier.Failure) {
            let search = try await refresh()
            verdict.freshness = Freshness(search.state)
            let (found, others) = try await offered(name, digest, path, search)
            verdict = verdict.renamed(found.file.path.string)
            let evidence = try await ReleaseVerifier(search, download(search))
                .verify(found, repositoryOnly: repositoryOnly)
            // A file that needs no evidence must not vouch for one of this name that does.
            if case .supplyChain = evidence {
            } else if !others.isEmpty {
                throw ReleaseVerifier.Failure(
                    .unknownFile(name: name, sha256: digest.sha256, offered: others))
            }
            verdict.evidence = evidence
        } catch {
            verdict.refusal = Refusal(error.error, names: error.names)
        }
        return verdict
    }

    /// All files that the repository offers, by path.
    public func list() async throws(UpdateError) -> [FoundTarget] {
        try await search().all()
    }

    // MARK: steps

    /// The refreshed repository. Others wait no longer than the refresh takes.
    private func search() async throws(UpdateError) -> TargetSearch {
        let store: DirectoryTrustedStore
        do throws(StoreError) { store = try DirectoryTrustedStore(repository.store) } catch {
            throw .store(error)
        }
        let updater = Updater(
            metadataURL: repository.metadataURL, fetcher: fetcher, store: store, limits: limits,
            now: now)
        let state = try await updater.refresh()
        store.unlock()
        return TargetSearch(state, updater)
    }

    private func refresh() async throws(ReleaseVerifier.Failure) -> TargetSearch {
        try await updating { () async throws(UpdateError) in
            try await search()
        }
    }

    private func download(_ search: TargetSearch) -> TargetDownload {
        TargetDownload(
            targetsURL: repository.targetsURL, fetcher: fetcher,
            consistent: search.state.root.document.consistentSnapshot)
    }

    private func find(
        _ path: TargetPath, _ search: TargetSearch
    ) async throws(ReleaseVerifier.Failure) -> FoundTarget {
        let found = try await updating { () async throws(UpdateError) in
            try await search.find(path)
        }
        guard let found else { throw ReleaseVerifier.Failure(.noSuchFile(path)) }
        return found
    }

    private func offered(
        _ name: String, _ digest: FileDigest, _ path: TargetPath?, _ search: TargetSearch
    ) async throws(ReleaseVerifier.Failure) -> (file: FoundTarget, others: [String]) {
        let candidates: [FoundTarget]
        if let path {
            candidates = [try await find(path, search)]
        } else {
            let wanted = UTF8Text(name)
            candidates = try await updating { () async throws(UpdateError) in
                try await search.all { UTF8Text($0.fileName) == wanted }
            }
        }
        let same = candidates.first { candidate in
            candidate.file.length == digest.length
                && candidate.file.hashes[.sha256] == digest.sha256
        }
        guard let same else {
            throw ReleaseVerifier.Failure(
                .unknownFile(
                    name: name, sha256: digest.sha256,
                    offered: candidates.map(\.file.path.description)))
        }
        let others = candidates.filter { $0.file.hashes[.sha256] != digest.sha256 }
        return (same, others.map(\.file.path.description))
    }

    private func updating<Result>(
        _ body: () async throws(UpdateError) -> Result
    ) async throws(ReleaseVerifier.Failure) -> Result {
        do throws(UpdateError) { return try await body() } catch {
            throw ReleaseVerifier.Failure(.update(error))
        }
    }
}

extension Verdict {
    fileprivate func renamed(_ path: String) -> Verdict {
        var renamed = Verdict(path: path, repository: repository, asOf: asOf)
        renamed.sha256 = sha256
        renamed.freshness = freshness
        return renamed
    }
}

extension Freshness {
    /// The freshness of a verified state.
    init(_ state: RepositoryState) {
        let timestamp = state.timestamp.document
        let days = (try? timestamp.value.object()["x-carnet-expires-after-days"]?.integer())
            .flatMap { $0 }
        self.init(
            rootVersion: state.root.document.version,
            snapshotVersion: state.snapshot.document.version,
            timestampVersion: timestamp.version, expires: timestamp.expires,
            signed: days.flatMap {
                (1...36500).contains($0) ? timestamp.expires.adding(days: -$0) : nil
            })
    }
}
