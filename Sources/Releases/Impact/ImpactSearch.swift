// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository

extension Publisher {
    /// What rests on the key of this name or id. Nothing is changed.
    ///
    /// Whether a release would fall is not reckoned: the consumer's verifier judges it with the
    /// key's links left out.
    ///
    /// - Throws: ``PublishingError``, `.impact` for a key that the repository does not know.
    public func impact(of name: String) async throws(PublishingError) -> Impact {
        guard directory.isRepository else {
            throw .repository(.noRepository(path: directory.path))
        }
        let search = try ImpactSearch(self)
        return try await search.impact(of: try search.key(name))
    }
}

/// Looks for a key in all of a repository.
struct ImpactSearch {
    let publisher: Publisher
    let state: PublishedState
    let policy: RepositoryPolicy
    let layouts: [KnownLayout]
    /// Keys that sign each layout, in its order.
    private let signers: [[PublicKey]]
    private let roles: [Role]
    private let keys: KnownKeys

    /// A role, or the hash bins of one prefix, which share their keys.
    private struct Role {
        let name: RoleName
        let keys: RoleKeySet
        var bins: SuccinctRoles?

        func contains(_ role: RoleName) -> Bool { role == name || bins?.number(of: role) != nil }
    }

    init(_ publisher: Publisher) throws(PublishingError) {
        self.publisher = publisher
        state = try publisher.state()
        policy = try publisher.policy(state)
        layouts = try publisher.layouts(policy, state)
        roles = try ImpactSearch.roles(state, publisher.now)
        var keys = KnownKeys()
        for role in roles {
            for holder in role.keys.holders {
                let name = KeyPeople.holder(of: holder.key)?.string
                keys.add(holder.key, as: holder.id, name: name)
            }
        }
        var signers: [[PublicKey]] = []
        for layout in layouts {
            var own: [PublicKey] = []
            for path in layout.target.keys {
                guard let key = ImpactSearch.signer(path, policy, state, publisher) else {
                    continue
                }
                own.append(key)
                let name = layout.target.names[key.keyID]
                keys.add(key, as: key.keyID, name: name)
            }
            signers.append(own)
            for (id, key) in layout.document.keys.sorted(by: { $0.key.text < $1.key.text }) {
                let name = ([id] + key.ids).compactMap { layout.target.names[$0] }.first
                keys.add(key, as: id, name: name)
            }
        }
        self.signers = signers
        self.keys = keys
    }

    /// The key of this name or id; or one in a folder of keys or a file, if the repository has it.
    func key(_ name: String) throws(PublishingError) -> KnownKey {
        do throws(ImpactError) { return try keys.key(name) } catch {
            if case .unknownKey = error, let directory = publisher.ring as? KeyDirectory,
                let key = try? directory.inTotoKey(name), let known = keys.key(key)
            {
                return known
            }
            throw .impact(error)
        }
    }

    private static func roles(
        _ state: PublishedState, _ now: Instant
    ) throws(PublishingError) -> [Role] {
        let edit = RepositoryEdit(state, now: now)
        return try repository { () throws(RepositoryError) in
            var found: [Role] = []
            for name in [RoleName.root, .timestamp, .snapshot] {
                found.append(Role(name: name, keys: try edit.keys(of: name)))
            }
            for name in try state.tree.named() {
                found.append(Role(name: name, keys: try edit.keys(of: name)))
                let targets = name == .targets ? state.targets : try state.delegated(name).targets
                if case .succinct(let bins)? = targets.document.delegations?.roles {
                    let prefix = RoleName(bins.namePrefix)
                    found.append(
                        Role(name: prefix, keys: try edit.keys(of: prefix), bins: bins))
                }
            }
            return found
        }
    }

    private static func signer(
        _ path: TargetPath, _ policy: RepositoryPolicy, _ state: PublishedState,
        _ publisher: Publisher
    ) -> PublicKey? {
        let role =
            policy.layoutsRole == .targets
            ? state.targets : try? state.delegated(policy.layoutsRole).targets
        guard let file = role?.document.files[path],
            let bytes = try? FileSystem.read(
                publisher.directory.targetPath(path, hash: file.digest.hex))
        else { return nil }
        return try? PublicKey(file: bytes)
    }

    // MARK: one key

