// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import Inspecting
import MetadataSigning
public import RepositoryStorage
public import TUFClient
public import TUFMetadata

/// One verified state of a repository, and what a consumer does by it.
public struct ConsumerSession: Sendable {
    let consumer: Consumer
    public let search: TargetSearch

    init(_ consumer: Consumer, _ search: TargetSearch) {
        self.consumer = consumer
        self.search = search
    }

    private var options: ConsumerOptions { consumer.options }

    /// Downloads a file and verifies it; only a verified one appears at `destination`.
    ///
    /// - Throws: `StorageError` if the destination cannot be written.
    public func get(
        _ path: TargetPath, to destination: String
    ) async throws(StorageError) -> Verdict {
        let slot = try DownloadSlot(destination, tell: options.progress)
        defer { slot.discard() }
        return try await get(path, into: slot)
    }

    /// 1. Search the file. 2. Download it without a name, hashing. 3. Fetch and verify its
    /// evidence. 4. Give it its name.
    func get(
        _ path: TargetPath, into slot: DownloadSlot
    ) async throws(StorageError) -> Verdict {
        let verdict = try await judge(path, into: slot)
        if verdict.isVerified { try slot.publish() }
        return verdict
    }

    /// ``get(_:into:)`` without the last step.
    ///
    /// - Parameter isResumable: whether what an earlier run kept is gone on with, and what comes
    ///   of a broken download is kept.
    func judge(
        _ path: TargetPath, into slot: DownloadSlot, isResumable: Bool = true
    ) async throws(StorageError) -> Verdict {
        var verdict = consumer.verdict(path.string)
        verdict.freshness = Freshness(search.state)
        do throws(ReleaseVerifier.Failure) {
            let found = try await find(path)
            verdict.sha256 = found.file.hashes[.sha256]
            verdict.retired = Retirement(found.file)?.description
            try await updating { () async throws(UpdateError) in
                try await download(found.file, into: slot, isResumable: isResumable)
            }
            verdict.evidence = try await verifier.verify(
                found, product: slot.productFile, repositoryOnly: options.repositoryOnly)
        } catch {
            if let failure = slot.failure { throw failure }
            if isResumable { keep(slot, of: path, after: error.error) }
            verdict.refusal = refusal(error)
            verdict.refusedChain = error.explanation
        }
        return verdict
    }

    /// Judges a file at hand.
    ///
    /// - Parameters:
    ///   - name: the file's name, without a folder.
    ///   - path: the path under which the repository offers it; looked for by name and digest if
    ///     it is not given.
    ///   - product: where its bytes are, for inspections that look into it.
    public func verify(
        _ name: String, _ digest: FileDigest, as path: TargetPath?,
        product: ProductFile? = nil
    ) async -> Verdict {
        var verdict = consumer.verdict(path?.string ?? name)
        verdict.sha256 = digest.sha256
        verdict.freshness = Freshness(search.state)
        do throws(ReleaseVerifier.Failure) {
            let (found, others) = try await offered(name, digest, path)
            verdict = verdict.renamed(found.file.path.string)
            verdict.retired = Retirement(found.file)?.description
            let evidence = try await verifier.verify(
                found, product: product, repositoryOnly: options.repositoryOnly)
            // A file that needs no evidence must not vouch for one of this name that does.
            if case .supplyChain = evidence {
            } else if !others.isEmpty {
                throw ReleaseVerifier.Failure(
                    .unknownFile(name: name, sha256: digest.sha256, offered: others))
            }
            verdict.evidence = evidence
        } catch {
            verdict.refusal = refusal(error)
            verdict.refusedChain = error.explanation
        }
        return verdict
    }

    /// The files that the repository offers, by path, and the roles that the list goes without.
    public func list(
        where isWanted: @escaping @Sendable (TargetPath) -> Bool = { _ in true }
    ) async throws(UpdateError) -> TargetList {
        try await search.list(where: isWanted)
    }

    // MARK: steps

    func refusal(_ failure: ReleaseVerifier.Failure) -> Refusal {
        if options.isOffline, case .update(.fetch(let file, _)) = failure.error {
            return Refusal(.offline(file: file))
        }
        return Refusal(failure.error, names: failure.names)
    }

    private var targets: TargetDownload {
        TargetDownload(
            mirrors: consumer.repository.mirrors.map(\.targetsURL), of: search.state,
            fetcher: consumer.fetcher
        ) { [options] notice in options.notice(.mirror(notice)) }
    }

