// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Synchronization
import TUFClient

/// One request and its answer, without redirects and repetitions.
///
/// Unchecked, because only the engine's thread touches the variables once the exchange is
/// submitted. Others may only `cancel()`; the bytes and the outcome of a long file go by way of
/// the sinks' thread, and from then on the continuation is that thread's.
final class Exchange: EngineJob, SinkFeed, @unchecked Sendable {
    /// A file is long, and worth a second thread, once its sink has this much.
    private static let longBytes = 1 << 20
    /// What libcurl reads of a body at a time; its own least is 16 KiB.
    private static let longestPiece = 512 << 10

    let current: RequestURL
    let totalSeconds: Int?
    let errorBuffer: UnsafeMutablePointer<CChar>
    let headerLines: [String]

    private let request: HTTPRequest
    private let engine: TransferEngine
    private let cancelFlag = Atomic(false)
    private let refusalFlag = Atomic(false)
    private var continuation: CheckedContinuation<HTTPAttempt, Never>?
    private var body: RequestBody
    private var answer: ExchangeAnswer
    private let sink: (any FetchSink)?
    private var answerSink: (any AnswerSink)?
    private var given = 0
    /// Whether the sink gets its bytes on the sinks' thread.
    private var isHandedOver = false
    private var deadlineMilliseconds: Int?
    /// Set by the last hop, before the outcome is given.
    private var retryAfterSeconds = 0
    private var isTransient = false

    init(
        _ request: HTTPRequest, to url: RequestURL, lines: [String], body: RequestBody,
        answer: ExchangeAnswer, sink: (any FetchSink)?, limits: TransportLimits,
        on engine: TransferEngine
    ) {
        self.request = request
        self.body = body
        self.answer = answer
        self.sink = sink
        answerSink = sink as? any AnswerSink
        self.engine = engine
        current = url
        headerLines = lines + answer.rangeHeaders
        let isLong = sink != nil || body.length > Self.longBytes
        totalSeconds = isLong ? limits.streamSeconds : limits.fetchSeconds
        errorBuffer = .allocate(capacity: Transfer.errorBufferSize)
        errorBuffer.initialize(repeating: 0, count: Transfer.errorBufferSize)
    }

    deinit {
        body.close()
        errorBuffer.deallocate()
    }

    var slowSeconds: Int? { request.slowSeconds }
    var pauseMilliseconds: Int { request.pauseMilliseconds }
    var hasOwnAuthorization: Bool { request.hasAuthorization }
    /// Who sends a body gets a word or two for an answer.
    var bufferBytes: Int { sink != nil ? 512 << 10 : request.hasBody ? 16 << 10 : 128 << 10 }
    var isCancelled: Bool { cancelFlag.load(ordering: .relaxed) }
    private var isRefused: Bool { refusalFlag.load(ordering: .relaxed) }

    var remainingMilliseconds: Int? {
        deadlineMilliseconds.map { max(0, $0 - monotonicMilliseconds()) }
    }

    func cancel() { cancelFlag.store(true, ordering: .relaxed) }

    /// Names who waits for the outcome; before the engine has the exchange.
    func begin(_ continuation: CheckedContinuation<HTTPAttempt, Never>) {
        self.continuation = continuation
    }

    func beginHop() {
        errorBuffer[0] = 0
        if let totalSeconds { deadlineMilliseconds = monotonicMilliseconds() + totalSeconds * 1000 }
    }

