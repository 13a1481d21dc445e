// SPDX-License-Identifier: Apache-2.0

/// Transfers that wait before they are begun again.
struct Pauses {
    private var paused: [(transfer: Transfer, dueMilliseconds: Int)] = []

    mutating func add(_ transfer: Transfer, milliseconds: Int) {
        paused.append((transfer, monotonicMilliseconds() + milliseconds))
    }

    /// Milliseconds until the next is due; `nil` if none waits.
    var remainingMilliseconds: Int? {
        paused.map(\.dueMilliseconds).min().map { max(0, $0 - monotonicMilliseconds()) }
    }

    /// Takes out those that are due, the longest due first.
    mutating func removeDue() -> [Transfer] {
        guard !paused.isEmpty else { return [] }
        let now = monotonicMilliseconds()
        let due = paused.filter { $0.dueMilliseconds <= now }
        paused.removeAll { $0.dueMilliseconds <= now }
        return due.sorted { $0.dueMilliseconds < $1.dueMilliseconds }.map(\.transfer)
    }

    /// - Returns: whether it was among them.
    mutating func remove(_ transfer: Transfer) -> Bool {
        guard let place = paused.firstIndex(where: { $0.transfer === transfer }) else {
            return false
        }
        paused.remove(at: place)
        return true
    }

    mutating func removeAll() -> [Transfer] {
        defer { paused = [] }
        return paused.map(\.transfer)
    }
}
