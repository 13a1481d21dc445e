// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Looks for keys and thresholds that are weaker than a repository's owners may think.
struct AuditKeys {
    private let top: AuditTopLevel
    private let roles: AuditRoles
    /// The role that makes policy, if the repository has one.
    private let layouts: RoleName?

    init(_ top: AuditTopLevel, _ roles: AuditRoles, layouts: RoleName?) {
        self.top = top
        self.roles = roles
        self.layouts = layouts
    }

    func findings() -> [Finding] {
        let root = top.root.root
        var findings: [Finding] = []
        for role in [RoleName.root, .targets, .snapshot, .timestamp] {
            guard let keys = root.roles[role] else { continue }
            findings += RoleKeyRules(
                name: "\(role)", keys, root.keys, isRoot: role == .root,
                isOffline: role == .root || role == .targets
            ).findings()
        }
        for parent in roles.all {
            guard let delegations = parent.targets.delegations else { continue }
            switch delegations.roles {
            case .named(let delegated):
                for role in delegated {
                    findings += RoleKeyRules(
                        name: "\(role.name)", role.roleKeys, delegations.keys, isRoot: false,
                        isOffline: parent.name == .targets && role.name == layouts
                    ).findings()
                }
            case .succinct(let bins):
                findings += RoleKeyRules(
                    name: "\(bins.name(of: 0)) and the other bins", bins.roleKeys,
                    delegations.keys, isRoot: false, isOffline: false
                ).findings()
            }
        }
        return findings + onlineKeys()
    }

    // MARK: keys that are online and vouch for what must not be

    private static let onlineMembers: [UTF8Text] = [
        "x-tuf-on-ci-online-uri", "x-rstuf-online-key-uri",
    ]

    private func onlineKeys() -> [Finding] {
        let root = top.root.root
        var online: [KeyMaterial: [RoleName]] = [:]
        for role in [RoleName.snapshot, .timestamp] {
            for entry in root.authority(of: role).entries {
                guard let material = entry.key.material else { continue }
                online[material, default: []].append(role)
            }
        }
        var findings: [Finding] = []
        for (role, authority) in offlineRoles() {
            var told: Set<KeyMaterial> = []
            for entry in authority.entries {
                guard let material = entry.key.material, told.insert(material).inserted else {
                    continue
                }
                let others = online[material] ?? []
                let says = AuditKeys.onlineMembers.contains { entry.key.json[$0] != nil }
                guard !others.isEmpty || says else { continue }
                findings.append(finding(entry, role, authority, others))
            }
        }
        return findings
    }

    private func offlineRoles() -> [(RoleName, Authority)] {
        let root = top.root.root
        var all = [(RoleName.root, root.authority(of: .root))]
        all.append((.targets, root.authority(of: .targets)))
        let delegations = roles.byName[.targets]?.targets.delegations
        if let layouts, let delegation = delegations?.delegation(to: layouts) {
            all.append((layouts, delegation.authority))
        }
        return all
    }

    private func finding(
        _ entry: Authority.Entry, _ role: RoleName, _ authority: Authority, _ others: [RoleName]
    ) -> Finding {
        let name = KeyPeople(authority).names([entry.ids[0]])
        let signs =
            others.isEmpty ? "is an online key" : "signs \(joined(others.map(\.description)))"
        let power =
            authority.threshold == 1
            ? "whoever breaks into the machine that has it signs \(role) alone"
            : "it must be counted out of the \(authority.threshold) needed for \(role)"
        return Finding(
            .onlineKeyOffline, "\(role)", "\(name) \(signs) and is a key of \(role): \(power)",
            found: "key \(shown(entry.ids[0]))", expected: "keys that no machine holds",
            remedy: "give \(role) keys of its own: carnet role keys \(role) --replace OLD=NEW")
    }
}
