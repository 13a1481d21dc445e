// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import InTotoMetadata
import InTotoVerification
public import Inspecting
public import MetadataSigning
public import TUFClient
public import TUFMetadata

/// Judges a file of a repository by the evidence that the repository publishes for it: the four
/// rules of the trust model, then in-toto. Consumers, and publishers before they publish, use
/// the same one.
public struct ReleaseVerifier: Sendable {
    /// Bounds on what one file's evidence may be.
    public struct Limits: Sendable {
        public var layoutBytes = 8 << 20
        public var linkBytes = 128 << 20
        /// All links of one file together.
        public var evidenceBytes = 512 << 20
        public var keyBytes = 64 << 10
        /// Links of one file.
        public var links = 1024

        public init() {}
    }

    let search: TargetSearch
    private let download: TargetDownload
    private let inspections: InspectionPolicy
    private let limits: Limits
    private let cache: EvidenceCache?

    /// - Parameters:
    ///   - inspections: what inspections may do, where the file itself is at hand.
    ///   - cache: keeps evidence from one verification to the next.
    public init(
        _ search: TargetSearch, _ download: TargetDownload,
        inspections: InspectionPolicy = InspectionPolicy(), limits: Limits = Limits(),
        cache: EvidenceCache? = nil
    ) {
        self.search = search
        self.download = download
        self.inspections = inspections
        self.limits = limits
        self.cache = cache
    }

    /// Verifies the evidence of a file that the search found and whose bytes are, or will be,
    /// checked against `target`.
    ///
    /// 1. Read the policy that top-level targets signed (rule 1).
    /// 2. Find the layouts that govern the path (rule 2, rule 4).
    /// 3. Take the one that the file names; it must be among them (rule 3, rule 4).
    /// 4. Check its signatures with the keys that its target names (rule 2).
    /// 5. Fetch the links that the file names, through TUF like everything else.
    /// 6. Verify the supply chain and that the file is its product.
    ///
    /// - Parameters:
    ///   - product: where the file's bytes are; without it inspections that look into the file
    ///     refuse it.
    ///   - repositoryOnly: the user asked for the repository's signature alone.
    /// - Throws: ``ReleaseError``, the one reason for refusal.
    public func verify(
        _ target: FoundTarget, product: ProductFile? = nil, repositoryOnly: Bool = false
    ) async throws(Failure) -> EvidenceSummary {
        if repositoryOnly { return .repositoryOnly(role: target.role) }
        let policy = try malformed { () throws(JSONError) in
            try RepositoryPolicy(search.state.targets.document)
        }
        let governing = try await governingLayouts(policy, target.file.path)
        let named = try malformed { () throws(JSONError) in
            try LayoutTarget.paths(target.file.custom?["in-toto"], in: target.file.path)
        }
        if named.isEmpty {
            if !governing.isEmpty {
                throw Failure(.noEvidence(target.file.path, layouts: governing.map(\.name)))
            }
            guard policy.needsNoEvidence(target.file.path) else {
                throw Failure(.noPolicy(target.file.path))
            }
            return .unattested(role: .targets)
        }
        let layout = try await namedLayout(named, policy, governing, target.file.path)
        let parameters = try parameters(layout, policy, target.file.path)
        let signed = try await signedLayout(layout, policy)
        let evidence = try await links(named, target.file.path, signed.names)
        return try await chain(
            target, product.map(inspections.runner), layout, signed, evidence, parameters, policy)
    }

    /// A refusal, with the names that were known when it came.
    public struct Failure: Error, Sendable {
        public let error: ReleaseError
        public let names: NameBook

        init(_ error: ReleaseError, names: NameBook = NameBook()) {
            self.error = error
            self.names = names
        }
    }

    /// Checks a layout and its keys as rule 2 demands, without a file that it governs.
    ///
    /// - Returns: the layout.
    public func layout(at path: TargetPath) async throws(Failure) -> Verified<Layout> {
        let policy = try malformed { () throws(JSONError) in
            try RepositoryPolicy(search.state.targets.document)
        }
        let found = try await policyFile(path, policy)
        let target = try malformed { () throws(JSONError) in try LayoutTarget(found.file) }
        return try await signedLayout(target, policy).layout
    }

