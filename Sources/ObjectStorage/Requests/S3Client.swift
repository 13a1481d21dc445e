// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import HTTPTransport
import RepositoryStorage
import TUFClient

/// Sends requests to one bucket, signed, as often as it takes, and says what went wrong.
struct S3Client: Sendable {
    let location: S3Location
    let settings: S3Settings
    let transport: HTTPTransport
    let bounds: RepetitionBounds
    let patienceSeconds: Int
    private let place: S3Place
    private let signer: RequestSigner?
    private let clock: SigningClock

    /// For answers that hold an error, a listing's page or nothing.
    static let maximumAnswerBytes = 8 << 20

    /// - Parameter now: seconds since 1970.
    init(
        location: S3Location, settings: S3Settings, transport: HTTPTransport,
        bounds: RepetitionBounds, patienceSeconds: Int, now: @escaping @Sendable () -> Int
    ) {
        self.location = location
        self.settings = settings
        self.transport = transport
        self.bounds = bounds
        self.patienceSeconds = patienceSeconds
        place = S3Place(of: location.bucket, settings)
        signer = settings.credentials.map { RequestSigner($0, region: settings.region) }
        clock = SigningClock(now)
    }

    /// Sends until something other than a passing fault comes of it.
    ///
    /// - Parameter name: of the file that errors are about; `nil` for the place.
    /// - Returns: an answer of any status.
    func send(
        _ request: S3Request, about name: UTF8Text?, maximumBytes: Int = maximumAnswerBytes
    ) async throws(RepositoryStoreError) -> HTTPResponse {
        let attempt = await transport.repeating(
            bounds, while: { isPassing($0, request.method) },
            attempt: { repetition in
                await transport.attempt(
                    signed(request, repetition.pauseMilliseconds), maximumBytes: maximumBytes)
            })
        return try answer(attempt, about: name)
    }

    func signed(_ request: S3Request, _ pauseMilliseconds: Int) -> HTTPRequest {
        request.signed(
            by: signer, for: place, at: clock.time, pauseMilliseconds: pauseMilliseconds)
    }

    func isPassing(_ attempt: HTTPAttempt, _ method: HTTPRequest.Method) -> Bool {
        if case .answered(let response) = attempt {
            return S3Fault.isPassing(response, to: method)
        }
        return attempt.isTransient
    }

    func answer(
        _ attempt: HTTPAttempt, about name: UTF8Text?
    ) throws(RepositoryStoreError) -> HTTPResponse {
        switch attempt {
        case .answered(let response): return response
        case .unsent(let fault): throw error(Self.reason(fault), about: name)
        case .failed(let failure, _): throw error(Self.reason(failure), about: name)
        }
    }

    /// What an answer means that is not the one hoped for.
    func refusal(_ response: HTTPResponse, about name: UTF8Text?) -> RepositoryStoreError {
        let reason = S3Fault(response).reason(
            region: settings.region, isAnonymous: settings.credentials == nil)
        // A bucket is missing, or closed to us, for every file alike.
        if case .noPlace = reason { return error(reason, about: nil) }
        return error(reason, about: name)
    }

    func error(
        _ reason: RepositoryStoreError.Reason, about name: UTF8Text?
    ) -> RepositoryStoreError {
        let place = location.description
        return RepositoryStoreError(name.map { "\(place)/\($0)" } ?? place, reason)
    }

    static func reason(_ fault: BodyFault) -> RepositoryStoreError.Reason {
        switch fault {
        case .changed: .changed
        case .unreadable(let words): .local(words)
        }
    }

    private static func reason(_ failure: FetchError) -> RepositoryStoreError.Reason {
        switch failure.reason {
        case .cancelled: .cancelled
        case .sinkRefused: .sinkRefused
        case .tooLarge(let maximumBytes): .tooLarge(maximumBytes: maximumBytes)
        case .rangeRefused(let words): .unexpected("range refused, \(words)")
        case .unreachable(let words): .unreachable(words)
        case .schemeRefused(let scheme): .unreachable("scheme \(scheme) refused, expected https")
        default: .unreachable("\(failure.reason)")
        }
    }
}
