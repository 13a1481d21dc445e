// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

extension RepositoryEdit {
    /// Turns consistent snapshots on (TUF 1.0.34 §6.2): from the next root on clients ask for
    /// `3.targets.json` and `HASH.file`.
    ///
    /// The current files must be there under both names, as an import puts them: a client that
    /// has the new root and still the old timestamp asks for them under the new ones.
    ///
    /// - Throws: ``RepositoryError/senseless(_:)`` if they are on already.
    public mutating func turnConsistentSnapshotsOn() throws(RepositoryError) {
        guard !(try root().consistentSnapshot) else {
            throw .senseless("root: has consistent snapshots already")
        }
        try edit(.root) { $0.set("consistent_snapshot", true) }
    }

    /// Refuses to sign where the files' names would not carry versions: a reader would see
    /// mixtures of two states.
    func expectConsistentSnapshots() throws(RepositoryError) {
        guard try root().consistentSnapshot else {
            throw .senseless(
                "root: consistent_snapshot is not true, expected before anything else is changed: "
                    + "carnet role consistent")
        }
    }
}