    func impact(of key: KnownKey) async throws(PublishingError) -> Impact {
        let files = try ReleasedFiles(state)
        return Impact(
            key: key, roles: roles(of: key, files), policies: policies(of: key),
            releases: try await releases(of: key, files))
    }

    private func isSame(_ key: KnownKey, _ other: PublicKey, _ id: KeyID) -> Bool {
        if let material = key.key.material, material == other.material { return true }
        return key.isListed(as: id)
    }

    private func roles(of key: KnownKey, _ files: ReleasedFiles) -> [Impact.Role] {
        var counts: [RoleName: Int] = [:]
        for file in files.all { counts[file.role, default: 0] += 1 }
        return roles.compactMap { role in
            let holders = role.keys.holders
            guard holders.contains(where: { isSame(key, $0.key, $0.id) }) else { return nil }
            return Impact.Role(
                name: role.name, threshold: role.keys.threshold, keys: role.keys.count,
                files: counts.filter { role.contains($0.key) }.values.reduce(0, +))
        }
    }

    func policies(of key: KnownKey) -> [Impact.Policy] {
        zip(layouts, signers).compactMap { layout, signers in
            let mySignature = signers.contains { isSame(key, $0, $0.keyID) }
            let steps = layout.document.steps.filter { step in
                step.pubkeys.contains { id in
                    guard let functionary = layout.document.functionary(id) else { return false }
                    return isSame(key, functionary.key, id)
                }
            }
            guard mySignature || !steps.isEmpty else { return nil }
            return Impact.Policy(
                name: layout.target.name, path: layout.target.file.path,
                signing: mySignature
                    ? (layout.target.threshold, DistinctKeys(signers).count) : nil,
                steps: steps.map {
                    Impact.Policy.Step(
                        name: $0.name, threshold: $0.threshold, functionaries: $0.pubkeys.count)
                },
                revocation: layout.target.revoked.first { key.isListed(as: $0.keyID) })
        }
    }

    // MARK: releases

    private func releases(
        of key: KnownKey, _ files: ReleasedFiles
    ) async throws(PublishingError) -> [Impact.Release] {
        let digits = key.linkDigits
        let concerned = files.all.filter { file in
            file.evidence.contains { ImpactSearch.isLink($0, by: digits) }
        }
        guard !concerned.isEmpty else { return [] }
        let paths = concerned.map(\.path)
        let (search, download) = try await publisher.read(StagedRepository(publisher.directory))
        let now = await ReleaseSurvey(search, ReleaseVerifier(search, download)).judge(paths)
        let gone = RevokedFunctionary(keyID: key.ids[0], links: [], words: "is left out")
        let without = await ReleaseSurvey(
            search, ReleaseVerifier(search, download, revoking: [gone])
        ).judge(paths)
        var releases: [Impact.Release] = []
        for (index, file) in concerned.enumerated() {
            releases.append(
                Impact.Release(
                    path: file.path,
                    layout: file.evidence.first { AuditLayouts.isLayout($0) },
                    links: try await links(file, digits, search),
                    refusal: ImpactSearch.refusal(now[index]),
                    without: ImpactSearch.refusal(without[index])))
        }
        return releases
    }

    private func links(
        _ file: ReleasedFiles.Entry, _ digits: Set<String>, _ search: TargetSearch
    ) async throws(PublishingError) -> [Impact.Release.Link] {
        var links: [Impact.Release.Link] = []
        for path in file.evidence where ImpactSearch.isLink(path, by: digits) {
            do throws(UpdateError) {
                guard let found = try await search.find(path),
                    let digest = found.file.hashes[.sha256]
                else { continue }
                links.append(Impact.Release.Link(path: path, sha256: UTF8Text(digest)))
            } catch {
                throw .preflight(error)
            }
        }
        return links
    }

    /// Whether a file's name says that one of these keys signed it: `tag.776a00e2.link`.
    private static func isLink(_ path: TargetPath, by digits: Set<String>) -> Bool {
        guard let name = path.string.split(separator: "/").last else { return false }
        let parts = name.split(separator: ".")
        return parts.count >= 3 && parts.last == "link"
            && digits.contains(String(parts[parts.count - 2]))
    }

    private static func refusal(
        _ outcome: Result<EvidenceSummary, ReleaseVerifier.Failure>
    ) -> Refusal? {
        guard case .failure(let failure) = outcome else { return nil }
        return Refusal(failure.error, names: failure.names)
    }
}
