// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// When each role expires, and which are due to be signed anew.
public struct RefreshPlan: Sendable {
    /// One role, or hash bins together.
    public struct Entry: Sendable {
        public let role: RoleName
        public let expires: Instant
        /// How many days its next signatures will be good for.
        public let period: Int
        /// Whether metadata says so.
        public let isPeriodStated: Bool
        /// From when on it should be signed anew: when a third of its period is left, or 30 days;
        /// or as many days as tuf-on-ci's signing period says.
        public let due: Instant
        /// Whether its signatures are good for so short a time that no person makes them.
        public let isOnline: Bool
    }

    /// All roles that a client may come by, the one that is due first first.
    public let entries: [Entry]

    /// Reads when the roles expire.
    ///
    /// - Parameter bins: whether to read every hash bin, of which there may be thousands.
    public init(_ state: PublishedState, bins: Bool = true) throws(RepositoryError) {
        var entries: [Entry] = []
        // Snapshot and timestamp may have their periods from `outer`, their entries in root.
        func add(
            _ role: RoleName, _ expires: Instant, _ value: JSONValue, _ outer: JSONValue? = nil
        ) {
            let stated =
                MetadataBuilder.period(value) ?? outer.flatMap { MetadataBuilder.period($0) }
            let period = stated ?? RepositoryEdit.days(role)
            let member = MetadataBuilder.foreignDueMember
            let before =
                MetadataBuilder.days(value, member)
                ?? outer.flatMap { MetadataBuilder.days($0, member) }
            // One that is as long as the period would have the role signed all the time.
            let seconds =
                before.flatMap { $0 < period ? $0 * 86400 : nil }
                ?? min(period * 86400 / 3, 30 * 86400)
            entries.append(
                Entry(
                    role: role, expires: expires, period: period, isPeriodStated: stated != nil,
                    due: expires.adding(seconds: -seconds), isOnline: period <= 90))
        }
        let root = state.root.document
        add(.root, root.expires, root.value)
        let timestamp = state.timestamp.document
        add(.timestamp, timestamp.expires, timestamp.value, root.entry(of: .timestamp))
        let snapshot = state.snapshot.document
        add(.snapshot, snapshot.expires, snapshot.value, root.entry(of: .snapshot))
        let tree = state.tree
        for role in try tree.named() {
            let document: Targets
            if role == .targets {
                document = state.targets.document
            } else {
                guard state.version(of: role) > 0 else { continue }
                document = try state.delegated(role).targets.document
            }
            add(role, document.expires, document.value)
            guard bins, case .succinct(let succinct)? = document.delegations?.roles else {
                continue
            }
            for number in 0..<succinct.count {
                let bin = succinct.name(of: number)
                guard state.version(of: bin) > 0 else { continue }
                let document = try state.delegated(bin).targets.document
                add(bin, document.expires, document.value)
            }
        }
        self.entries = entries.sorted { ($0.due, $0.role) < ($1.due, $1.role) }
    }

    /// The roles to be signed anew at `now`.
    public func due(at now: Instant) -> [Entry] { entries.filter { $0.due <= now } }
}

extension RepositoryEdit {
    /// A new timestamp for the snapshot there is.
    public func timestampAlone(with ring: any KeyRing) throws(RepositoryError) -> SignedChange {
        try expectConsistentSnapshots()
        return SignedChange(
            roles: [],
            online: [
                try signed(RoleDraft(document(of: .timestamp)), as: .timestamp, with: ring)
            ])
    }
}
