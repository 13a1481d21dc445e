// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata
public import TUFRepository

/// What was taken over: who holds what, what expires when, and what is missing before the
/// repository can be gone on with.
public struct ImportReport: Sendable {
    /// A role, or all hash bins of one delegator.
    public struct Role: Sendable {
        /// The role, or the beginning of the bins' names.
        public let name: RoleName
        public let keys: RoleKeySet
        public let version: Int
        public let expires: Instant
        /// Days that its next signatures will be good for, and whether metadata says so.
        public let period: Int
        public let isPeriodStated: Bool
        /// Number of bins; 0 for one role.
        public let bins: Int
        /// Target files listed.
        public let files: Int
    }

    /// A key and all that it signs.
    public struct Key: Sendable {
        public let holder: RoleKeySet.Holder
        /// Where its private half is, as metadata says; `nil` if it does not.
        public let place: String?
        public var roles: [RoleName]
    }

    /// A path that a role lists.
    public struct Entry: Sendable {
        public let role: RoleName
        public let path: TargetPath
    }

    /// Folder of the repository.
    public let directory: String
    public let now: Instant
    public let roots: ClosedRange<Int>
    public let isConsistent: Bool
    /// Whether it says which files need evidence, as a repository of Carnet's does.
    public let hasPolicy: Bool
    public private(set) var roles: [Role] = []
    public private(set) var keys: [Key] = []
    /// Roles that the snapshot lists and nobody delegates to; their files were left behind.
    public private(set) var orphans: [UTF8Text] = []
    /// SHA-256 of the first root.
    public internal(set) var fingerprint = ""
    public internal(set) var files = 0
    public internal(set) var bytes = 0
    /// Names that the files have: more than one each if their entries list several digests.
    public internal(set) var names = 0
    /// Entries that no client can find where they stand; their files were left behind.
    public internal(set) var unreachable: [Entry] = []

    /// Roles whose signatures are too old.
    public var expired: [Role] { roles.filter { $0.expires <= now } }

    init(_ state: PublishedState, in directory: String, now: Instant) throws(RepositoryError) {
        self.directory = directory
        self.now = now
        roots = state.firstRootVersion...state.root.document.version
        isConsistent = state.root.document.consistentSnapshot
        let targets = try? state.targets.document.value.object()
        hasPolicy = targets?[RepositoryPolicy.member] != nil
        let plan = try RefreshPlan(state)
        var builder = Builder(state: state, now: now)
        for entry in plan.entries { builder.entries[entry.role] = entry }
        for role in [RoleName.root, .timestamp, .snapshot] { try builder.add(role) }
        for role in try state.tree.named() { try builder.add(role) }
        (roles, keys) = (builder.roles, builder.keys)
        for (name, _) in state.snapshot.document.files where !builder.known.contains(name) {
            orphans.append(name)
        }
    }

    private struct Builder {
        let state: PublishedState
        let edit: RepositoryEdit
        var entries: [RoleName: RefreshPlan.Entry] = [:]
        var roles: [Role] = []
        var keys: [Key] = []
        /// Names in snapshot that were met.
        var known: Set<UTF8Text> = []

        init(state: PublishedState, now: Instant) {
            self.state = state
            edit = RepositoryEdit(state, now: now)
        }

        mutating func add(_ name: RoleName) throws(RepositoryError) {
            known.insert(name.metaName)
            guard let entry = entries[name] else { return }
            guard name == .targets || !name.isTopLevel else {
                let version =
                    name == .root
                    ? state.root.document.version
                    : name == .snapshot
                        ? state.snapshot.document.version : state.timestamp.document.version
                return try append(name, [entry], version: version, files: 0, bins: 0)
            }
            let targets = try targets(name)
            try append(
                name, [entry], version: targets.version, files: count(targets), bins: 0)
            guard case .succinct(let bins)? = targets.delegations?.roles else { return }
            var found: [RefreshPlan.Entry] = []
            var files = 0
            for number in 0..<bins.count {
                let bin = bins.name(of: number)
                known.insert(bin.metaName)
                guard let entry = entries[bin] else { continue }
                found.append(entry)
                files += count(try self.targets(bin))
            }
            try append(
                RoleName(bins.namePrefix), found, version: state.version(of: bins.name(of: 0)),
                files: files, bins: bins.count)
        }

        private func count(_ targets: Targets) -> Int {
            targets.files.paths.reduce(0) { count, _ in count + 1 }
        }

        private func targets(_ name: RoleName) throws(RepositoryError) -> Targets {
            name == .targets
                ? state.targets.document : try state.delegated(name).targets.document
        }

        private mutating func append(
            _ name: RoleName, _ entries: [RefreshPlan.Entry], version: Int, files: Int, bins: Int
        ) throws(RepositoryError) {
            guard let first = entries.min(by: { $0.expires < $1.expires }) else { return }
            let set = try edit.keys(of: name)
            roles.append(
                Role(
                    name: name, keys: set, version: version, expires: first.expires,
                    period: first.period, isPeriodStated: first.isPeriodStated, bins: bins,
                    files: files))
            for holder in set.holders {
                if let known = keys.firstIndex(where: {
                    $0.holder.key.material != nil
                        && $0.holder.key.material == holder.key.material
                }) {
                    if !keys[known].roles.contains(name) { keys[known].roles.append(name) }
                } else {
                    keys.append(
                        Key(
                            holder: holder, place: MetadataBuilder.place(of: holder.key),
                            roles: [name]))
                }
            }
        }
    }
}
