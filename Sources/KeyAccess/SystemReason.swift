// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The system's own words for what failed.
package struct SystemReason: Sendable, Equatable, CustomStringConvertible {
    /// An `errno`.
    package let number: Int32

    package init(number: Int32) { self.number = number }

    /// That of the call just made by this thread.
    static var latest: SystemReason { SystemReason(number: errno) }

    package var description: String { String(cString: strerror(number)).lowercased() }
}

/// A moment after which nothing is waited for.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(after duration: Duration) { end = ContinuousClock.now.advanced(by: duration) }

    var isOver: Bool { ContinuousClock.now >= end }

    /// What is left, rounded up, at most `limit`; for `poll`.
    func milliseconds(atMost limit: Int32 = .max) -> Int32 {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        guard seconds < 1_000_000 else { return limit }
        return min(limit, Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000) + 1)
    }
}

extension Duration {
    /// In words, to the tenth of a second.
    var words: String {
        let (seconds, attoseconds) = components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}
