// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import TUFClient
import TUFMetadata

/// The layouts that a repository publishes: read as far as they go, whatever is wrong with them.
struct AuditLayouts {
    private let context: AuditContext
    private let search: AuditSearch
    private let roles: AuditRoles
    private let consistent: Bool
    let policy: RepositoryPolicy

    /// Target files of layouts and of their keys that something is wrong with.
    private(set) var faulty: Set<TargetPath> = []
    /// Names of the layouts that something is wrong with.
    private(set) var faultyNames: Set<UTF8Text> = []
    /// What ends when.
    private(set) var expiries: [AuditReport.Summary.Expiry] = []
    private(set) var count = 0

    init(
        _ context: AuditContext, _ roles: AuditRoles, _ search: AuditSearch, consistent: Bool,
        _ policy: RepositoryPolicy
    ) {
        self.context = context
        self.roles = roles
        self.search = search
        self.consistent = consistent
        self.policy = policy
    }

    mutating func walk(_ log: inout AuditLog) async {
        guard let role = roles.byName[policy.layoutsRole] else { return }
        for file in role.targets.files where AuditLayouts.isLayout(file.path) {
            count += 1
            let findings = await judge(file)
            log.add(findings)
            guard findings.contains(where: { $0.severity == .error }) else { continue }
            faulty.insert(file.path)
            if let target = try? LayoutTarget(file) {
                faultyNames.insert(UTF8Text(target.name))
                faulty.formUnion(target.keys)
            }
        }
    }

    static func isLayout(_ path: TargetPath) -> Bool {
        path.fileName.utf8.suffix(7).elementsEqual(".layout".utf8)
    }

    // MARK: one layout

    private mutating func judge(_ file: TargetFile) async -> [Finding] {
        let name = file.path.description
        let target: LayoutTarget
        do throws(JSONError) { target = try LayoutTarget(file) } catch {
            return [AuditLayouts.malformed(name, "\(error)")]
        }
        var (authority, book, findings) = await keys(of: target)
        let received: [UInt8]
        switch await bytes(of: file, maximum: context.options.evidence.layoutBytes) {
        case .success(let bytes): received = bytes
        case .failure(let refusal): return findings + [refusal.finding]
        }
        do throws(SigningError) {
            let limits = JSONLimits(maximumBytes: received.count)
            let signed = try InTotoFile(received, limits: limits)
            let layout = try AuditLayouts.layout(signed, limits)
            for (id, key) in layout.keys { book.unite([id] + key.ids) }
            // With a key missing it cannot be said who has signed.
            if findings.isEmpty, let finding = unsigned(signed, name, authority, book) {
                findings.append(finding)
            }
            findings += times(name, layout.expires) + steps(layout, name, book)
        } catch {
            findings.append(AuditLayouts.malformed(name, "\(error)"))
        }
        return findings
    }

    private static func malformed(_ name: String, _ words: String) -> Finding {
        Finding(
            .layoutMalformed, name, "is no layout that a consumer takes", found: words,
            remedy: "publish it anew: carnet layout add")
    }

    /// What the layout says, signed or not.
    private static func layout(
        _ file: InTotoFile, _ limits: JSONLimits
    ) throws(SigningError) -> Layout {
        do throws(JSONError) {
            switch file.container {
            case .metablock(let file): return try Layout(file.signed)
            case .envelope(let envelope):
                return try Layout(JSONDocument(envelope.payload, limits: limits).root)
            }
        } catch {
            throw .malformed(error)
        }
    }

    private func bytes(
        of file: TargetFile, maximum: Int
    ) async -> Result<[UInt8], AuditRefusal> {
        let download = TargetDownload(
            targetsURL: context.targetsURL, fetcher: context.fetcher, consistent: consistent)
        do throws(UpdateError) {
            return .success(try await download.bytes(of: file, maximumBytes: maximum))
        } catch {
            return .failure(AuditRefusal(AuditFiles.finding(error, file)))
        }
    }

    // MARK: who signs it

