// SPDX-License-Identifier: Apache-2.0

/// Jobs that wait before they are begun again.
struct Pauses {
    private var paused: [(job: any EngineJob, dueMilliseconds: Int)] = []

    mutating func add(_ job: any EngineJob, milliseconds: Int) {
        paused.append((job, monotonicMilliseconds() + milliseconds))
    }

    /// Milliseconds until the next is due; `nil` if none waits.
    var remainingMilliseconds: Int? {
        paused.map(\.dueMilliseconds).min().map { max(0, $0 - monotonicMilliseconds()) }
    }

    /// Takes out those that are due, the longest due first.
    mutating func removeDue() -> [any EngineJob] {
        guard !paused.isEmpty else { return [] }
        let now = monotonicMilliseconds()
        let due = paused.filter { $0.dueMilliseconds <= now }
        paused.removeAll { $0.dueMilliseconds <= now }
        return due.sorted { $0.dueMilliseconds < $1.dueMilliseconds }.map(\.job)
    }

    /// - Returns: whether it was among them.
    mutating func remove(_ job: any EngineJob) -> Bool {
        guard let place = paused.firstIndex(where: { $0.job === job }) else {
            return false
        }
        paused.remove(at: place)
        return true
    }

    mutating func removeAll() -> [any EngineJob] {
        defer { paused = [] }
        return paused.map(\.job)
    }
}
