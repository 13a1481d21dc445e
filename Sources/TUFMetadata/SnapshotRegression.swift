// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// Why one snapshot may not follow another (TUF 1.0.34 §5.5.5).
package enum SnapshotRegression: Sendable, Equatable {
    /// An entry that was listed is listed no more.
    case vanished(name: UTF8Text)
    /// The version of an entry went down.
    case lowered(name: UTF8Text, offered: Int, trusted: Int)
}

extension Snapshot {
    /// The first entry of `old`, in canonical order of the names, that this snapshot lacks or
    /// has in a lower version; `nil` if there is none.
    ///
    /// Walks both lists side by side, without decoding entries: repositories have tens of
    /// thousands of them.
    package func regression(from old: Snapshot) -> SnapshotRegression? {
        old.meta.borrowing { theirs in
            meta.borrowing { ours in
                var place = 0
                for entry in 0..<theirs.count {
                    let order = Snapshot.advance(&place, in: ours, to: theirs.key(entry))
                    guard order == 0 else {
                        return .vanished(name: old.meta.member(at: entry).key)
                    }
                    let offered = version(of: ours.value(place))
                    let trusted = old.version(of: theirs.value(entry))
                    guard offered >= trusted else {
                        let name = old.meta.member(at: entry).key
                        return .lowered(name: name, offered: offered, trusted: trusted)
                    }
                }
                return nil
            }
        }
    }

    /// Moves on to the first entry whose name is not before `name`.
    ///
    /// - Returns: zero if it is this name.
    private static func advance(
        _ place: inout Int, in entries: BorrowedMembers, to name: BorrowedValue
    ) -> Int {
        while place < entries.count {
            let order = entries.key(place).compareText(with: name)
            if order >= 0 { return order }
            place += 1
        }
        return 1
    }

    private func version(of entry: BorrowedValue) -> Int {
        // Decoding cannot fail: every entry was checked at first.
        Shape.version(entry) ?? (try? MetaFile(JSONValue(entry, of: value.document)))?.version ?? 0
    }
}