    func apply(to options: inout EasyOptions) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_PRIVATE, pointer: context)
        options.set(CURLOPT_WRITEDATA, pointer: context)
        options.set(CURLOPT_WRITEFUNCTION, callback: receiveExchangeBody)
        options.set(CURLOPT_HEADERFUNCTION, callback: receiveExchangeHeader)
        if request.method == .head {
            options.set(CURLOPT_NOBODY, 1)
        } else if request.isShort, case .bytes(let bytes) = request.body {
            options.set(shortBody: bytes)
        } else if request.hasBody {
            options.set(CURLOPT_UPLOAD, 1)
            options.set(CURLOPT_INFILESIZE_LARGE, offset: body.length)
            options.set(CURLOPT_READDATA, pointer: context)
            options.set(CURLOPT_READFUNCTION, callback: sendExchangeBody)
            options.set(CURLOPT_SEEKDATA, pointer: context)
            options.set(seekCallback: seekExchangeBody)
            if body.length > 64 << 10 {
                options.set(CURLOPT_UPLOAD_BUFFERSIZE, Self.longestPiece)
            }
        }
        if request.method != .head, request.method != .get {
            options.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    func next(after hop: EndedHop, settings: EasySettings) -> NextStep {
        let reason = hop.failure(of: self, settings: settings)
        retryAfterSeconds = hop.retryAfterSeconds
        isTransient = reason.map(hop.isTransientForExchange) ?? false
        return .end(reason)
    }

    // MARK: What the hop has come to

    var refusal: FetchError.Reason? { answer.refusal }

    /// Whether the header of an answer has come that a file or a body belongs to.
    var isAnswered: Bool { answer.isAnswered }

    /// Whether the header alone tells the outcome: the status stands even if the rest of the
    /// body stays out, or if our own was not wanted to its end.
    var isAnsweredOtherwise: Bool { answer.isAnsweredOtherwise }

    /// What is wrong with an answer that libcurl holds to be complete.
    var failureOfWholeAnswer: FetchError.Reason? { answer.failureOfWhole }

    // MARK: For libcurl

    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer, status: Int) -> Bool {
        answer.receiveHeader(line, status: status)
    }

    fileprivate func receiveBody(_ chunk: UnsafeRawBufferPointer) -> Bool {
        guard !isCancelled, let skipped = answer.receiveBody(chunk) else { return false }
        guard let sink, skipped < chunk.count else { return true }
        answerSink.take()?.begin(answer.response(0))
        if let refusal = pass(UnsafeRawBufferPointer(rebasing: chunk[skipped...]), to: sink) {
            answer.refusal = refusal
            return false
        }
        return true
    }

    private func pass(
        _ chunk: UnsafeRawBufferPointer, to sink: any FetchSink
    ) -> FetchError.Reason? {
        if !isHandedOver, given >= Self.longBytes { isHandedOver = engine.sinks.begin() }
        given += chunk.count
        guard isHandedOver else { return sink.receive(chunk) ? nil : .sinkRefused }
        if isRefused { return .sinkRefused }
        return engine.sinks.push(chunk, to: self) ? nil : .unreachable("transport closed")
    }

    /// - Returns: `nil` to end the exchange.
    fileprivate func send(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        isCancelled ? nil : body.read(into: buffer)
    }

    fileprivate func seek(to place: Int) -> Bool { body.seek(to: place) }

    // MARK: The outcome

    func give(_ chunk: UnsafeRawBufferPointer) {
        guard let sink, !isCancelled, !isRefused, !sink.receive(chunk) else { return }
        refusalFlag.store(true, ordering: .relaxed)
        engine.end(self)
    }

    func finish(_ reason: FetchError.Reason?) {
        isHandedOver ? engine.sinks.end(self, reason) : complete(reason)
    }

    /// Once; later calls do nothing. On the sinks' thread for a file that was handed over.
    func complete(_ reason: FetchError.Reason?) {
        let waiting = continuation.take()
        let reason = isRefused ? .sinkRefused : reason
        if let fault = body.fault, !isCancelled {
            waiting?.resume(returning: .unsent(fault))
        } else if let reason {
            let error = FetchError(url: shownURL(current.text), reason: reason)
            waiting?.resume(returning: .failed(error, isTransient: isTransient))
        } else {
            waiting?.resume(returning: .answered(answer.response(retryAfterSeconds)))
        }
    }
}

/// A URL without its query, which may hold a signature or a session: no message shows that.
func shownURL(_ text: String) -> String { String(text.prefix { $0 != "?" }) }

/// CURL_READFUNC_ABORT, a macro that Swift does not see.
private let readAbort = 0x1000_0000

// Functions, not closures: a closure handed to C may be taken for @MainActor and then traps on
// the engine's thread.

private func exchange(_ context: UnsafeRawPointer) -> Exchange {
    Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
}

private func receiveExchangeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard !chunk.isEmpty else { return 0 }
    return exchange(context).receiveBody(chunk) ? chunk.count : 0
}

private func receiveExchangeHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let easy = context, let (status, owner) = statusAndOwner(of: easy) else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return exchange(owner).receiveHeader(line, status: status) ? line.count : 0
}

private func sendExchangeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return readAbort }
    let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
    return exchange(context).send(into: room) ?? readAbort
}

private func seekExchangeBody(
    _ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32
) -> Int32 {
    // libcurl only ever counts from the start.
    guard let context, origin == 0 else { return 1 }
    return exchange(context).seek(to: Int(offset)) ? 0 : 1
}
