// SPDX-License-Identifier: Apache-2.0
import CCurlShims
import Glibc
import Synchronization
import TUFClient

/// Takes transfers from any thread to the one thread that owns libcurl's handles.
///
/// The thread begins with the first transfer and ends with ``stop()``.
final class TransferEngine: Sendable {
    private struct Inbox {
        var phase = Phase.idle
        var submitted: [any EngineJob] = []
        var cancelled: [any EngineJob] = []
        /// Whether the thread was woken since it has looked in here.
        private var isAwake = false

        /// With the inbox locked, so that the handle cannot go away meanwhile: the thread sees
        /// the end of its phase only after the lock is free.
        mutating func wake() {
            guard case .running(let multi, _) = phase, !isAwake else { return }
            isAwake = true
            carnet_curl_multi_wakeup(multi.pointer)
        }

        mutating func take() -> (submitted: [any EngineJob], cancelled: [any EngineJob]) {
            defer { (submitted, cancelled, isAwake) = ([], [], false) }
            return (submitted, cancelled)
        }
    }

    private enum Phase {
        case idle
        case running(MultiHandle, pthread_t)
        case stopped
    }

    /// Where the bytes of long files go on.
    let sinks = SinkThread()
    private let settings: EasySettings
    private let inbox = Mutex(Inbox())

    init(settings: EasySettings) { self.settings = settings }

    var isRunning: Bool {
        inbox.withLock { inbox in
            if case .running = inbox.phase { true } else { false }
        }
    }

    /// Starts the job as soon as there is room; its outcome goes to its continuation.
    ///
    /// The job has its continuation by then.
    func submit(_ job: any EngineJob) {
        let refusal: FetchError.Reason? = inbox.withLock { inbox in
            // Looked at under the lock: a later cancellation finds the transfer submitted.
            if job.isCancelled { return .cancelled }
            if case .stopped = inbox.phase { return .unreachable("transport closed") }
            if case .idle = inbox.phase {
                guard let phase = startThread() else {
                    return .unreachable("no thread for transfers")
                }
                inbox.phase = phase
            }
            inbox.submitted.append(job)
            inbox.wake()
            return nil
        }
        if let refusal { job.finish(refusal) }
    }

    /// Ends the transfer, if it has not ended yet.
    func cancel(_ job: any EngineJob) {
        job.cancel()
        end(job)
    }

    /// The same for a transfer that knows by itself that it is over.
    func end(_ job: any EngineJob) {
        inbox.withLock { inbox in
            guard case .running = inbox.phase else { return }
            inbox.cancelled.append(job)
            inbox.wake()
        }
    }

    /// Ends all transfers and the thread, and waits for that; later transfers fail.
    func stop() {
        let thread = inbox.withLock { inbox -> pthread_t? in
            defer { inbox.phase = .stopped }
            guard case .running(_, let thread) = inbox.phase else { return nil }
            inbox.wake()
            return thread
        }
        guard let thread else { return }
        sinks.close()
        if pthread_equal(thread, pthread_self()) != 0 {
            // The last owner let go from within a sink: the thread cannot wait for itself.
            pthread_detach(thread)
            sinks.detach()
        } else {
            pthread_join(thread, nil)
            sinks.join()
        }
    }

    /// Called with the inbox locked: the thread's first look into it comes after.
    private func startThread() -> Phase? {
        // The transfer's URL has been read by libcurl, which is therefore loaded.
        guard let multi = carnet_curl_multi_init().map(MultiHandle.init) else { return nil }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(ThreadStart(engine: self, multi: multi))
        guard pthread_create(&thread, nil, runEngine, context.toOpaque()) == 0 else {
            context.release()
            carnet_curl_multi_cleanup(multi.pointer)
            return nil
        }
        return .running(multi, thread)
    }

    fileprivate func run(_ multi: MultiHandle) {
        blockSignals()
        var loop = TransferLoop(
            multi: multi.pointer, settings: settings, sinks: sinks)
        while true {
            let (work, isStopped) = inbox.withLock { inbox in
                let work = inbox.take()
                if case .stopped = inbox.phase { return (work, true) }
                return (work, false)
            }
            loop.add(work.submitted)
            loop.cancel(work.cancelled)
            if isStopped { break }
            loop.step()
        }
        loop.failAll("transport closed")
        sinks.finish()
    }
}

/// A multi handle on its way to its thread. Unchecked, because of its functions only
/// `curl_multi_wakeup` is called from elsewhere, and that one may be.
private struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

private final class ThreadStart: Sendable {
    let engine: TransferEngine
    let multi: MultiHandle

    init(engine: TransferEngine, multi: MultiHandle) {
        self.engine = engine
        self.multi = multi
    }
}

/// A function, not a closure: a closure handed to C may be taken for @MainActor and then traps on
/// the new thread.
private func runEngine(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    start.engine.run(start.multi)
    return nil
}
