// SPDX-License-Identifier: Apache-2.0
import Glibc
import TUFClient

/// What has a sink, or the like, for the bytes it receives.
protocol SinkFeed: AnyObject, Sendable {
    /// Passes bytes to the sink, on its thread.
    func give(_ chunk: UnsafeRawBufferPointer)

    /// Gives the outcome to whoever waits, after the last bytes.
    func complete(_ reason: FetchError.Reason?)
}

/// Gives the bytes of long files to their sinks on a thread of its own: what a sink does, hashing
/// and writing, goes on while the next bytes are received.
///
/// Four buffers go round between the two threads; while none is free, receiving waits.
///
/// Unchecked, because what both threads touch they touch under `lock`, and `current` is the
/// engine's thread's alone.
final class SinkThread: @unchecked Sendable {
    private typealias Buffer = UnsafeMutableRawPointer

    private enum Job {
        case chunk(any SinkFeed, Buffer, count: Int)
        case end(any SinkFeed, FetchError.Reason?)
    }

    private static let bufferBytes = 256 << 10
    private static let bufferCount = 4

    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var thread: pthread_t?
    private var jobs: [Job] = []
    private var free: [Buffer] = []
    private var buffersMade = 0
    private var isBusy = false
    /// Whether nobody may wait for a buffer any more.
    private var isClosing = false
    /// Whether no more jobs come.
    private var isOver = false

    private var current: (feed: any SinkFeed, buffer: Buffer, count: Int)?

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        for buffer in free { buffer.deallocate() }
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    // MARK: On the engine's thread

    /// Starts the thread, if it does not run.
    ///
    /// - Returns: whether it runs.
    func begin() -> Bool {
        locked {
            if thread != nil { return true }
            var started = pthread_t()
            let context = Unmanaged.passRetained(self)
            guard pthread_create(&started, nil, runSinks, context.toOpaque()) == 0 else {
                context.release()
                return false
            }
            thread = started
            return true
        }
    }

    /// Takes bytes for the sink of `feed`, in order.
    ///
    /// - Returns: `false` if they could not be taken, since the thread is about to end.
    func push(_ chunk: UnsafeRawBufferPointer, to feed: any SinkFeed) -> Bool {
        var rest = chunk
        while !rest.isEmpty {
            if let current, current.feed !== feed || current.count == Self.bufferBytes {
                flush()
            }
            if current == nil {
                guard let buffer = takeBuffer() else { return false }
                current = (feed, buffer, 0)
            }
            guard var filling = current else { return false }
            let count = min(rest.count, Self.bufferBytes - filling.count)
            let part = UnsafeRawBufferPointer(rebasing: rest[..<count])
            (filling.buffer + filling.count).copyMemory(from: part.baseAddress!, byteCount: count)
            filling.count += count
            current = filling
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }

    /// Hands over what has come if the sinks' thread has nothing to do; a full buffer is cheaper.
    func flushIfIdle() {
        if current != nil, locked({ jobs.isEmpty && !isBusy }) { flush() }
    }

    private func flush() {
        guard let filled = current else { return }
        current = nil
        add(.chunk(filled.feed, filled.buffer, count: filled.count))
    }

    /// Ends a transfer after its last bytes.
    func end(_ feed: any SinkFeed, _ reason: FetchError.Reason?) {
        flush()
        add(.end(feed, reason))
    }

    /// No more will come; the thread ends after what has.
    func finish() {
        flush()
        locked {
            isOver = true
            pthread_cond_broadcast(changed)
        }
    }

    private func takeBuffer() -> Buffer? {
        locked {
            while free.isEmpty, buffersMade == Self.bufferCount, !isClosing {
                pthread_cond_wait(changed, lock)
            }
            if let buffer = free.popLast() { return buffer }
            guard buffersMade < Self.bufferCount else { return nil }
            buffersMade += 1
            return .allocate(byteCount: Self.bufferBytes, alignment: 4096)
        }
    }

    private func add(_ job: Job) {
        locked {
            jobs.append(job)
            pthread_cond_broadcast(changed)
        }
    }

    // MARK: On any thread

    /// Keeps the engine's thread from waiting for a sink, which may itself wait for that thread.
    func close() {
        locked {
            isClosing = true
            pthread_cond_broadcast(changed)
        }
    }

    /// Waits for the thread's end, after `finish()`; not on the thread itself.
    func join() {
        guard let thread = locked({ thread.take() }) else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    /// Lets the thread end by itself.
    func detach() {
        if let thread = locked({ thread.take() }) { pthread_detach(thread) }
    }

    // MARK: On the thread itself

    fileprivate func run() {
        blockSignals()
        while let job = nextJob() {
            switch job {
            case .chunk(let feed, let buffer, let count):
                feed.give(UnsafeRawBufferPointer(start: buffer, count: count))
                locked {
                    free.append(buffer)
                    pthread_cond_broadcast(changed)
                }
            case .end(let feed, let reason):
                feed.complete(reason)
            }
        }
    }

    private func nextJob() -> Job? {
        locked {
            isBusy = false
            while jobs.isEmpty, !isOver { pthread_cond_wait(changed, lock) }
            isBusy = !jobs.isEmpty
            return isBusy ? jobs.removeFirst() : nil
        }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}

/// A function, not a closure: a closure handed to C may be taken for @MainActor and then traps on
/// the new thread.
private func runSinks(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<SinkThread>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

/// libcurl leaves SIGPIPE to us (NOSIGNAL), and OpenSSL's writes raise it; handlers of other
/// signals run on the program's own threads. What a fault raises must not be blocked.
func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] {
        sigdelset(&signals, fault)
    }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
