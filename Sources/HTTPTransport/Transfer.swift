// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Synchronization
import TUFClient

/// One download over the network, from its place in the queue to its outcome, redirects and
/// repetitions included.
///
/// Unchecked, because only the engine's thread touches the variables once the transfer is
/// submitted. Others may only `cancel()`; a long file's bytes and outcome go by way of the sinks'
/// thread, and from then on the continuation is that thread's.
final class Transfer: EngineJob, SinkFeed, @unchecked Sendable {
    typealias Outcome = Result<Void, FetchError>

    /// libcurl's own least size.
    static let errorBufferSize = Int(CURL_ERROR_SIZE)
    /// A file is long, and worth a second thread, once its sink has this much.
    private static let longBytes = 1 << 20

    /// For the whole transfer; `nil` for no limit.
    let totalSeconds: Int?
    /// libcurl writes here what went wrong, zero-ended.
    let errorBuffer: UnsafeMutablePointer<CChar>

    /// The URL asked for, the one that errors name.
    private let original: RequestURL
    private let maximumBytes: Int
    private let limits: TransportLimits
    private let receiver: Receiver
    private let engine: TransferEngine
    private let cancelFlag = Atomic(false)
    private let refusalFlag = Atomic(false)
    private var continuation: CheckedContinuation<Outcome, Never>?

    /// The URL of this hop.
    private(set) var current: RequestURL
    private(set) var progress: FileProgress
    private(set) var answer: Answer
    /// Whether the sink gets its bytes on the sinks' thread.
    private var isHandedOver = false
    /// How often it was begun again.
    private(set) var repetitions = 0
    private var redirects = 0
    /// On the kernel's monotonic clock; `nil` before the first hop and without a limit.
    private var deadlineMilliseconds: Int?

    init(
        of url: RequestURL, from offset: Int, maximumBytes: Int, totalSeconds: Int?,
        limits: TransportLimits, into receiver: Receiver, on engine: TransferEngine
    ) {
        original = url
        current = url
        progress = FileProgress(start: offset)
        self.maximumBytes = max(0, maximumBytes)
        self.totalSeconds = totalSeconds
        self.limits = limits
        self.receiver = receiver
        self.engine = engine
        answer = Answer(maximumBytes: self.maximumBytes, limits: limits)
        errorBuffer = .allocate(capacity: Self.errorBufferSize)
        errorBuffer.initialize(repeating: 0, count: Self.errorBufferSize)
    }

    deinit { errorBuffer.deallocate() }

    var isCancelled: Bool { cancelFlag.load(ordering: .relaxed) }

    /// Whether the sink has refused its bytes on the sinks' thread.
    private var isRefused: Bool { refusalFlag.load(ordering: .relaxed) }

    /// From any thread; ends a body at its next part, the engine does the rest.
    func cancel() { cancelFlag.store(true, ordering: .relaxed) }

    /// Milliseconds left; `nil` for no limit, 0 if they are used up.
    var remainingMilliseconds: Int? {
        deadlineMilliseconds.map { max(0, $0 - monotonicMilliseconds()) }
    }

    /// What is read at a time: long files cost least with libcurl's most, 512 KiB.
    var bufferBytes: Int { receiver.canRestart ? 128 << 10 : 512 << 10 }

    var slowSeconds: Int? { nil }
    var pauseMilliseconds: Int { 0 }
    var headerLines: [String] { progress.rangeHeaders }
    var hasOwnAuthorization: Bool { false }

