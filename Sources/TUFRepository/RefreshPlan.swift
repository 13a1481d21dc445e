// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning
public import TUFMetadata

/// When each role expires, and which are due to be signed anew.
public struct RefreshPlan: Sendable {
    /// One role, or hash bins together.
    public struct Entry: Sendable {
        public let role: RoleName
        public let expires: Instant
        /// From when on it should be signed anew: when a third of its period is left, or 30 days.
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
        func add(_ role: RoleName, _ expires: Instant, _ days: Int?) {
            let period = days ?? RepositoryEdit.days(role)
            entries.append(
                Entry(
                    role: role, expires: expires,
                    due: expires.adding(seconds: -min(period * 86400 / 3, 30 * 86400)),
                    isOnline: period <= 90))
        }
        let root = state.root.document
        add(.root, root.expires, MetadataBuilder.period(root.value))
        let timestamp = state.timestamp.document
        add(.timestamp, timestamp.expires, MetadataBuilder.period(timestamp.value))
        let snapshot = state.snapshot.document
        add(.snapshot, snapshot.expires, MetadataBuilder.period(snapshot.value))
        let tree = state.tree
        for role in try tree.named() {
            let document: Targets
            if role == .targets {
                document = state.targets.document
            } else {
                guard state.version(of: role) > 0 else { continue }
                document = try state.delegated(role).targets.document
            }
            add(role, document.expires, MetadataBuilder.period(document.value))
            guard bins, case .succinct(let succinct)? = document.delegations?.roles else {
                continue
            }
            for number in 0..<succinct.count {
                let bin = succinct.name(of: number)
                guard state.version(of: bin) > 0 else { continue }
                let document = try state.delegated(bin).targets.document
                add(bin, document.expires, MetadataBuilder.period(document.value))
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
        SignedChange(
            roles: [],
            online: [
                try signed(RoleDraft(document(of: .timestamp)), as: .timestamp, with: ring)
            ])
    }
}
