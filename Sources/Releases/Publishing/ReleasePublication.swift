// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import Inspecting
import MetadataSigning
import RepositoryStorage
public import TUFClient
public import TUFMetadata
public import TUFRepository

/// A file to be released.
public struct ReleaseRequest: Sendable {
    /// Path on disk.
    public let file: String
    /// Path in the repository; derived from the layouts if it is not given.
    public let path: TargetPath?

    /// Whether the repository may have a second name for the file instead of a copy.
    public let mayLink: Bool

    public init(file: String, path: TargetPath? = nil, mayLink: Bool = false) {
        self.file = file
        self.path = path
        self.mayLink = mayLink
    }
}

/// How a release ended.
public struct ReleaseOutcome: Sendable {
    /// What consumers will see, for each file; empty while it waits.
    public let verdicts: [Verdict]
    /// What waits for signatures; `nil` if the keys at hand sufficed.
    public let waiting: SignedChange?
}

extension Publisher {
    /// Releases files with their evidence, all of them or none.
    ///
    /// 1. Find the path and the layout of each file, and the links of the layout's steps.
    /// 2. List file and links in their roles. 3. Sign these, snapshot and timestamp.
    /// 4. Let the consumer's client and verifier judge each file. 5. Write, `timestamp.json` last.
    ///
    /// - Parameters:
    ///   - sources: where the links are: folders, folders of web servers, lists of a release
    ///     page's assets, wheels.
    ///   - fetcher: asks the servers among them.
    ///   - replacing: whether other bytes may take the place of a file released before.
    ///   - bins: number of hash bins that the files' role is to have; `nil` leaves it as it is.
    /// - Returns: the verdicts; unless all are verified, nothing was written. If keys of the
    ///   releases role are not at hand, the release waits for them, and is judged with the last
    ///   signature.
    public func release(
        _ requests: [ReleaseRequest], links sources: [String], over fetcher: (any Fetcher)? = nil,
        replacing: Bool = false, bins: Int? = nil, dryRun: Bool = false, waits: Waits = .ifSigned
    ) async throws(PublishingError) -> ReleaseOutcome {
        var transaction = try begin()
        let state = try state()
        let candidates = try candidates(requests, state)
        let supply = try await LinkSupply(
            sources, for: candidates.governing.map(\.document), fetcher)
        var isNew = true
        let change = try await stage(&transaction, state, dryRun ? .never : waits) {
            (edit, transaction) throws(PublishingError) in
            let before = edit
            if let bins, let first = candidates.files.first {
                try repository { () throws(RepositoryError) in
                    try edit.spreadRole(listing: first.path, over: bins)
                }
            }
            try list(candidates, supply, replacing, &edit, &transaction)
            isNew = try changes(candidates.files, before, edit)
        }
        guard change.isComplete else { return ReleaseOutcome(verdicts: [], waiting: change) }
        let verdicts = try await judge(
            ReleaseCandidate.judged(candidates.files), transaction, repositoryName(state))
        // In a store it may be there already, as the answer to an earlier attempt was lost.
        let isThere = !isNew && bins == nil
        if !dryRun && !isThere && !verdicts.isEmpty && verdicts.allSatisfy(\.isVerified) {
            try await commit(transaction)
        }
        return ReleaseOutcome(verdicts: verdicts, waiting: nil)
    }

    /// Whether a file is listed otherwise after an edit than before.
    private func changes(
        _ candidates: [ReleaseCandidate], _ before: RepositoryEdit, _ after: RepositoryEdit
    ) throws(PublishingError) -> Bool {
        guard remote != nil else { return true }
        return try repository { () throws(RepositoryError) in
            let tree = after.tree
            for candidate in candidates {
                guard let role = try tree.role(listing: candidate.path) else { return true }
                let old = try before.entry(at: candidate.path, in: role)?.canonicalBytes()
                let new = try after.entry(at: candidate.path, in: role)?.canonicalBytes()
                if old == nil || old != new { return true }
            }
            return false
        }
    }

    private func list(
        _ candidates: ReleaseCandidates, _ supply: LinkSupply, _ replacing: Bool,
        _ edit: inout RepositoryEdit, _ transaction: inout RepositoryTransaction
    ) throws(PublishingError) {
        var files: [FileListing] = []
        files.reserveCapacity(candidates.files.count)
        transaction.reserve(candidates.files.count)
        for candidate in candidates.files {
            let digest = candidate.digest
            var custom: JSON?
            if let layout = candidate.layout.map({ candidates.layouts[$0] }) {
                let links = try LinkCollection(layout.document, supply)
                let evidence = try add(links, of: layout, supply, &edit, &transaction)
                custom = [
                    "in-toto": .array(
                        ([layout.target.file.path] + evidence).map { .string($0.text) })
                ]
            }
            files.append(
                FileListing(
                    path: candidate.path, length: digest.length, sha256: digest.digest,
                    custom: custom))
            transaction.add(
                candidate.mayLink || remote != nil
                    ? .link(digest) : .file(digest.path, sha256: digest.sha256),
                at: candidate.path, hash: digest.digest)
        }
        try repository { () throws(RepositoryError) in
            try edit.list(files, replacing: replacing)
        }
    }

    // MARK: 2 listing

    private func add(
        _ links: LinkCollection, of layout: KnownLayout, _ supply: LinkSupply,
        _ edit: inout RepositoryEdit, _ transaction: inout RepositoryTransaction
    ) throws(PublishingError) -> [TargetPath] {
        guard let folder = links.digest else {
            throw .noLinks(layout: layout.target.name, folders: supply.places)
        }
        var files: [FileListing] = []
        for link in links.links {
            let path = try target("\(LayoutTarget.folder)/\(folder)/\(link.name)")
            let digest = DigestAlgorithm.sha256.hexDigest(of: link.bytes)
            files.append(
                FileListing(
                    path: path, length: link.bytes.count, sha256: digest, custom: nil))
            transaction.add(.bytes(link.bytes), at: path, hash: digest)
        }
        // Links are found by what they are; one that is there already has the same bytes.
        try repository { () throws(RepositoryError) in try edit.list(files, replacing: true) }
        return files.map(\.path)
    }

    // MARK: 4 judging

    private func repositoryName(_ state: PublishedState) -> String {
        let root = try? state.root.document.value.object()
        return root?[RepositoryPlan.nameMember].flatMap { try? $0.text().string } ?? "repository"
    }

    private func judge(
        _ candidates: [ReleaseCandidate], _ transaction: RepositoryTransaction,
        _ repositoryName: String
    ) async throws(PublishingError) -> [Verdict] {
        let (search, download) = try await preflight(transaction)
        let verifier = ReleaseVerifier(search, download)
        var verdicts: [Verdict] = []
        for candidate in candidates {
            let path = candidate.path
            var verdict = Verdict(path: path.string, repository: repositoryName, asOf: now)
            verdict.freshness = Freshness(search.state)
            do throws(ReleaseVerifier.Failure) {
                let found: FoundTarget?
                do throws(UpdateError) { found = try await search.find(path) } catch {
                    throw ReleaseVerifier.Failure(.update(error))
                }
                guard let found else { throw ReleaseVerifier.Failure(.noSuchFile(path)) }
                verdict.sha256 = found.file.hashes[.sha256]
                verdict.retired = Retirement(found.file)?.description
                verdict.evidence = try await verifier.verify(
                    found, product: .path(candidate.digest.path))
            } catch {
                verdict.refusal = Refusal(error.error, names: error.names)
            }
            verdicts.append(verdict)
        }
        return verdicts
    }
}
