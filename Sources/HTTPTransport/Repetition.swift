// SPDX-License-Identifier: Apache-2.0

/// How often and how long something is tried.
package struct RepetitionBounds: Sendable {
    /// Tries after the first.
    package var repetitions: Int
    /// After which no further try is begun, the pauses included.
    package var totalSeconds: Int

    package init(repetitions: Int, totalSeconds: Int) {
        self.repetitions = repetitions
        self.totalSeconds = totalSeconds
    }
}

/// Which try it is.
package struct Repetition: Sendable {
    /// 0 for the first try.
    package let number: Int
    /// For ``HTTPRequest/pauseMilliseconds``: what has to pass before this try is begun.
    package let pauseMilliseconds: Int
}

extension HTTPTransport {
    /// Tries until something other than a passing fault comes of it, with pauses as downloads have
    /// them: doubled, shortened by chance, and as long as the server asks for (`Retry-After`)
    /// if that is not longer than ``TransportLimits/maximumPauseSeconds``.
    ///
    /// - Parameters:
    ///   - bounds: ``TransportLimits/retries`` and five minutes without any.
    ///   - isPassing: whether to try again after this; by default after a broken connection, a
    ///     time-out, 429, 500, 502, 503 and the like.
    ///   - attempt: one try, which begins after the pause that it is told.
    /// - Returns: what came of the last try.
    package func repeating(
        _ bounds: RepetitionBounds? = nil,
        while isPassing: (HTTPAttempt) -> Bool = { $0.isTransient },
        attempt body: (Repetition) async -> HTTPAttempt
    ) async -> HTTPAttempt {
        let bounds =
            bounds ?? RepetitionBounds(repetitions: settings.limits.retries, totalSeconds: 300)
        let deadline = monotonicMilliseconds() + bounds.totalSeconds * 1000
        var repetition = Repetition(number: 0, pauseMilliseconds: 0)
        while true {
            let attempt = await body(repetition)
            guard isPassing(attempt), repetition.number < bounds.repetitions, !Task.isCancelled
            else { return attempt }
            var asked = 0
            if case .answered(let response) = attempt { asked = response.retryAfterSeconds }
            let pause = settings.limits.pauseMilliseconds(
                beforeRepetition: repetition.number + 1, askedSeconds: asked,
                chance: Double.random(in: 0...1))
            guard let pause, monotonicMilliseconds() + pause < deadline else { return attempt }
            repetition = Repetition(number: repetition.number + 1, pauseMilliseconds: pause)
        }
    }
}
