// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
import TUFClient

/// Slows down what is received, all transfers together.
///
/// The thread that receives sleeps: the sender is slowed down by its connection, and nothing piles
/// up in memory.
final class RateLimit: Sendable {
    private let bytesPerSecond: Double
    /// When what was received so far was due.
    private let due = Mutex(0.0)
    /// Seconds that may be received at once after a pause.
    private let burst = 0.1

    init(bytesPerSecond: Int) { self.bytesPerSecond = Double(max(1, bytesPerSecond)) }

    /// Takes note of bytes, and comes back when the next may come.
    func take(_ count: Int) {
        let now = RateLimit.now()
        let seconds = due.withLock { due in
            due = max(due, now - burst) + Double(count) / bytesPerSecond
            return due - now
        }
        guard seconds > 0 else { return }
        var pause = timespec(
            tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        nanosleep(&pause, nil)
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A fetcher whose answers come no faster than a limit allows.
struct LimitedFetcher: Fetcher {
    let base: any Fetcher
    let limit: RateLimit

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let bytes = try await base.fetch(url, maximumBytes: maximumBytes)
        limit.take(bytes.count)
        return bytes
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        try await base.stream(
            url, from: offset, maximumBytes: maximumBytes, into: LimitedSink(sink, limit))
    }
}

private final class LimitedSink: FetchSink {
    private let next: any FetchSink
    private let limit: RateLimit

    init(_ next: any FetchSink, _ limit: RateLimit) {
        self.next = next
        self.limit = limit
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        limit.take(chunk.count)
        return next.receive(chunk)
    }
}
