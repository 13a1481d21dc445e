// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
public import TUFMetadata
public import TUFRepository

extension Publisher {
    /// What becomes of a functionary.
    public enum Dismissal: Sendable {
        /// The links that published releases rest on count on; new ones do not.
        case retired
        /// No link counts, but for those of the releases at these paths.
        case compromised(keeping: [TargetPath])
        /// As if nothing had been said.
        case reinstated
    }

    /// Revokes a functionary in every layout that lets the key do a step, or takes that back.
    ///
    /// The layouts themselves stay as they are, and so do the signatures on them: what is said
    /// stands in their targets' `custom`, under the offline signature of the role that makes
    /// policy.
    ///
    /// - Parameters:
    ///   - since: a day, as in 2026-11-23.
    ///   - reason: one line of at most 200 bytes; consumers see it.
    /// - Throws: ``PublishingError``; the repository is then as it was.
    public func revoke(
        _ name: String, _ dismissal: Dismissal, since: String, reason: String,
        confirming: Confirmation = { _, _ in true }
    ) async throws(PublishingError) -> ChangeOutcome {
        let impact = try await impact(of: name)
        let layouts = impact.policies.filter { !$0.steps.isEmpty }
        guard !layouts.isEmpty else { throw .impact(.noFunctionary(impact.key.name)) }
        let kept = try kept(dismissal, impact)
        let entries = try layouts.map { (layout) throws(PublishingError) in
            try (layout.path, revocation(of: layout, impact, dismissal, kept, since, reason))
        }
        let role = try policy(try state()).layoutsRole
        let key = impact.key
        return try await change(confirming: confirming) { (edit) throws(RepositoryError) in
            for (path, revocation) in entries {
                try edit.revoke(key, revocation, in: path, listedBy: role)
            }
        }
    }

    /// Digests of the links that count on, by the layout of the releases that rest on them.
    private func kept(
        _ dismissal: Dismissal, _ impact: Impact
    ) throws(PublishingError) -> [Impact.Release] {
        switch dismissal {
        case .reinstated: return []
        case .retired: return impact.releases.filter { $0.refusal == nil }
        case .compromised(let paths):
            return try paths.map { (path) throws(PublishingError) in
                guard let release = impact.releases.first(where: { $0.path == path }) else {
                    throw .impact(.nothingToKeep(path, name: impact.key.name))
                }
                return release
            }
        }
    }

    private func revocation(
        of layout: Impact.Policy, _ impact: Impact, _ dismissal: Dismissal,
        _ kept: [Impact.Release], _ since: String, _ reason: String
    ) throws(PublishingError) -> Revocation? {
        let manner: Revocation.Manner
        switch dismissal {
        case .retired: manner = .retired
        case .compromised: manner = .compromised
        case .reinstated:
            guard layout.revocation != nil else { throw .impact(.notRevoked(impact.key.name)) }
            return nil
        }
        return Revocation(
            keyID: impact.key.ids[0], manner: manner, since: since, reason: reason,
            links: kept.filter { $0.layout == layout.path }.flatMap(\.links).map(\.sha256))
    }
}

extension RepositoryEdit {
    /// Puts what is said of a key in the place of what was said of it before.
    fileprivate mutating func revoke(
        _ key: KnownKey, _ revocation: Revocation?, in path: TargetPath, listedBy role: RoleName
    ) throws(RepositoryError) {
        guard var entry = try entry(at: path, in: role) else {
            throw .noFile(path, role: role)
        }
        var custom = entry["custom"] ?? [:]
        var carnet = custom["carnet"] ?? [:]
        var listed = (carnet["revoked"]?.elements ?? []).filter { other in
            (other["keyid"]?.text).map { !key.isListed(as: KeyID($0)) } ?? true
        }
        if let revocation { listed.append(revocation.json) }
        carnet.set("revoked", listed.isEmpty ? nil : .array(listed))
        custom.set("carnet", carnet)
        entry.set("custom", custom)
        try set(entry, at: path, in: role)
    }
}
