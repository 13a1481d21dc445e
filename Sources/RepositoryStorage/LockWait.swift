// SPDX-License-Identifier: Apache-2.0
import Glibc

/// How long to wait for a lock that another process holds.
public struct LockWait: Sendable {
    /// After this many seconds ``notice`` is called, once.
    public var noticeSeconds = 1.0
    /// After this many seconds the wait ends with an error.
    public var maximumSeconds = 300.0
    /// Tells the person that somebody else is at work; given the locked folder.
    public var notice: @Sendable (_ folder: String) -> Void

    public init(notice: @escaping @Sendable (_ folder: String) -> Void = { _ in }) {
        self.notice = notice
    }
}

/// One wait, from its begin.
struct LockPatience {
    private let path: String
    private let wait: LockWait
    private let begin = LockPatience.now()
    private var noticed = false
    /// Seconds of all pauses together: a faked clock may stand.
    private var paused = 0.0

    init(_ path: String, _ wait: LockWait) {
        self.path = path
        self.wait = wait
    }

    /// Nanoseconds until the next attempt.
    ///
    /// - Throws: `StorageError` once the wait has taken too long.
    mutating func pause() throws(StorageError) -> UInt64 {
        let waited = max(LockPatience.now() - begin, paused)
        if waited >= wait.noticeSeconds && !noticed {
            noticed = true
            wait.notice(FileSystem.parent(of: path))
        }
        guard waited < wait.maximumSeconds else {
            throw StorageError(
                path: path,
                reason: "still in use by another process after \(seconds(wait.maximumSeconds)) s")
        }
        // Short at first, as most holders are gone at once.
        let nanoseconds: UInt64 = waited < 0.1 ? 1_000_000 : 10_000_000
        paused += Double(nanoseconds) / 1e9
        return nanoseconds
    }

    private func seconds(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }

    /// Seconds by a clock that nobody sets.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
