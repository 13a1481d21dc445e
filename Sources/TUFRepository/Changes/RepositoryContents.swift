// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// A whole state of a repository: its root, its snapshot, and every targets role, at any depth.
package struct RepositoryContents: Sendable {
    package let root: Root
    package let snapshot: Snapshot
    /// Top-level targets and the roles that it leads to.
    package let roles: [RoleName: Targets]
    /// Roles that are delegated to and could not be read, or are not signed as they should be.
    package let unread: [RoleName: RepositoryError]
    /// Whether there were more roles than the limit.
    package let isCut: Bool
    /// Number of roles that are read at most.
    package let limit: Int

    /// Reads all roles that `snapshot` lists and that can be reached from top-level targets.
    ///
    /// Each role is read once, under the first delegation that leads to it; so a loop ends.
    /// Nothing is thrown for a role that cannot be read: what is known of the others matters.
    ///
    /// - Parameters:
    ///   - root: the root under which the state was published, verified by the caller.
    ///   - snapshot: its snapshot, verified by the caller.
    package init(
        reading reader: any MetadataReader, root: Root, snapshot: Snapshot,
        atMost limit: Int = 200_000
    ) {
        var walk = Walk(reader: reader, root: root, snapshot: snapshot, limit: limit)
        walk.run()
        self.root = root
        self.snapshot = snapshot
        self.limit = limit
        (roles, unread, isCut) = (walk.roles, walk.unread, walk.isCut)
    }

    private struct Walk {
        let reader: any MetadataReader
        let root: Root
        let snapshot: Snapshot
        let limit: Int
        var roles: [RoleName: Targets] = [:]
        var unread: [RoleName: RepositoryError] = [:]
        var isCut = false

        mutating func run() {
            var queue = [(role: RoleName.targets, authority: root.authority(of: .targets))]
            var seen: Set<RoleName> = [.targets]
            var next = 0
            while next < queue.count {
                let (role, authority) = queue[next]
                next += 1
                do throws(RepositoryError) {
                    let targets = try read(role, authority)
                    roles[role] = targets
                    guard let delegations = targets.delegations else { continue }
                    // Bins may be more than memory holds.
                    guard delegations.count <= limit - seen.count else {
                        isCut = true
                        continue
                    }
                    for delegation in delegations.all where seen.insert(delegation.role).inserted {
                        queue.append((delegation.role, delegation.authority))
                    }
                } catch {
                    unread[role] = error
                }
            }
        }

        private func read(
            _ role: RoleName, _ authority: Authority
        ) throws(RepositoryError) -> Targets {
            guard let listed = snapshot[role] else {
                throw .missing(file: role.shownFile)
            }
            let name = role.fileName(version: root.consistentSnapshot ? listed.version : nil)
            guard let bytes = try reader.read(metadata: name) else { throw .missing(file: name) }
            do throws(SigningError) {
                let targets = try SignedFile(bytes)
                    .verified(by: authority, decoding: Targets.init).document
                guard targets.version == listed.version else {
                    throw .malformed(
                        .mismatch(
                            path: "signed.version", found: "\(targets.version)",
                            expected: "\(listed.version)"))
                }
                return targets
            } catch {
                throw .invalid(file: name, error)
            }
        }
    }

    /// What changed since an older state, by role: root, targets, the other roles by their
    /// names, snapshot. Roles without a change are left out.
    package func changes(
        since old: RepositoryContents, at now: Instant, listing: Int = 10
    ) -> [RoleChanges] {
        var result = [
            RoleChanges(
                of: .root, from: old.root.value, to: root.value, at: now, listing: listing)
        ]
        let names = Set(old.roles.keys).union(roles.keys).union(unread.keys)
            .union(old.unread.keys)
        let sorted = [RoleName.targets] + names.filter { $0 != .targets }.sorted()
        for role in sorted {
            result.append(changes(of: role, since: old, at: now, listing: listing))
        }
        result.append(
            RoleChanges(
                of: .snapshot, from: old.snapshot.value, to: snapshot.value, at: now,
                listing: listing))
        if isCut || old.isCut {
            let change = Change(
                role: .targets, place: Place(), fact: .header(.beyond(limit: limit)))
            result.insert(RoleChanges(.targets, [change]), at: 0)
        }
        return result.filter { !$0.isEmpty }
    }

    private func changes(
        of role: RoleName, since old: RepositoryContents, at now: Instant, listing: Int
    ) -> RoleChanges {
        // Unknown is neither new nor gone.
        if let error = unread[role] ?? old.unread[role] {
            if unread[role] == old.unread[role] { return RoleChanges(role, []) }
            let state = unread[role] == nil ? "in the older state, " : ""
            return RoleChanges(
                role,
                [
                    Change(
                        role: role, place: Place(),
                        fact: .header(.unread(role, reason: "\(state)\(error)")))
                ])
        }
        return RoleChanges(
            of: role, from: old.roles[role]?.value, to: roles[role]?.value, at: now,
            listing: listing)
    }
}
