// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization

/// A moment as a signature writes it: `20130524T000000Z`.
package struct SigningTime: Sendable, Equatable {
    package let text: String

    /// - Parameter seconds: since 1970.
    package init(seconds: Int) {
        text = Instant(seconds: seconds).description.filter { $0 != "-" && $0 != ":" }
    }

    var day: String { String(text.prefix(8)) }
}

/// The current moment as a signature writes it, written anew when it has changed.
final class SigningClock: Sendable {
    private let now: @Sendable () -> Int
    private let last = Mutex<(seconds: Int, time: SigningTime)?>(nil)

    /// - Parameter now: seconds since 1970.
    init(_ now: @escaping @Sendable () -> Int) { self.now = now }

    var time: SigningTime {
        let seconds = now()
        return last.withLock { last in
            if let last, last.seconds == seconds { return last.time }
            let time = SigningTime(seconds: seconds)
            last = (seconds, time)
            return time
        }
    }
}
