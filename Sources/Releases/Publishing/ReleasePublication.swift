// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage
import TUFClient
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
    /// How many files without evidence are looked up as a client does before they are published.
    private static let sample = 1000

    /// Releases files with their evidence, all of them or none.
    ///
    /// 1. Find the path and the layout of each file, and the links of the layout's steps.
    /// 2. List file and links in their roles. 3. Sign these, snapshot and timestamp.
    /// 4. Let the consumer's client and verifier judge each file. 5. Write, `timestamp.json` last.
    ///
    /// - Parameter replacing: whether other bytes may take the place of a file released before.
    /// - Returns: the verdicts; unless all are verified, nothing was written. If keys of the
    ///   releases role are not at hand, the release waits for them, and is judged with the last
    ///   signature.
    public func release(
        _ requests: [ReleaseRequest], links folders: [String], replacing: Bool = false,
        dryRun: Bool = false, waits: Waits = .ifSigned
    ) async throws(PublishingError) -> ReleaseOutcome {
        var transaction = try begin()
        let state = try state()
        let policy = try policy(state)
        let layouts = try layouts(policy, state)
        var paths: [TargetPath] = []
        var plainCount = 0
        for request in requests {
            let place = try place(request, layouts, policy)
            plainCount += place.layout == nil ? 1 : 0
            // Files without evidence differ in nothing but their names; a sample will do.
            if place.layout != nil || plainCount <= Publisher.sample { paths.append(place.path) }
        }
        let change = try stage(&transaction, state, dryRun ? .never : waits) {
            (edit, transaction) throws(PublishingError) in
            for request in requests {
                try add(
                    request, try place(request, layouts, policy), links: folders,
                    replacing: replacing, &edit, &transaction)
            }
        }
        guard change.isComplete else { return ReleaseOutcome(verdicts: [], waiting: change) }
        let verdicts = try await judge(paths, transaction, repositoryName(state))
        if !dryRun && !verdicts.isEmpty && verdicts.allSatisfy(\.isVerified) {
            try commit(transaction)
        }
        return ReleaseOutcome(verdicts: verdicts, waiting: nil)
    }

    private func add(
        _ request: ReleaseRequest, _ place: (path: TargetPath, layout: KnownLayout?),
        links folders: [String], replacing: Bool, _ edit: inout RepositoryEdit,
        _ transaction: inout RepositoryTransaction
    ) throws(PublishingError) {
        let digest = try storing { () throws(StorageError) in try FileDigest(of: request.file) }
        let role = try role(for: place.path, edit.tree)
        if !replacing { try refuseReplacing(place.path, by: digest.sha256, role, edit) }
        var custom: JSON?
        if let layout = place.layout {
            let links = try LinkCollection(layout.document, folders: folders)
            let evidence = try add(links, of: layout, folders, &edit, &transaction)
            custom = [
                "in-toto": .array(
                    ([layout.target.file.path] + evidence).map { .string($0.text) })
            ]
        }
        let entry = MetadataBuilder.targetFile(
            length: digest.length, sha256: digest.sha256, custom: custom)
        try repository { () throws(RepositoryError) in
            try edit.set(entry, at: place.path, in: role)
        }
        transaction.add(
            request.mayLink ? .link(digest) : .file(request.file, sha256: digest.sha256),
            at: place.path, hash: digest.sha256)
    }

    // MARK: 1 layouts and paths

    private struct KnownLayout {
        let target: LayoutTarget
        let document: Layout
    }

    private func layouts(
        _ policy: RepositoryPolicy, _ state: PublishedState
    ) throws(PublishingError) -> [KnownLayout] {
        let role = try repository { () throws(RepositoryError) in
            policy.layoutsRole == .targets
                ? state.targets : try state.delegated(policy.layoutsRole).targets
        }
        var layouts: [KnownLayout] = []
        for file in role.document.files where file.path.fileName.hasSuffix(".layout") {
            let target: LayoutTarget
            do throws(JSONError) { target = try LayoutTarget(file) } catch {
                throw .policy(error)
            }
            let stored = directory.targetPath(file.path, hash: file.digest.hex)
            let bytes = try storing { () throws(StorageError) in try FileSystem.read(stored) }
            guard let bytes else {
                throw .storage(StorageError(path: stored, reason: "no such file"))
            }
            // Only to learn which links to look for: the verifier judges it later.
            do throws(SigningError) {
                let signed = try SignedFile(bytes).signed
                do throws(JSONError) {
                    layouts.append(KnownLayout(target: target, document: try Layout(signed)))
                } catch {
                    throw .malformed(error)
                }
            } catch {
                throw .damagedLayout(file: stored, error)
            }
        }
        return layouts
    }

    private func place(
        _ request: ReleaseRequest, _ layouts: [KnownLayout], _ policy: RepositoryPolicy
    ) throws(PublishingError) -> (path: TargetPath, layout: KnownLayout?) {
        if let path = request.path {
            if let layout = layouts.first(where: { $0.target.fit(path) != .none }) {
                return (path, layout)
            }
            if policy.needsNoEvidence(path) { return (path, nil) }
            throw .notCovered(file: path.description, layouts: templates(layouts))
        }
        let name = FileSystem.name(of: request.file)
        var found: [(path: TargetPath, layout: KnownLayout)] = []
        for layout in layouts {
            for template in layout.target.appliesTo {
                // The shortest reading of the name; --as says otherwise.
                let path = template.paths(forFileName: name).first { path in
                    if case .one = layout.target.fit(path) { true } else { false }
                }
                if let path { found.append((path, layout)) }
            }
        }
        guard let first = found.first else {
            throw .notCovered(file: request.file, layouts: templates(layouts))
        }
        guard Set(found.map(\.path)).count == 1 else {
            throw .severalPaths(file: request.file, found.map(\.path))
        }
        return (first.path, first.layout)
    }

    private func templates(_ layouts: [KnownLayout]) -> [String] {
        layouts.flatMap(\.target.appliesTo).map(\.description)
    }

    // MARK: 2 listing

    private func add(
        _ links: LinkCollection, of layout: KnownLayout, _ folders: [String],
        _ edit: inout RepositoryEdit, _ transaction: inout RepositoryTransaction
    ) throws(PublishingError) -> [TargetPath] {
        guard let folder = links.digest else {
            throw .noLinks(layout: layout.target.name, folders: folders)
        }
        var paths: [TargetPath] = []
        for link in links.links {
            let path = try target("\(LayoutTarget.folder)/\(folder)/\(link.name)")
            let digest = DigestAlgorithm.sha256.hexDigest(of: link.bytes)
            let entry = MetadataBuilder.targetFile(
                length: link.bytes.count, sha256: digest, custom: nil)
            try set(entry, at: path, &edit)
            transaction.add(.bytes(link.bytes), at: path, hash: digest)
            paths.append(path)
        }
        return paths
    }

    private func refuseReplacing(
        _ path: TargetPath, by sha256: String, _ role: RoleName, _ edit: RepositoryEdit
    ) throws(PublishingError) {
        let present = try repository { () throws(RepositoryError) in
            try edit.entry(at: path, in: role)
        }
        guard let known = present?["hashes"]?["sha256"]?.text?.string, known != sha256 else {
            return
        }
        throw .releasedBefore(path, sha256: known)
    }

    private func set(
        _ entry: JSON, at path: TargetPath, _ edit: inout RepositoryEdit
    ) throws(PublishingError) {
        let role = try role(for: path, edit.tree)
        do throws(RepositoryError) { try edit.set(entry, at: path, in: role) } catch {
            throw .repository(error)
        }
    }

    // MARK: 4 judging

    private func repositoryName(_ state: PublishedState) -> String {
        let root = try? state.root.document.value.object()
        return root?[RepositoryPlan.nameMember].flatMap { try? $0.text().string } ?? "repository"
    }

    private func judge(
        _ paths: [TargetPath], _ transaction: RepositoryTransaction, _ repositoryName: String
    ) async throws(PublishingError) -> [Verdict] {
        let (search, download) = try await preflight(transaction)
        let verifier = ReleaseVerifier(search, download)
        var verdicts: [Verdict] = []
        for path in paths {
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
                verdict.evidence = try await verifier.verify(found)
            } catch {
                verdict.refusal = Refusal(error.error, names: error.names)
            }
            verdicts.append(verdict)
        }
        return verdicts
    }
}
