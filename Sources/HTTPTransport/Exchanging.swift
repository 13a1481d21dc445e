// SPDX-License-Identifier: Apache-2.0
package import TUFClient

extension HTTPTransport {
    /// Sends one request and gives its answer, whatever its status.
    ///
    /// No redirect is followed and nothing is repeated, with one exception that is libcurl's own:
    /// if a connection that was kept proves to be closed before the first byte of an answer, the
    /// request is sent once more on a new one. A request that must not be done twice therefore
    /// has to be told apart by the server, with a condition or an id.
    ///
    /// - Parameter maximumBytes: bounds the body of a 2xx answer.
    /// - Throws: ``FetchError``, whose URL lacks the query; `.tooLarge`, `.truncated`, `.tooSlow`,
    ///   `.timedOut`, `.unreachable`, `.schemeRefused`, `.cancelled`.
    package func exchange(
        _ request: HTTPRequest, maximumBytes: Int
    ) async throws(FetchError) -> HTTPResponse {
        try await attempt(request, maximumBytes: maximumBytes).response(to: request)
    }

    /// The same, with the body of a 200 or 206 answer streamed into `sink` from `offset` on, as in
    /// ``stream(_:from:maximumBytes:into:)``; the bodies of others are the response's.
    ///
    /// The request needs no `Range`.
    ///
    /// - Parameter maximumBytes: bounds the whole file, what comes before `offset` included.
    /// - Throws: ``FetchError``; also `.sinkRefused`, `.rangeRefused`.
    package func exchange(
        _ request: HTTPRequest, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) -> HTTPResponse {
        try await attempt(request, from: offset, maximumBytes: maximumBytes, into: sink)
            .response(to: request)
    }

    /// The same as ``exchange(_:maximumBytes:)``, with what is known of a failure.
    package func attempt(_ request: HTTPRequest, maximumBytes: Int) async -> HTTPAttempt {
        await attempt(request, nil, maximumBytes, nil)
    }

    /// The same as ``exchange(_:from:maximumBytes:into:)``, with what is known of a failure.
    package func attempt(
        _ request: HTTPRequest, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async -> HTTPAttempt {
        await attempt(request, offset, maximumBytes, sink)
    }

    private func attempt(
        _ request: HTTPRequest, _ offset: Int?, _ maximumBytes: Int, _ sink: (any FetchSink)?
    ) async -> HTTPAttempt {
        precondition((offset ?? 0) >= 0, "a file from byte \(offset ?? 0) on")
        func failed(_ reason: FetchError.Reason) -> HTTPAttempt {
            .failed(FetchError(url: shownURL(request.url), reason: reason), isTransient: false)
        }
        let url: RequestURL
        do throws(FetchError) {
            url = try self.url(request.url)
        } catch {
            return failed(error.reason)
        }
        if url.scheme == .file { return failed(.schemeRefused("file")) }
        if let refusal = refusal(of: url) { return failed(refusal) }
        guard let lines = request.headerLines else {
            return failed(.unreachable("a header field with a byte that none may have"))
        }
        let body: RequestBody
        do throws(BodyFault) {
            body = try RequestBody(request.body, mayEnd: request.mayEnd)
        } catch {
            return .unsent(error)
        }
        let exchange = Exchange(
            request, to: url, lines: lines, body: body,
            answer: ExchangeAnswer(
                method: request.method, maximumBytes: maximumBytes, from: offset,
                limits: settings.limits),
            sink: sink, limits: settings.limits, on: engine)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                exchange.begin(continuation)
                engine.submit(exchange)
            }
        } onCancel: {
            engine.cancel(exchange)
        }
    }
}

extension HTTPAttempt {
    fileprivate func response(to request: HTTPRequest) throws(FetchError) -> HTTPResponse {
        switch self {
        case .answered(let response): return response
        case .failed(let error, _): throw error
        case .unsent(let fault):
            throw FetchError(
                url: shownURL(request.url), reason: .unreachable("file to send: \(fault)"))
        }
    }
}