    // MARK: 2, 3 layouts

    private func governingLayouts(
        _ policy: RepositoryPolicy, _ path: TargetPath
    ) async throws(Failure) -> [LayoutTarget] {
        guard policy.governs else { return [] }
        let role = try await updating { () async throws(UpdateError) in
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

    private func namedLayout(
        _ named: [TargetPath], _ policy: RepositoryPolicy, _ governing: [LayoutTarget],
        _ path: TargetPath
    ) async throws(Failure) -> LayoutTarget {
        let layouts = named.filter { $0.fileName.hasSuffix(".layout") }
        guard layouts.count == 1, let wanted = layouts.first else {
            throw Failure(.layoutCount(path, found: layouts.count))
        }
        let found = try await policyFile(wanted, policy)
        let layout = try malformed { () throws(JSONError) in try LayoutTarget(found.file) }
        if policy.governs && !governing.contains(where: { $0.file.path == wanted }) {
            throw Failure(.layoutDoesNotGovern(layout: layout.name, path))
        }
        return layout
    }

    /// A layout or a layout's key: only the role that makes policy may have it.
    private func policyFile(
        _ path: TargetPath, _ policy: RepositoryPolicy
    ) async throws(Failure) -> FoundTarget {
        let found = try await find(path)
        guard found.role == policy.layoutsRole, found.chain.count <= 2 else {
            throw Failure(
                .policyFromWrongRole(path, found: found.role, expected: policy.layoutsRole))
        }
        return found
    }

    private func parameters(
        _ layout: LayoutTarget, _ policy: RepositoryPolicy, _ path: TargetPath
    ) throws(Failure) -> [String: String] {
        switch layout.fit(path) {
        case .one(let parameters): return parameters
        case .ambiguous: throw Failure(.ambiguousPath(path, layout: layout.name))
        case .none where policy.governs:
            throw Failure(.layoutDoesNotGovern(layout: layout.name, path))
        case .none: return [:]
        }
    }

    // MARK: 4 signatures of the layout

    private struct SignedLayout {
        let layout: Verified<Layout>
        let names: NameBook
        let possible: Int
        let digest: String
    }

    private func signedLayout(
        _ target: LayoutTarget, _ policy: RepositoryPolicy
    ) async throws(Failure) -> SignedLayout {
        var names = NameBook(target.names)
        var entries: [Authority.Entry] = []
        var files: [TargetFile] = []
        for path in target.keys { files.append(try await policyFile(path, policy).file) }
        let pems = try await bytes(files, limits.keyBytes)
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
        let received = try await bytes([target.file], limits.layoutBytes)[0]
        do throws(SigningError) {
            let file = try InTotoFile(received, limits: JSONLimits(maximumBytes: received.count))
            let layout = try file.verified(by: authority, decoding: Layout.init)
            for (id, key) in layout.document.keys {
                names.unite([id] + key.ids)
            }
            return SignedLayout(
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

    // MARK: 5 links

    private func links(
        _ named: [TargetPath], _ path: TargetPath, _ book: NameBook
    ) async throws(Failure) -> Evidence {
        let links = named.filter { !$0.fileName.hasSuffix(".layout") }
        guard links.count <= limits.links else {
            throw Failure(
                .tooMuchEvidence(path, found: links.count, maximum: limits.links))
        }
        var names = Set<UTF8Text>()
        var wanted: [(name: UTF8Text, file: TargetFile)] = []
        var total = 0
        for link in links {
            let found: FoundTarget
            do throws(Failure) { found = try await find(link) } catch {
                if case .update(.noSuchTarget) = error.error {
                    throw Failure(.evidenceNotPublished(link), names: book)
                }
                throw error
            }
            let name = ReleaseVerifier.evidenceName(link)
            guard names.insert(name).inserted else {
                throw Failure(.evidenceTwice(link), names: book)
            }
            total = total.addingReportingOverflow(found.file.length).partialValue
            guard (0...limits.evidenceBytes).contains(total) else {
                throw Failure(
                    .tooMuchEvidence(path, found: total, maximum: limits.evidenceBytes))
            }
            wanted.append((name, found.file))
        }
        let received = try await bytes(wanted.map(\.file), limits.linkBytes)
        let files = zip(wanted.map(\.name), received)
        return Evidence(files: Dictionary(uniqueKeysWithValues: files))
    }

    /// A link's name for in-toto: its path below `in-toto-metadata/<digest>/`, so that the links
    /// of a sub-chain keep their folder.
    static func evidenceName(_ path: TargetPath) -> UTF8Text {
        let parts = path.string.split(separator: "/")
        let isFiled = parts.count > 2 && parts[0] == LayoutTarget.folder
        return UTF8Text(parts.dropFirst(isFiled ? 2 : parts.count - 1).joined(separator: "/"))
    }

    // MARK: 6 the supply chain

    private func chain(
        _ target: FoundTarget, _ inspections: (any InspectionRunner)?,
        _ layout: LayoutTarget, _ signed: SignedLayout, _ evidence: Evidence,
        _ parameters: [String: String], _ policy: RepositoryPolicy
    ) async throws(Failure) -> EvidenceSummary {
        let product = Product(path: target.file.path.text, digests: target.file.hashes)
        let verifier = SupplyChainVerifier(
            layout: signed.layout, evidence: evidence, parameters: parameters,
            at: search.state.now, product: ProductBinding(product, step: layout.productOf),
            inspections: inspections)
        do throws(SupplyChainError) {
            let report = try await verifier.verify()
            return .supplyChain(
                SupplyChainSummary(
                    report, layout, policyDigest: signed.digest, names: signed.names,
                    possible: signed.possible, parameters: parameters, role: policy.layoutsRole))
        } catch {
            throw Failure(
                .supplyChain(layout: layout.name, error), names: signed.names)
        }
    }

    // MARK: files

    private func find(_ path: TargetPath) async throws(Failure) -> FoundTarget {
        let found = try await updating { () async throws(UpdateError) in
            try await search.find(path)
        }
        guard let found else { throw Failure(.update(.noSuchTarget(path))) }
        return found
    }

    /// The files' bytes in their order, fetched several at a time.
    private func bytes(
        _ files: [TargetFile], _ maximum: Int
    ) async throws(Failure) -> [[UInt8]] {
        typealias Fetched = (index: Int, outcome: Result<[UInt8], UpdateError>)
        let outcomes = await withTaskGroup(of: Fetched.self) { group in
            var outcomes: [Int: Result<[UInt8], UpdateError>] = [:]
            for (index, file) in files.enumerated() {
                if index >= 8, let (done, outcome) = await group.next() {
                    outcomes[done] = outcome
                }
                group.addTask { (index, await fetched(file, maximum)) }
            }
            for await (done, outcome) in group { outcomes[done] = outcome }
            return outcomes
        }
        // In the files' order, so that of several failures the first is told, whoever came first.
        return try updated { () throws(UpdateError) in
            var all: [[UInt8]] = []
            for index in files.indices {
                if let outcome = outcomes[index] { all.append(try outcome.get()) }
            }
            return all
        }
    }

    private func fetched(
        _ file: TargetFile, _ maximum: Int
    ) async -> Result<[UInt8], UpdateError> {
        if let bytes = cache?.bytes(of: file, maximumBytes: maximum) { return .success(bytes) }
        do throws(UpdateError) {
            let bytes = try await download.bytes(of: file, maximumBytes: maximum)
            cache?.keep(bytes, of: file)
            return .success(bytes)
        } catch {
            return .failure(error)
        }
    }

    private func updated<Result>(
        _ body: () throws(UpdateError) -> Result
    ) throws(Failure) -> Result {
        do throws(UpdateError) { return try body() } catch { throw Failure(.update(error)) }
    }

    private func updating<Result>(
        _ body: () async throws(UpdateError) -> Result
    ) async throws(Failure) -> Result {
        do throws(UpdateError) { return try await body() } catch {
            throw Failure(.update(error))
        }
    }

    private func malformed<Result>(
        _ body: () throws(JSONError) -> Result
    ) throws(Failure) -> Result {
        do throws(JSONError) { return try body() } catch {
            throw Failure(.malformedPolicy(error))
        }
    }
}
