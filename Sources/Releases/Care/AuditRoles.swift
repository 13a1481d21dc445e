// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// One delegation on the way: who delegates to whom, and whose signatures count.
struct AuditEdge: Sendable {
    let role: RoleName
    let parent: RoleName
    let authority: Authority
}

/// A targets role that could be read.
struct AuditRole: Sendable {
    let name: RoleName
    let targets: Targets
    /// File name, with the version.
    let file: String
    let index: DelegationIndex
}

/// All targets roles of a state, over every path of delegations (TUF 1.0.34 §5.6).
///
/// Read level by level, each role once, whatever leads to it; its signatures are counted for
/// each role that delegates to it. One that is broken does not hide the others.
struct AuditRoles: Sendable {
    /// By name, those that could be read.
    private(set) var byName: [RoleName: AuditRole] = [:]
    /// Those that could be read, level by level.
    private(set) var order: [RoleName] = []
    /// All that somebody delegates to.
    private(set) var delegated: Set<RoleName> = []
    /// The delegations that lead to each role.
    private(set) var parents: [RoleName: [RoleName]] = [:]
    /// Roles with a delegation that the signatures do not meet.
    private(set) var unverified: Set<RoleName> = []

    private let context: AuditContext
    private let top: AuditTopLevel
    private let rotations: AuditRotations

    init(_ context: AuditContext, _ top: AuditTopLevel) {
        self.context = context
        self.top = top
        rotations = AuditRotations(context, top.snapshot)
    }

    /// The roles in the order of the walk.
    var all: [AuditRole] { order.compactMap { byName[$0] } }

    /// Names of roles whose every delegation holds.
    var verified: [RoleName] { order.filter { !unverified.contains($0) } }

    mutating func walk(_ log: inout AuditLog) async {
        var level = [
            AuditEdge(
                role: .targets, parent: .root, authority: top.root.root.authority(of: .targets))
        ]
        while !level.isEmpty {
            let groups = group(level)
            let (context, top, rotations, known) = (context, top, rotations, byName)
            let loaded = await inOrder(groups, jobs: context.options.jobs) { edges in
                await AuditRoles.load(edges, known[edges[0].role], context, top, rotations)
            }
            var next: [AuditEdge] = []
            for (edges, outcome) in zip(groups, loaded) {
                log.add(outcome.findings)
                let name = edges[0].role
                parents[name, default: []] += edges.map(\.parent)
                if !outcome.isVerified { unverified.insert(name) }
                guard delegated.insert(name).inserted, let role = outcome.role else { continue }
                byName[name] = role
                order.append(name)
                next += self.edges(from: role, &log)
            }
            level = next
        }
        tellUnreachable(&log)
    }

    /// Edges by role, in the order in which the roles come first.
    private func group(_ edges: [AuditEdge]) -> [[AuditEdge]] {
        var places: [RoleName: Int] = [:]
        var groups: [[AuditEdge]] = []
        for edge in edges {
            if let place = places[edge.role] {
                groups[place].append(edge)
            } else {
                places[edge.role] = groups.count
                groups.append([edge])
            }
        }
        return groups
    }

    private func edges(from role: AuditRole, _ log: inout AuditLog) -> [AuditEdge] {
        guard let delegations = role.targets.delegations else { return [] }
        let room = context.options.roles - delegated.count
        var all: [Delegation] = []
        if delegations.count <= room {
            all = delegations.all
        } else {
            log.add(
                Finding(
                    .tooManyRoles, role.name.shownFile,
                    "delegates to more roles than are read; of the others only those in the "
                        + "snapshot are", found: "\(delegations.count)",
                    expected: "at most \(max(0, room))",
                    remedy: "check with a higher limit, or delegate to fewer roles"))
            let listed = (top.snapshot?.files ?? []).lazy.compactMap { RoleName(listedAs: $0.name) }
            all = Array(listed.compactMap { delegations.delegation(to: $0) }.prefix(max(0, room)))
        }
        return all.map {
            AuditEdge(role: $0.role, parent: role.name, authority: $0.authority)
        }
    }

    /// Roles that the snapshot lists and nobody delegates to.
    private func tellUnreachable(_ log: inout AuditLog) {
        // Below a role that could not be read there may be delegations to any.
        guard !delegated.contains(where: { byName[$0] == nil }) else { return }
        for (name, _) in top.snapshot?.files ?? [] {
            if let (role, _) = AuditRotations.parts(of: name), delegated.contains(RoleName(role)) {
                continue
            }
            guard let role = RoleName(listedAs: name) else {
                log.add(
                    Finding(
                        .roleUnreachable, quoted(name), "is listed in the snapshot and is no role",
                        remedy: "leave it out of the next snapshot"))
                continue
            }
            if delegated.contains(role) { continue }
            log.add(
                Finding(
                    .roleUnreachable, role.shownFile,
                    "is listed in the snapshot, but no role delegates to it: no client asks for it",
                    remedy: "delegate to it with carnet role add, or leave it out of the next "
                        + "snapshot"))
        }
    }
}

extension RoleName {
    /// The role whose file an entry of `meta` is.
    init?(listedAs name: UTF8Text) {
        guard name.utf8.suffix(5).elementsEqual(".json".utf8), name.count > 5 else { return nil }
        self.init(UTF8Text(String(Substring(name.utf8.dropLast(5)))))
    }
}

/// Does work on all inputs, so many at a time, and gives the results in their order.
func inOrder<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], jobs: Int, _ work: @escaping @Sendable (Input) async -> Output
) async -> [Output] {
    await withTaskGroup(of: (Int, Output).self) { group in
        var outputs = [Output?](repeating: nil, count: inputs.count)
        for (index, input) in inputs.enumerated() {
            if index >= max(1, jobs), let (done, output) = await group.next() {
                outputs[done] = output
            }
            group.addTask { (index, await work(input)) }
        }
        for await (done, output) in group { outputs[done] = output }
        return outputs.compactMap { $0 }
    }
}
