// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import TUFClient

/// What the engine's thread does for somebody who waits: one request, or several in turn.
///
/// All but `cancel()` and `isCancelled` is called on the engine's thread, once it has the job.
protocol EngineJob: AnyObject, Sendable {
    /// The URL of this hop.
    var current: RequestURL { get }

    /// For the whole job; `nil` for no limit.
    var totalSeconds: Int? { get }

    /// Milliseconds left; `nil` for no limit, 0 if they are used up.
    var remainingMilliseconds: Int? { get }

    /// Instead of ``TransportLimits/slowSeconds``.
    var slowSeconds: Int? { get }

    /// What comes before the first request; 0 for nothing.
    var pauseMilliseconds: Int { get }

    /// libcurl writes here what went wrong, zero-ended.
    var errorBuffer: UnsafeMutablePointer<CChar> { get }

    /// What is read at a time.
    var bufferBytes: Int { get }

    /// Lines for the header of this hop's request.
    var headerLines: [String] { get }

    /// Whether the caller has said who we are.
    var hasOwnAuthorization: Bool { get }

    var isCancelled: Bool { get }

    /// From any thread; the engine does the rest.
    func cancel()

    /// Makes ready for a hop: what came of the last one is forgotten.
    func beginHop()

    /// Sets what only this kind of job wants: its callbacks, its method, its body.
    func apply(to options: inout EasyOptions)

    /// What follows on a hop that has ended.
    func next(after hop: EndedHop, settings: EasySettings) -> NextStep

    /// Gives the outcome to whoever waits.
    func finish(_ reason: FetchError.Reason?)
}

/// What follows on a request that has ended.
enum NextStep {
    /// The job is over; `nil` if it did what it was for.
    case end(FetchError.Reason?)
    /// The next request, at once.
    case another
    /// The next request after a pause.
    case pause(milliseconds: Int)
}

/// The status that a handle has read last, and what its CURLOPT_PRIVATE points to.
func statusAndOwner(
    of easy: UnsafeMutableRawPointer
) -> (status: Int, owner: UnsafeRawPointer)? {
    var status = 0
    carnet_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    var text: UnsafePointer<CChar>?
    carnet_curl_get_string(easy, CURLINFO_PRIVATE, &text)
    return text.map { (status, UnsafeRawPointer($0)) }
}