    /// Names who waits for the outcome; before the engine has the transfer.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        self.continuation = continuation
    }

    /// Makes ready for a hop: the answer of the last one is forgotten.
    func beginHop() {
        answer = Answer(maximumBytes: maximumBytes, limits: limits)
        errorBuffer[0] = 0
        if deadlineMilliseconds == nil, let totalSeconds {
            deadlineMilliseconds = monotonicMilliseconds() + totalSeconds * 1000
        }
    }

    func apply(to options: inout EasyOptions) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_PRIVATE, pointer: context)
        options.set(CURLOPT_WRITEDATA, pointer: context)
        options.set(CURLOPT_WRITEFUNCTION, callback: receiveTransferBody)
        options.set(CURLOPT_HEADERFUNCTION, callback: receiveTransferHeader)
    }

    func next(after hop: EndedHop, settings: EasySettings) -> NextStep {
        guard hop.isRedirect, !isCancelled, let location = hop.location else {
            let reason = hop.failure(of: self, settings: settings)
            guard let reason, let pause = retryPause(hop, reason) else { return .end(reason) }
            beginAgain(after: reason)
            return .pause(milliseconds: pause)
        }
        if let refusal = follow(location) { return .end(refusal) }
        return remainingMilliseconds == 0 ? .end(.timedOut(seconds: totalSeconds ?? 0)) : .another
    }

    /// How long to wait before another try; `nil` for none.
    private func retryPause(_ hop: EndedHop, _ reason: FetchError.Reason) -> Int? {
        guard repetitions < limits.retries, hop.isTransient(reason) || canRestart(after: reason)
        else { return nil }
        let pause = limits.pauseMilliseconds(
            beforeRepetition: repetitions + 1, askedSeconds: hop.retryAfterSeconds,
            chance: Double.random(in: 0...1))
        guard let pause, pause < remainingMilliseconds ?? .max else { return nil }
        return pause
    }

    /// Takes the redirect to `location` if it is allowed.
    ///
    /// - Returns: why it is not; `nil` if `current` is the next URL to ask for.
    private func follow(_ location: [UInt8]) -> FetchError.Reason? {
        guard redirects < limits.maximumRedirects,
            let text = String(validating: location, as: UTF8.self),
            let next = try? RequestURL(text),
            current.mayRedirect(to: next)
                || (limits.followsToOtherHosts && current.mayLeave(for: next))
        else { return .redirectRefused(to: shown(location)) }
        current = next
        redirects += 1
        return nil
    }

    /// A redirect's target without the credentials in it, ours or others'.
    private func shown(_ location: [UInt8]) -> String {
        let text = String(decoding: location, as: UTF8.self)
        return quoted(FetchError.withoutCredentials(text).utf8)
    }

    /// Begins again with the URL asked for, where the last try came to.
    ///
    /// What is held in memory only is taken from 0 instead, unless the file's tag can prove that
    /// the rest is of the same file.
    private func beginAgain(after reason: FetchError.Reason) {
        repetitions += 1
        redirects = 0
        current = original
        if receiver.canRestart, progress.entityTag == nil || reason.isOfRange {
            receiver.restart()
            progress = FileProgress(start: progress.start)
        }
    }

    /// Whether another try from 0 may mend an answer that does not go with an earlier one.
    private func canRestart(after reason: FetchError.Reason) -> Bool {
        reason.isOfRange && receiver.canRestart
    }

    /// One header line.
    ///
    /// - Returns: `false` to end the transfer, which `answer.refusal` explains.
    func receiveHeader(_ line: UnsafeRawBufferPointer, status: Int) -> Bool {
        answer.receiveHeader(line, status: status, for: progress)
    }

    /// A part of a body, of which the receiver gets what it lacks and may have.
    ///
    /// - Returns: `false` to end the transfer, which `answer.refusal` explains.
    func receiveBody(_ chunk: UnsafeRawBufferPointer) -> Bool {
        guard !isCancelled, let skipped = answer.receiveBody(chunk.count, for: progress)
        else { return false }
        guard skipped < chunk.count else { return true }
        if !progress.hasBegun || answer.total != progress.total {
            progress.learn(answer.fields, total: answer.total)
            receiver.expect(progress.total)
        }
        let rest = UnsafeRawBufferPointer(rebasing: chunk[skipped...])
        if let refusal = pass(rest) {
            answer.refusal = refusal
            return false
        }
        progress.advance(by: rest.count)
        return true
    }

    /// - Returns: why nobody took the bytes.
    private func pass(_ chunk: UnsafeRawBufferPointer) -> FetchError.Reason? {
        if !isHandedOver, !receiver.canRestart,
            progress.position - progress.start >= Self.longBytes
        {
            isHandedOver = engine.sinks.begin()
        }
        guard isHandedOver else { return receiver.receive(chunk) ? nil : .sinkRefused }
        if isRefused { return .sinkRefused }
        return engine.sinks.push(chunk, to: self) ? nil : .unreachable("transport closed")
    }

    /// On the sinks' thread.
    func give(_ chunk: UnsafeRawBufferPointer) {
        guard !isCancelled, !isRefused else { return }
        guard !receiver.receive(chunk) else { return }
        refusalFlag.store(true, ordering: .relaxed)
        engine.end(self)
    }

    /// Gives the outcome to whoever waits, after the last bytes.
    func finish(_ reason: FetchError.Reason?) {
        isHandedOver ? engine.sinks.end(self, reason) : complete(reason)
    }

    /// Once; later calls do nothing. On the sinks' thread for a file that was handed over.
    func complete(_ reason: FetchError.Reason?) {
        let waiting = continuation.take()
        guard let reason = isRefused ? .sinkRefused : reason else {
            waiting?.resume(returning: .success(()))
            return
        }
        waiting?.resume(returning: .failure(FetchError(url: original.text, reason: reason)))
    }
}

extension FetchError.Reason {
    fileprivate var isOfRange: Bool {
        if case .rangeRefused = self { true } else { false }
    }
}

func monotonicMilliseconds() -> Int { Int(carnet_monotonic_milliseconds()) }

// Functions, not closures: a closure handed to C may be taken for @MainActor and then traps on
// the engine's thread.

private func receiveTransferBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard !chunk.isEmpty else { return 0 }
    return transfer.receiveBody(chunk) ? chunk.count : 0
}

private func receiveTransferHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let easy = context, let (status, owner) = statusAndOwner(of: easy) else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(owner).takeUnretainedValue()
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer.receiveHeader(line, status: status) ? line.count : 0
}
