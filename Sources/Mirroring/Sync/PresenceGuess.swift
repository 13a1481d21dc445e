// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Whether the next file is likely to be missing in a store, as the last ones were.
///
/// Where making a file is refused if it is there, asking first is a request that can be left out;
/// what is refused is then looked at. Files come in their thousands that are all new, or that an
/// interrupted synchronization has left.
final class PresenceGuess: Sendable {
    private static let enough = 4
    private let absences = Mutex(PresenceGuess.enough)

    var isAbsent: Bool { absences.withLock { $0 >= PresenceGuess.enough } }

    func learn(isAbsent: Bool) {
        absences.withLock { $0 = isAbsent ? min($0 + 1, PresenceGuess.enough) : 0 }
    }
}
