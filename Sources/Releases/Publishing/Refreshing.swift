// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import RepositoryStorage
import TUFMetadata
public import TUFRepository

/// What signing the roles anew gave.
public struct RefreshOutcome: Sendable {
    /// Roles that were signed anew.
    public let signed: [SignedRole]
    /// Roles that are due, or expired, and whose keys are not at hand.
    public let left: [RefreshPlan.Entry]
    /// When each role expires now.
    public let plan: RefreshPlan
}

extension Publisher {
    /// Signs those roles anew that are due and whose keys are at hand, and publishes them.
    ///
    /// Roles that people sign, those with signatures good for more than 90 days, are left to them
    /// even where their keys lie about.
    ///
    /// - Parameter all: whether to sign every online role that the keys at hand can sign, due or
    ///   not.
    public func refresh(all: Bool = false) async throws(PublishingError) -> RefreshOutcome {
        var transaction = try begin()
        let state = try state()
        let plan = try repository { () throws(RepositoryError) in try RefreshPlan(state) }
        let due = plan.entries.filter { $0.due <= now || all && $0.isOnline }
        var edit = RepositoryEdit(state, now: now)
        var left: [RefreshPlan.Entry] = []
        let waiting = try event(state)
        for entry in due where entry.role != .snapshot && entry.role != .timestamp {
            var isOnline = entry.isOnline && waiting?.documents[entry.role] == nil
            if isOnline { isOnline = try isAtHand(entry.role, edit) }
            guard isOnline else {
                if entry.due <= now { left.append(entry) }
                continue
            }
            try repository { () throws(RepositoryError) in try edit.renew(entry.role) }
        }
        guard !edit.isEmpty || due.contains(where: { $0.role.isTopLevel && $0.role != .root })
        else { return RefreshOutcome(signed: [], left: left, plan: plan) }
        let change = try repository { () throws(RepositoryError) in
            let isSnapshotDue = due.contains { $0.role == .snapshot }
            return edit.isEmpty && !isSnapshotDue
                ? try edit.timestampAlone(with: ring)
                : try edit.signed(with: ring, nonce: nonce())
        }
        let files = try repository { () throws(RepositoryError) in try change.files() }
        for (name, bytes) in files { transaction.add(metadata: bytes, as: name) }
        _ = try await preflight(transaction)
        try await commit(transaction)
        let new = try repository { () throws(RepositoryError) in
            try RefreshPlan(PublishedState(reading: StagedRepository(directory)))
        }
        return RefreshOutcome(
            signed: change.roles + (change.online ?? []), left: left, plan: new)
    }

    /// When each role expires, the soonest first; hash bins are passed over.
    public func expiries() throws(PublishingError) -> [RefreshPlan.Entry] {
        let state = try state()
        return try repository { () throws(RepositoryError) in
            try RefreshPlan(state, bins: false).entries.sorted { $0.expires < $1.expires }
        }
    }

    /// Whether enough of a role's keys are at hand.
    private func isAtHand(
        _ role: RoleName, _ edit: RepositoryEdit
    ) throws(PublishingError) -> Bool {
        try repository { () throws(RepositoryError) in
            var count = 0
            let keys = try edit.keys(of: role)
            for holder in keys.holders where try ring.has(holder.key) { count += 1 }
            return count >= keys.threshold
        }
    }
}