    private func keys(
        of target: LayoutTarget
    ) async -> (authority: Authority, book: NameBook, findings: [Finding]) {
        var book = NameBook(target.names)
        var entries: [Authority.Entry] = []
        var findings: [Finding] = []
        for path in target.keys {
            switch await key(at: path, of: target) {
            case .success(let key):
                book.unite(key.ids)
                entries.append(Authority.Entry(key))
            case .failure(let refusal): findings.append(refusal.finding)
            }
        }
        return (
            Authority(entries, threshold: target.threshold, at: context.now), book, findings
        )
    }

    private func key(
        at path: TargetPath, of target: LayoutTarget
    ) async -> Result<PublicKey, AuditRefusal> {
        func refused(_ words: String) -> AuditRefusal {
            AuditRefusal(
                Finding(
                    .layoutKeyMissing, target.file.path.description,
                    "names \(path) as a key that may sign it, which \(words)",
                    remedy: "publish the layout with its keys: carnet layout add"))
        }
        guard let (file, chain) = search.file(path) else {
            return .failure(refused("is not published"))
        }
        guard chain.last == policy.layoutsRole, chain.count <= 2 else {
            return .failure(
                refused("is published by \(chain.last ?? .targets), not \(policy.layoutsRole)"))
        }
        switch await bytes(of: file, maximum: context.options.evidence.keyBytes) {
        case .failure(let refusal):
            return .failure(refused("could not be had: \(refusal.finding.sentence)"))
        case .success(let pem):
            do throws(SigningError) { return .success(try PublicKey(file: pem)) } catch {
                return .failure(refused("is no key: \(error)"))
            }
        }
    }

    private func unsigned(
        _ file: InTotoFile, _ name: String, _ authority: Authority, _ book: NameBook
    ) -> Finding? {
        let count = file.count(by: authority)
        guard !count.isMet else { return nil }
        let signed = Set(count.accepted)
        let others = authority.entries.filter { signed.isDisjoint(with: $0.ids) }.map(\.ids[0])
        return Finding(
            .layoutUnsigned, name, "is not signed by enough of those who may sign it",
            found: "signed by \(count.accepted.count)"
                + (count.accepted.isEmpty ? "" : ": \(book.names(count.accepted))"),
            expected: "\(counted(count.required, "different key"))",
            remedy: others.isEmpty
                ? "lower its threshold or name more signers, then publish it: carnet layout add"
                : "have it signed by \(book.names(others)) with carnet layout sign, then publish "
                    + "it: carnet layout add")
    }

    // MARK: what it says

    private mutating func times(_ name: String, _ expires: Instant) -> [Finding] {
        expiries.append(.init(subject: name, at: expires))
        let renewal = "sign it anew with carnet layout sign, then publish it: carnet layout add"
        return context.times(name, expires, period: nil, renewal: renewal).map { finding in
            Finding(
                finding.code == .expired ? .layoutExpired : .layoutExpiring, finding.subject,
                finding.code == .expired
                    ? "has expired: consumers refuse every file that it governs"
                    : finding.sentence,
                found: finding.found, expected: finding.expected, remedy: finding.remedy)
        }
    }

    private func steps(_ layout: Layout, _ name: String, _ book: NameBook) -> [Finding] {
        let remedy = "correct its source, then publish it: carnet layout add"
        return layout.steps.flatMap { step -> [Finding] in
            let unusable = step.pubkeys.filter { layout.functionary($0)?.key.material == nil }
            if !unusable.isEmpty {
                return [
                    Finding(
                        .layoutKeyMissing, name,
                        "lets \(book.names(unusable)) do step \(quoted(step.name)) and does not "
                            + "hold a key of theirs that can be used", remedy: remedy)
                ]
            }
            let count = DistinctKeys(step.pubkeys.compactMap { layout.functionary($0)?.key }).count
            guard count < step.threshold || step.threshold < 1 else { return [] }
            return [
                Finding(
                    .thresholdUnreachable, name,
                    "asks for more links of step \(quoted(step.name)) than people may make",
                    found: counted(count, "different key"), expected: "\(step.threshold)",
                    remedy: remedy)
            ]
        }
    }
}
