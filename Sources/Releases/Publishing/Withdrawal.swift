// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import TUFMetadata
public import TUFRepository

extension Publisher {
    /// What becomes of files that were released.
    public enum Withdrawal: Sendable {
        /// They are offered no more.
        case removal
        /// They stay, and whoever gets one is told not to use it.
        case retirement(Retirement)
        /// They are as good as before.
        case reinstatement
    }

    /// Withdraws files, all of them or none.
    ///
    /// - Returns: what waits for signatures; `nil` if it is published.
    /// - Throws: ``PublishingError``, `.repository(.noFile)` for what is not listed.
    public func withdraw(
        _ paths: [TargetPath], _ withdrawal: Withdrawal, waits: Waits = .ifSigned
    ) async throws(PublishingError) -> SignedChange? {
        var transaction = try begin()
        let state = try state()
        let change = try await stage(&transaction, state, waits) {
            (edit, _) throws(PublishingError) in
            for path in paths { try withdraw(path, withdrawal, &edit) }
        }
        guard change.isComplete else { return change }
        _ = try await preflight(transaction)
        try await commit(transaction)
        return nil
    }

    private func withdraw(
        _ path: TargetPath, _ withdrawal: Withdrawal, _ edit: inout RepositoryEdit
    ) throws(PublishingError) {
        let role = try role(for: path, edit.tree)
        try repository { () throws(RepositoryError) in
            guard var entry = try edit.entry(at: path, in: role) else {
                throw .noFile(path, role: role)
            }
            switch withdrawal {
            case .removal: return try edit.remove(path, from: role)
            case .retirement(let word): word.apply(to: &entry)
            case .reinstatement: Retirement.remove(from: &entry)
            }
            try edit.set(entry, at: path, in: role)
        }
    }
}
