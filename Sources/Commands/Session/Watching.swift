// SPDX-License-Identifier: Apache-2.0

/// Does a piece of work again and again until a signal ends it, and tells the service manager how
/// it fares: what `--watch` means.
struct Watching: Sendable {
    /// Whether the service counts as begun also when the first attempt failed.
    var isReadyAnyway = false
    /// Does the work.
    ///
    /// - Parameter isFirst: whether it was not done yet.
    /// - Returns: seconds until the next time.
    let work: @Sendable (_ isFirst: Bool) async throws -> Int
    /// Is told of each attempt, after it.
    var attempted: @Sendable (_ succeeded: Bool) async -> Void = { _ in }

    /// Seconds.
    private static let longestBackoff = 300

    /// Until a signal comes.
    func run() async {
        _ = try? await Interrupt.run { await go() }
        ServiceNotice.send("STOPPING=1")
        Output.remark("ended")
    }

    private func go() async {
        var backoff = 1
        var (isFirst, isReady) = (true, false)
        var lastFailure = ""
        while !Task.isCancelled {
            var pause: Int
            var status: String
            var succeeded = false
            do {
                pause = try await work(isFirst)
                status = "next look in \(pause) s"
                (backoff, lastFailure, isFirst, succeeded) = (1, "", false, true)
            } catch {
                if Task.isCancelled { return }
                let failure = CommandFailure(error)
                // One line for each kind of failure, not one for each attempt.
                if failure.message != lastFailure { Output.failure(failure) }
                lastFailure = failure.message
                status = failure.message
                pause = Watching.spread(backoff)
                backoff = min(backoff * 2, Watching.longestBackoff)
            }
            await attempted(succeeded)
            if !isReady, succeeded || isReadyAnyway {
                ServiceNotice.send("READY=1")
                isReady = true
            }
            ServiceNotice.send("STATUS=\(status)")
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    /// The seconds less a random part, so that a fleet does not come at once.
    static func spread(_ seconds: Int) -> Int {
        max(1, seconds - Int.random(in: 0...max(0, seconds / 10)))
    }
}
