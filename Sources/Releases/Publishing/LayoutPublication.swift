// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage
import TUFClient
public import TUFMetadata
public import TUFRepository

extension Publisher {
    /// Publishes a signed layout with its public keys.
    ///
    /// 1. Count its signatures. 2. List it and its keys in the role that makes policy. 3. Sign
    /// that role, snapshot and timestamp. 4. Read all of it as a client. 5. Write.
    ///
    /// - Parameters:
    ///   - signed: the layout's file.
    ///   - besideOthers: whether layouts of other names may govern the same paths; a file is then
    ///     verified by the one that it names.
    ///   - confirming: told what becomes of released files, says whether that is meant.
    /// - Returns: its target path; and what waits for signatures, if keys of the role are not at
    ///   hand.
    public func publish(
        _ layout: LayoutFile, signed: [UInt8], besideOthers: Bool = false,
        waits: Waits = .ifSigned,
        confirming: @Sendable (Foresight) throws(PublishingError) -> Bool = { _ in true }
    ) async throws(PublishingError) -> (path: TargetPath, waiting: SignedChange?) {
        let errors = layout.findings(at: now).filter { $0.weight == .error }
        guard errors.isEmpty else { throw .weakLayout(file: layout.path, errors) }
        try count(layout, signed)
        var transaction = try begin()
        let state = try state()
        let policy = try policy(state)
        for template in layout.source.appliesTo {
            guard let sample = template.sample, (try? role(for: sample, state.tree)) != nil else {
                throw .unpublishable(file: layout.path, template)
            }
        }
        let path = try target("\(LayoutTarget.folder)/\(layout.source.name).layout")
        if !besideOthers { try refuseOverlap(layout, path, policy, state) }
        let foresight = try await foresee(layout, signed, at: path, policy, state, transaction)
        guard try confirming(foresight) else { throw .declined }
        let change = try await stage(&transaction, state, waits) {
            (edit, transaction) throws(PublishingError) in
            try add(layout, signed, at: path, policy, &edit, &transaction)
        }
        guard change.isComplete else { return (path, change) }
        let (search, download) = try await preflight(transaction)
        do throws(ReleaseVerifier.Failure) {
            _ = try await ReleaseVerifier(search, download).layout(at: path)
        } catch {
            throw .refused(error.error)
        }
        try await commit(transaction)
        return (path, nil)
    }

    private func add(
        _ layout: LayoutFile, _ signed: [UInt8], at path: TargetPath, _ policy: RepositoryPolicy,
        _ edit: inout RepositoryEdit, _ transaction: inout RepositoryTransaction
    ) throws(PublishingError) {
        var keyPaths: [TargetPath] = []
        for person in layout.source.signers {
            guard let key = layout.keys[person.name], let file = key.file else { continue }
            let keyPath = try target("\(LayoutTarget.keyFolder)/\(key.keyID).pub")
            keyPaths.append(keyPath)
            try add(file, at: keyPath, custom: nil, policy, &edit, &transaction)
        }
        let custom = LayoutTarget.custom(
            keys: keyPaths, threshold: layout.source.threshold,
            appliesTo: layout.source.appliesTo.map(\.text),
            productOf: UTF8Text(layout.source.productOf),
            names: layout.source.people.compactMap { person in
                layout.keys[person.name].map { ($0.keyID, person.name) }
            },
            revoked: try revocations(of: path, policy, edit))
        try add(signed, at: path, custom: custom, policy, &edit, &transaction)
    }

    /// What becomes of released files with this layout.
    private func foresee(
        _ layout: LayoutFile, _ signed: [UInt8], at path: TargetPath, _ policy: RepositoryPolicy,
        _ state: PublishedState, _ transaction: RepositoryTransaction
    ) async throws(PublishingError) -> Foresight {
        var edit = RepositoryEdit(state, now: now)
        var transaction = transaction
        try add(layout, signed, at: path, policy, &edit, &transaction)
        return try await foresee(edit, transaction)
    }

    /// What an earlier version of the layout says of those who left: a new one does not bring
    /// them back.
    private func revocations(
        of path: TargetPath, _ policy: RepositoryPolicy, _ edit: RepositoryEdit
    ) throws(PublishingError) -> [Revocation] {
        let entry = try repository { () throws(RepositoryError) in
            try edit.entry(at: path, in: policy.layoutsRole)
        }
        guard let listed = entry?["custom"]?["carnet"]?["revoked"] else { return [] }
        do throws(JSONError) {
            return try Revocation.list(listed, at: "\(path): custom.carnet.revoked")
        } catch {
            throw .policy(error)
        }
    }

    private func refuseOverlap(
        _ layout: LayoutFile, _ path: TargetPath, _ policy: RepositoryPolicy,
        _ state: PublishedState
    ) throws(PublishingError) {
        let role = try repository { () throws(RepositoryError) in
            policy.layoutsRole == .targets
                ? state.targets : try state.delegated(policy.layoutsRole).targets
        }
        for file in role.document.files where file.path.fileName.hasSuffix(".layout") {
            guard file.path != path, let other = try? LayoutTarget(file) else { continue }
            for template in layout.source.appliesTo {
                let samples = [template.sample].compactMap { $0 }
                if other.appliesTo.contains(template)
                    || samples.contains(where: { other.fit($0) != .none })
                {
                    throw .overlapping(file: layout.path, template, other: other.name)
                }
            }
        }
    }

    private func count(_ layout: LayoutFile, _ signed: [UInt8]) throws(PublishingError) {
        let count: SignatureCount
        do throws(SigningError) {
            count = try SignedFile(signed).count(by: layout.authority(at: now))
        } catch {
            throw .damagedLayout(file: layout.signedPath, error)
        }
        guard count.isMet else {
            throw .layoutUnsigned(
                file: layout.path, count, missing: layout.missing(count))
        }
    }

    private func add(
        _ bytes: [UInt8], at path: TargetPath, custom: JSON?, _ policy: RepositoryPolicy,
        _ edit: inout RepositoryEdit, _ transaction: inout RepositoryTransaction
    ) throws(PublishingError) {
        let digest = DigestAlgorithm.sha256.hexDigest(of: bytes)
        let entry = MetadataBuilder.targetFile(
            length: bytes.count, sha256: digest, custom: custom)
        do throws(RepositoryError) {
            try edit.set(entry, at: path, in: policy.layoutsRole)
        } catch {
            throw .repository(error)
        }
        transaction.add(.bytes(bytes), at: path, hash: digest)
    }

    func policy(_ state: PublishedState) throws(PublishingError) -> RepositoryPolicy {
        do throws(JSONError) {
            return try RepositoryPolicy(state.targets.document)
        } catch {
            throw .policy(error)
        }
    }

    func target(_ path: String) throws(PublishingError) -> TargetPath {
        guard let target = TargetPath(UTF8Text(path)) else { throw .path(path) }
        return target
    }
}
