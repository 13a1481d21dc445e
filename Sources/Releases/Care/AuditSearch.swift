// SPDX-License-Identifier: Apache-2.0
import TUFMetadata

/// The client's search for a target file (TUF 1.0.34 §5.6.7, §5.7.2) over roles that are at
/// hand; one that could not be read is passed over.
struct AuditSearch: Sendable {
    enum Outcome: Sendable, Equatable {
        /// The roles from the top to the one whose word counts.
        case found(chain: [RoleName])
        case none
        /// The client gives up before.
        case tooDeep
    }

    private let roles: [RoleName: AuditRole]
    private let limit: Int

    private struct Edge: Hashable {
        let role: RoleName
        let parent: RoleName
    }

    private struct Visit {
        let role: RoleName
        let isTerminating: Bool
        let chain: [RoleName]
    }

    /// - Parameter limit: roles that are looked at for one file.
    init(_ roles: AuditRoles, limit: Int) {
        self.roles = roles.byName
        self.limit = limit
    }

    /// Whose word counts for `path`.
    func find(_ path: TargetPath) -> Outcome {
        guard let top = roles[.targets] else { return .none }
        if top.targets.files[path] != nil { return .found(chain: [.targets]) }
        var stack = visits(from: top, [.targets], path)
        var visited: Set<Edge> = []
        while let visit = stack.popLast() {
            if visit.isTerminating { stack.removeAll() }
            let edge = Edge(role: visit.role, parent: visit.chain[visit.chain.count - 1])
            guard !visit.chain.contains(edge.role), visited.insert(edge).inserted else { continue }
            guard visited.count <= limit else { return .tooDeep }
            guard let role = roles[edge.role] else { continue }
            let chain = visit.chain + [edge.role]
            if role.targets.files[path] != nil { return .found(chain: chain) }
            stack += visits(from: role, chain, path)
        }
        return .none
    }

    /// The entry of a path that clients take.
    func file(_ path: TargetPath) -> (file: TargetFile, chain: [RoleName])? {
        guard case .found(let chain) = find(path), let role = chain.last,
            let file = roles[role]?.targets.files[path]
        else { return nil }
        return (file, chain)
    }

    private func visits(
        from role: AuditRole, _ chain: [RoleName], _ path: TargetPath
    ) -> [Visit] {
        var visits: [Visit] = []
        for entry in role.index.entries(covering: path) {
            visits.append(
                Visit(role: entry.role, isTerminating: entry.isTerminating, chain: chain))
            if entry.isTerminating { break }
        }
        return visits.reversed()
    }
}
