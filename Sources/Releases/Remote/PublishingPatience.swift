// SPDX-License-Identifier: Apache-2.0

/// How long a publisher tries where others publish at the same time.
package struct PublishingPatience: Sendable {
    /// For another publisher that took a name, to end what it began.
    package var forOthers: Duration = .seconds(5)
    /// In all; also the longest that a change is made again and again.
    package var inAll: Duration = .seconds(300)
    /// Between two looks, at first.
    package var pause: Duration = .milliseconds(40)
    package var longestPause: Duration = .milliseconds(1500)

    package init() {}
}

/// The attempts to publish one change.
struct PublishingAttempts {
    private let patience: PublishingPatience
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var next: Duration
    private var count = 0

    init(_ patience: PublishingPatience) {
        self.patience = patience
        begin = clock.now
        next = patience.pause
    }

    var now: ContinuousClock.Instant { clock.now }

    /// Whether there is time for another one; a few there are on the slowest machine.
    mutating func goOn() -> Bool {
        count += 1
        return !Task.isCancelled && (count <= 10 || clock.now < begin + patience.inAll)
    }

    /// Waits a random while, longer each time, so that many publishers come apart.
    mutating func pause() async {
        let share = Double.random(in: 0.5...1)
        try? await Task.sleep(for: next * share)
        next = min(next * 1.5, patience.longestPause)
    }
}
