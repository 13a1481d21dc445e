// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// What is to be done next, found as the walk through the roles goes on: never more of it than a
/// few roles is in memory.
struct SyncFeed {
    enum Job: Sendable {
        case role(RoleWalk.Visit, isMirrored: Bool, published: MetaFile?)
        case file(TargetFile)
    }

    private struct Edge: Hashable {
        let role: RoleName
        let parent: RoleName
    }

    private let attempt: SyncAttempt
    private var changes: RoleChanges
    private var plans: [RolePlan] = []
    private var visits: [RoleWalk.Visit] = []
    /// Roles that are mirrored, and to whom nobody delegates otherwise than before.
    private var unchanged: [RoleWalk.Visit] = []
    private var met: Set<Edge> = []
    /// Files that a kept file needs to be judged, where not all are kept.
    private(set) var evidence: Set<UTF8Text> = []
    /// New files that others vouch for, where the store can tell of that.
    private(set) var attested: [TargetFile] = []
    private let collectsAttested: Bool

    init(_ attempt: SyncAttempt) {
        self.attempt = attempt
        collectsAttested = attempt.evidenceStore != nil
        changes = RoleChanges(attempt.state.snapshot.document, mirrored: attempt.mirrored)
    }

    // MARK: what comes in

    /// Takes a verified role: its files, and to whom it delegates.
    ///
    /// - Throws: ``MirrorError/tooManyRoles(maximum:)``.
    mutating func take(_ loaded: SyncAttempt.LoadedRole) throws(MirrorError) {
        let old = loaded.mirrored
        plan(loaded)
        guard let delegations = loaded.targets.delegations else { return }
        let maximum = attempt.options.limits.rolesPerList
        guard delegations.count <= maximum else { throw .tooManyRoles(maximum: maximum) }
        let isAsBefore =
            old.map { SyncFeed.delegations($0) == SyncFeed.delegations(loaded.targets) } ?? false
        for delegation in delegations.all {
            guard met.insert(Edge(role: delegation.role, parent: loaded.role)).inserted else {
                continue
            }
            guard met.count <= maximum else { throw .tooManyRoles(maximum: maximum) }
            guard let visit = attempt.walk.visit(delegation, by: loaded.role) else {
                attempt.options.notice(.notListed(role: delegation.role, parent: loaded.role))
                continue
            }
            // What vouches for the files of a partial mirror may change where they do not.
            if isAsBefore && changes.isMirrored(visit.role, visit.expected)
                && attempt.options.selection.isEverything
            {
                unchanged.append(visit)
            } else {
                visits.append(visit)
            }
        }
    }

    /// As they are written: the keys, the roles and their order.
    private static func delegations(_ targets: Targets) -> ArraySlice<UInt8>? {
        guard let object = try? targets.value.object(), let value = object["delegations"] else {
            return nil
        }
        return value.document.bytes[value.range]
    }

    private mutating func plan(_ loaded: SyncAttempt.LoadedRole) {
        let selection = attempt.options.selection
        let isMirrored = loaded.mirrored?.version == loaded.targets.version
        guard !selection.isEverything else {
            if !isMirrored {
                plans.append(RolePlan(loaded.targets, mirrored: loaded.mirrored, where: nil))
            }
            return
        }
        let isSelected = selection.contains(loaded.role)
        if !isMirrored {
            plans.append(
                RolePlan(loaded.targets, mirrored: loaded.mirrored) { path in
                    MirrorSelection.isPolicy(path) || isSelected && selection.contains(path)
                })
        }
        guard isSelected else { return }
        for path in loaded.targets.files.paths where selection.contains(path) {
            evidence.formUnion(loaded.targets.files[path]?.evidence ?? [])
        }
    }

    // MARK: what is to be done

    /// The next piece of work; `nil` if there is none before what is under way has ended.
    mutating func next() -> Job? {
        while let last = plans.indices.last {
            guard let file = plans[last].next() else {
                plans.removeLast()
                continue
            }
            if collectsAttested, !MirrorSelection.isPolicy(file.path), !file.evidence.isEmpty {
                attested.append(file)
            }
            return .file(file)
        }
        guard let visit = visits.popLast() else { return nil }
        changes.meet(visit.role)
        return .role(
            visit, isMirrored: changes.isMirrored(visit.role, visit.expected),
            published: changes.published(visit.role))
    }

    /// Looks for changed roles below those that did not change, once nothing else is left to do.
    ///
    /// - Returns: whether there is something to do now.
    mutating func descend() -> Bool {
        guard !changes.left.isEmpty, !unchanged.isEmpty else { return false }
        (visits, unchanged) = (unchanged, [])
        return true
    }
}

extension TargetFile {
    /// Paths of the files that vouch for this one (ITE-2), as its role names them.
    var evidence: [UTF8Text] {
        custom?["in-toto"]?.elements?.compactMap(\.text) ?? []
    }
}
