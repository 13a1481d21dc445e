// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

extension AuditRoles {
    /// What came of reading a role and counting its signatures.
    struct Loaded: Sendable {
        var role: AuditRole?
        var isVerified = false
        var findings: [Finding] = []
    }

    /// Reads a role, unless it is known already, and judges it for each delegation.
    ///
    /// - Parameter edges: delegations to one and the same role, at least one.
    static func load(
        _ edges: [AuditEdge], _ known: AuditRole?, _ context: AuditContext, _ top: AuditTopLevel,
        _ rotations: AuditRotations
    ) async -> Loaded {
        var loaded = Loaded()
        let file: SignedFile
        if let known {
            loaded.role = known
            // It was parsed from these very bytes.
            guard let again = try? SignedFile(known.targets.value.document) else { return loaded }
            file = again
        } else {
            switch await read(edges[0], context, top) {
            case .failure(let refusal):
                loaded.findings.append(refusal.finding)
                return loaded
            case .success(let read):
                file = read.file
                loaded.role = read.role
                loaded.findings = read.findings
            }
        }
        loaded.isVerified = true
        let name = loaded.role?.file ?? edges[0].role.shownFile
        for edge in edges {
            let (authority, findings) = await rotations.authority(
                of: edge.role, from: edge.authority, by: "\(edge.parent)")
            loaded.findings += findings
            var isMet = false
            if let authority {
                let finding = context.unsigned(file, name, authority, by: "\(edge.parent)")
                if let finding { loaded.findings.append(finding) }
                isMet = finding == nil
            }
            if !isMet { loaded.isVerified = false }
        }
        return loaded
    }

    private struct ReadRole {
        let file: SignedFile
        let role: AuditRole
        let findings: [Finding]
    }

    private static func read(
        _ edge: AuditEdge, _ context: AuditContext, _ top: AuditTopLevel
    ) async -> Result<ReadRole, AuditRefusal> {
        let listed = top.snapshot?[edge.role]
        if top.snapshot != nil, listed == nil {
            return .failure(
                AuditRefusal(
                    Finding(
                        .notInSnapshot, edge.role.shownFile,
                        "is delegated to by \(edge.parent), but not listed in the snapshot: "
                            + "clients cannot have it",
                        remedy: "sign the snapshot anew with carnet refresh, or remove the "
                            + "delegation: carnet role remove \(edge.role)")))
        }
        // Without a snapshot the newest file on disk is what its owners meant.
        let version = listed?.version ?? context.versions(of: edge.role).last
        let name = edge.role.fileName(version: top.consistent ? version : nil)
        let limit = max(listed?.length ?? 0, context.limits.targetsBytes)
        let maximum = min(limit, context.limits.anyMetadataBytes)
        switch await context.fetch(name, maximumBytes: maximum) {
        case .absent:
            return .failure(AuditRefusal(.missing(name, listedBy: "snapshot.json")))
        case .failed(let finding): return .failure(AuditRefusal(finding))
        case .bytes(let bytes): return judge(bytes, name, listed, edge, context, top)
        }
    }

    private static func judge(
        _ bytes: [UInt8], _ name: String, _ listed: MetaFile?, _ edge: AuditEdge,
        _ context: AuditContext, _ top: AuditTopLevel
    ) -> Result<ReadRole, AuditRefusal> {
        var findings = listed.map { context.mismatches(bytes, name, $0) } ?? []
        let mismatch = findings.first.map(AuditRefusal.init)
        return context.parse(bytes, name).flatMap { file in
            context.decode(file, name, Targets.init).map { targets in
                if let listed, targets.version != listed.version {
                    findings.append(
                        .wrongVersion(name, found: targets.version, expected: listed.version))
                }
                findings += context.times(
                    name, targets.expires,
                    period: context.period(targets.value, edge.role, top.root.root),
                    renewal: renewal(edge, top))
                let role = AuditRole(
                    name: edge.role, targets: targets, file: name,
                    index: DelegationIndex(targets.delegations))
                return ReadRole(file: file, role: role, findings: findings)
            }
        }.mapError { mismatch ?? $0 }
    }

    /// Roles that the online keys can sign are renewed without anybody's doing.
    private static func renewal(_ edge: AuditEdge, _ top: AuditTopLevel) -> String {
        let online = Set(
            top.root.root.authority(of: .snapshot).entries.compactMap(\.key.material))
        let own = Set(edge.authority.entries.compactMap(\.key.material)).intersection(online)
        return own.count >= edge.authority.threshold
            ? "sign it anew: carnet refresh" : AuditTopLevel.renewal(of: edge.role)
    }
}
