// SPDX-License-Identifier: Apache-2.0
import CCurl
import Synchronization
import TUFClient

/// One download over the network, from its place in the queue to its outcome, redirects included.
///
/// Unchecked, because only the engine's thread touches the variables once the transfer is
/// submitted; the one thing that others may do is `cancel()`.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<Void, FetchError>

    /// libcurl's own least size.
    static let errorBufferSize = Int(CURL_ERROR_SIZE)

    let maximumBytes: Int
    /// For the whole transfer; `nil` for no limit.
    let totalSeconds: Int?
    /// libcurl writes here what went wrong, zero-ended.
    let errorBuffer: UnsafeMutablePointer<CChar>

    /// The URL asked for, the one that errors name.
    private let original: RequestURL
    /// The URL of this hop.
    private(set) var current: RequestURL
    private(set) var redirects = 0
    /// Milliseconds that earlier hops took.
    private(set) var spentMilliseconds = 0
    private(set) var answer: Answer

    private let cancelFlag = Atomic(false)
    private let sink: any FetchSink
    private var continuation: CheckedContinuation<Outcome, Never>?

    init(
        of url: RequestURL, maximumBytes: Int, totalSeconds: Int?, into sink: any FetchSink
    ) {
        original = url
        current = url
        self.maximumBytes = max(0, maximumBytes)
        self.totalSeconds = totalSeconds
        self.sink = sink
        answer = Answer(maximumBytes: self.maximumBytes)
        errorBuffer = .allocate(capacity: Self.errorBufferSize)
        errorBuffer.initialize(repeating: 0, count: Self.errorBufferSize)
    }

    deinit { errorBuffer.deallocate() }

    var isCancelled: Bool { cancelFlag.load(ordering: .relaxed) }

    /// From any thread; ends a body at its next part, the engine does the rest.
    func cancel() { cancelFlag.store(true, ordering: .relaxed) }

    /// Milliseconds left for this hop; `nil` for no limit, 0 if they are used up.
    var remainingMilliseconds: Int? {
        totalSeconds.map { max(0, $0 * 1000 - spentMilliseconds) }
    }

    /// Names who waits for the outcome; before the engine has the transfer.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        self.continuation = continuation
    }

    /// Makes ready for a hop: the answer of the last one is forgotten.
    func beginHop() {
        answer = Answer(maximumBytes: maximumBytes)
        errorBuffer[0] = 0
    }

    /// Takes the redirect to `location` if it is allowed.
    ///
    /// - Returns: why it is not; `nil` if `current` is the next URL to ask for.
    func follow(_ location: [UInt8], maximum: Int, spent: Int) -> FetchError.Reason? {
        let refusal = FetchError.Reason.redirectRefused(to: quoted(location))
        guard redirects < maximum,
            let text = String(validating: location, as: UTF8.self),
            let next = try? RequestURL(text), current.mayRedirect(to: next)
        else { return refusal }
        current = next
        redirects += 1
        spentMilliseconds += spent
        return nil
    }

    /// One header line.
    ///
    /// - Returns: `false` to end the transfer, which `answer.refusal` explains.
    func receiveHeader(_ line: UnsafeRawBufferPointer, status: Int) -> Bool {
        answer.receiveHeader(line, status: status)
    }

    /// A part of a body, which reaches the sink only under status 200 and within the limit.
    ///
    /// - Returns: `false` to end the transfer, which `answer.refusal` explains.
    func receiveBody(_ chunk: UnsafeRawBufferPointer) -> Bool {
        guard !isCancelled else { return false }
        guard answer.receiveBody(chunk.count) else { return false }
        guard answer.status == 200 else { return true }
        guard sink.receive(chunk) else {
            answer.refusal = .sinkRefused
            return false
        }
        return true
    }

    /// Gives the outcome to whoever waits; once, later calls do nothing.
    func finish(_ reason: FetchError.Reason?) {
        let waiting = continuation.take()
        guard let reason else {
            waiting?.resume(returning: .success(()))
            return
        }
        waiting?.resume(returning: .failure(FetchError(url: original.text, reason: reason)))
    }
}
