// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import TUFClient
import TUFMetadata

/// Finds the layout that must judge a file, and whether those who may make policy signed it.
struct LayoutSearch: Sendable {
    typealias Failure = ReleaseVerifier.Failure

    let files: EvidenceFiles
    let policy: RepositoryPolicy

    private var search: TargetSearch { files.search }

    /// - Throws: ``ReleaseError/malformedPolicy(_:)``.
    init(_ files: EvidenceFiles) throws(Failure) {
        self.files = files
        policy = try malformed { () throws(JSONError) in
            try RepositoryPolicy(files.search.state.targets.document)
        }
    }

    /// The layouts whose paths fit (rule 2, rule 4); none if the repository's policy says nothing.
    func governing(
        _ path: TargetPath
    ) async throws(Failure) -> [LayoutTarget] {
        guard policy.governs else { return [] }
        let role = try await files.updating { () async throws(UpdateError) in
            policy.layoutsRole == .targets
                ? search.state.targets : try await search.delegate(policy.layoutsRole)
        }
        guard let role else {
            throw Failure(
                .malformedPolicy(
                    .missing(path: "delegation to the layouts role \(policy.layoutsRole)")))
        }
        var governing: [LayoutTarget] = []
        for file in role.document.files where file.path.fileName.hasSuffix(".layout") {
            let layout = try malformed { () throws(JSONError) in try LayoutTarget(file) }
            if layout.fit(path) != .none { governing.append(layout) }
        }
        return governing
    }

    /// The one layout that the file names; it must be among those that govern it (rule 3, rule 4).
    func named(
        _ named: [TargetPath], _ governing: [LayoutTarget], _ path: TargetPath
    ) async throws(Failure) -> LayoutTarget {
        let layouts = named.filter { $0.fileName.hasSuffix(".layout") }
        guard layouts.count == 1, let wanted = layouts.first else {
            throw Failure(.layoutCount(path, found: layouts.count))
        }
        let found = try await policyFile(wanted)
        let layout = try malformed { () throws(JSONError) in try LayoutTarget(found.file) }
        if policy.governs && !governing.contains(where: { $0.file.path == wanted }) {
            throw Failure(.layoutDoesNotGovern(layout: layout.name, path))
        }
        return layout
    }

    /// A layout or a layout's key: only the role that makes policy may have it.
    func policyFile(
        _ path: TargetPath
    ) async throws(Failure) -> FoundTarget {
        let found = try await files.find(path)
        guard found.role == policy.layoutsRole, found.chain.count <= 2 else {
            throw Failure(
                .policyFromWrongRole(path, found: found.role, expected: policy.layoutsRole))
        }
        return found
    }

    /// What the path gives, and what the user adds to it; nobody can say two things of one name.
    func parameters(
        _ layout: LayoutTarget, _ path: TargetPath, adding given: [String: String]
    ) throws(Failure) -> [String: String] {
        var parameters: [String: String] = [:]
        switch layout.fit(path) {
        case .one(let captured): parameters = captured
        case .ambiguous: throw Failure(.ambiguousPath(path, layout: layout.name))
        case .none where policy.governs:
            throw Failure(.layoutDoesNotGovern(layout: layout.name, path))
        case .none: break
        }
        for name in given.keys.map({ UTF8Text($0) }).sorted() {
            let known = parameters.updateValue(given[name.string] ?? "", forKey: name.string)
            if known != nil { throw Failure(.parameterOfPath(name, layout: layout.name)) }
        }
        return parameters
    }

    /// A layout that enough of its owners signed.
    struct Signed {
        let layout: Verified<Layout>
        let names: NameBook
        let possible: Int
        let digest: String
    }

    func signed(
        _ target: LayoutTarget
    ) async throws(Failure) -> Signed {
        var names = NameBook(target.names)
        var entries: [Authority.Entry] = []
        var keys: [TargetFile] = []
        for path in target.keys { keys.append(try await policyFile(path).file) }
        let pems = try await files.bytes(keys, files.limits.keyBytes)
        for (path, pem) in zip(target.keys, pems) {
            do throws(SigningError) {
                let key = try PublicKey(file: pem)
                names.unite(key.ids)
                entries.append(Authority.Entry(key))
            } catch {
                throw Failure(.malformedLayoutKey(path, error))
            }
        }
        let authority = Authority(entries, threshold: target.threshold, at: search.state.now)
        let received = try await files.bytes([target.file], files.limits.layoutBytes)[0]
        do throws(SigningError) {
            let file = try InTotoFile(received, limits: JSONLimits(maximumBytes: received.count))
            let layout = try file.verified(by: authority, decoding: Layout.init)
            for (id, key) in layout.document.keys {
                names.unite([id] + key.ids)
            }
            return Signed(
                layout: layout, names: names,
                possible: DistinctKeys(entries.map(\.key)).count,
                digest: DigestAlgorithm.sha256.hexDigest(of: received))
        } catch {
            throw Failure(layoutError(error, target, entries), names: names)
        }
    }

    private func layoutError(
        _ error: SigningError, _ target: LayoutTarget, _ entries: [Authority.Entry]
    ) -> ReleaseError {
        guard case .threshold(let count) = error else {
            return .malformedLayout(layout: target.name, error)
        }
        let signed = Set(count.accepted)
        let others = entries.filter { signed.isDisjoint(with: $0.ids) }.map(\.ids[0])
        return .layoutUnsigned(layout: target.name, count, mayStillSign: others)
    }
}

/// What is wrong with what the repository's owners wrote.
func malformed<Result>(
    _ body: () throws(JSONError) -> Result
) throws(ReleaseVerifier.Failure) -> Result {
    do throws(JSONError) { return try body() } catch {
        throw ReleaseVerifier.Failure(.malformedPolicy(error))
    }
}