    var verifier: ReleaseVerifier {
        ReleaseVerifier(
            search, targets, inspections: options.inspections, parameters: options.parameters,
            limits: options.evidence, cache: cache, tracing: options.explains)
    }

    private var cache: EvidenceCache? {
        let isReadable = consumer.isStateKept || options.isOffline
        guard isReadable, consumer.repository.memory == nil else { return nil }
        return EvidenceCache(consumer.repository)
    }

    func download(
        _ target: TargetFile, into slot: DownloadSlot, isResumable: Bool = true
    ) async throws(UpdateError) {
        slot.begin(target.path.string, length: target.length)
        guard isResumable else { return try await targets.download(target, into: slot) }
        let digest = target.digest.hex
        try await targets.download(target, into: slot) { take throws(StoreError) in
            try slot.resume(digest, length: target.length, take)
        }
    }

    /// What came of a download that broke is kept, as nothing speaks against it; what was refused
    /// is not.
    func keep(_ slot: DownloadSlot, of path: TargetPath, after error: ReleaseError) {
        guard case .update(let error) = error, error.isBrokenTransfer else { return }
        let bytes = slot.keepPartial()
        if bytes > 0 { options.notice(.partialKept(file: path.description, bytes: bytes)) }
    }

    private func find(_ path: TargetPath) async throws(ReleaseVerifier.Failure) -> FoundTarget {
        let found = try await updating { () async throws(UpdateError) in
            try await search.find(path)
        }
        guard let found else { throw ReleaseVerifier.Failure(.noSuchFile(path)) }
        return found
    }

    private func offered(
        _ name: String, _ digest: FileDigest, _ path: TargetPath?
    ) async throws(ReleaseVerifier.Failure) -> (file: FoundTarget, others: [String]) {
        let candidates: [FoundTarget]
        if let path {
            candidates = [try await find(path)]
        } else {
            let wanted = UTF8Text(name)
            candidates = try await updating { () async throws(UpdateError) in
                // A role that is left out could be the one that knows the file to be wrong.
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
                    offered: candidates.map(\.file.path.description)),
                explanation: await explanation(of: candidates.first, digest))
        }
        let others = candidates.filter { $0.file.hashes[.sha256] != digest.sha256 }
        return (same, others.map(\.file.path.description))
    }

    /// What the chain of the file that is offered says of another one under its name.
    private func explanation(
        of offered: FoundTarget?, _ digest: FileDigest
    ) async -> Explanation? {
        guard let offered, options.explains != nil, !options.repositoryOnly else { return nil }
        do throws(ReleaseVerifier.Failure) {
            _ = try await verifier.verify(offered, digests: digest.digests)
            return nil
        } catch {
            return error.explanation
        }
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
        renamed.isOffline = isOffline
        renamed.isForAnotherMoment = isForAnotherMoment
        return renamed
    }
}

extension Freshness {
    /// The freshness of a verified state; that of one of the past, whose timestamp nobody has, is
    /// its snapshot's.
    init(_ state: RepositoryState) {
        let timestamp = state.timestamp.document
        let snapshot = state.snapshot.document
        let isPast = state.isOfThePast
        self.init(
            rootVersion: state.root.document.version, snapshotVersion: snapshot.version,
            timestampVersion: isPast ? 0 : timestamp.version,
            expires: isPast ? snapshot.expires : timestamp.expires,
            signed: isPast
                ? Freshness.signed(snapshot)
                : Freshness.signed(timestamp.value, timestamp.expires))
    }

    static func signed(_ snapshot: Snapshot) -> Instant? {
        signed(snapshot.value, snapshot.expires)
    }

    /// When a document was signed: its expiry less the period that it says; `nil` if it says none.
    static func signed(_ document: JSONValue, _ expires: Instant) -> Instant? {
        let days = (try? document.object()["x-carnet-expires-after-days"]?.integer())
            .flatMap { $0 }
        return days.flatMap { (1...36500).contains($0) ? expires.adding(days: -$0) : nil }
    }
}

extension UpdateError {
    /// Whether a download ended before its end, through no fault of its bytes.
    fileprivate var isBrokenTransfer: Bool {
        guard case .fetch(_, let error) = self else { return false }
        return isUnreachable || error.reason == .cancelled
    }
}
