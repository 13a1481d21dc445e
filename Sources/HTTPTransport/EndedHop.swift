// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Glibc
import TUFClient

/// What libcurl says about one request that has ended.
struct EndedHop {
    /// Where a 3xx answer points, made absolute.
    let location: [UInt8]?
    /// Seconds that the server asks us to wait before the next try; 0 if it does not.
    let retryAfterSeconds: Int
    private let code: CURLcode
    private let status: Int
    /// A proxy's answer to CONNECT; 0 without one.
    private let proxyStatus: Int
    private let wasRequestSent: Bool
    private let systemError: Int32

    init(_ easy: UnsafeMutableRawPointer, code: CURLcode) {
        func long(_ what: CURLINFO) -> Int {
            var value = 0
            carnet_curl_get_long(easy, what, &value)
            return value
        }
        func offset(_ what: CURLINFO) -> Int {
            var value: curl_off_t = 0
            carnet_curl_get_offset(easy, what, &value)
            return Int(value)
        }
        self.code = code
        status = long(CURLINFO_RESPONSE_CODE)
        proxyStatus = long(CURLINFO_HTTP_CONNECTCODE)
        systemError = Int32(truncatingIfNeeded: long(CURLINFO_OS_ERRNO))
        wasRequestSent = offset(CURLINFO_PRETRANSFER_TIME_T) > 0
        retryAfterSeconds = max(0, offset(CURLINFO_RETRY_AFTER))
        var text: UnsafePointer<CChar>?
        carnet_curl_get_string(easy, CURLINFO_REDIRECT_URL, &text)
        location = text.map { bytes(of: $0) }
    }

    /// Whether the answer is a redirect that names its target.
    var isRedirect: Bool {
        code == CURLE_OK && [301, 302, 303, 307, 308].contains(status) && location != nil
    }

    /// Whether it may be better the next time: a broken connection, a server's own fault.
    func isTransient(_ reason: FetchError.Reason) -> Bool {
        switch reason {
        case .truncated: return true
        case .status(let status): return status == 429 || (500...599).contains(status)
        case .unreachable: break
        default: return false
        }
        if proxyStatus != 0, proxyStatus / 100 != 2 { return proxyStatus >= 500 }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
            CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            return true
        // A certificate that is not accepted has a code of its own.
        case CURLE_SSL_CONNECT_ERROR: return systemError == ECONNRESET
        case CURLE_OK: return status == 0
        default: return false
        }
    }

    /// Why `transfer` has no file; `nil` if it has the whole.
    func failure(of transfer: Transfer, settings: EasySettings) -> FetchError.Reason? {
        if transfer.isCancelled { return .cancelled }
        let answer = transfer.answer
        if let refusal = answer.refusal { return refusal }
        // The status stands even if the rest of an unwanted body stays out.
        guard answer.isWanted || answer.status < 200 else {
            return answer.status == 404 ? .notFound : answer.failure(of: transfer.progress)
        }
        guard code != CURLE_OK else { return answer.failure(of: transfer.progress) }
        return breakOff(of: transfer, hasBegun: answer.isWanted, settings: settings)
    }

    /// Why an exchange has no response; `nil` if it has the whole.
    func failure(of exchange: Exchange, settings: EasySettings) -> FetchError.Reason? {
        if exchange.isCancelled { return .cancelled }
        if let refusal = exchange.refusal { return refusal }
        if exchange.isAnsweredOtherwise { return nil }
        guard code != CURLE_OK else { return exchange.failureOfWholeAnswer }
        return breakOff(of: exchange, hasBegun: exchange.isAnswered, settings: settings)
    }

    /// Whether an exchange may have another outcome the next time.
    func isTransientForExchange(_ reason: FetchError.Reason) -> Bool {
        switch reason {
        case .tooSlow, .timedOut: true
        default:
            isTransient(reason) || code == CURLE_SEND_FAIL_REWIND
                || code == CURLE_OPERATION_TIMEDOUT
        }
    }

    /// What an error of libcurl means for a job.
    private func breakOff(
        of job: any EngineJob, hasBegun: Bool, settings: EasySettings
    ) -> FetchError.Reason {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: timeOut(of: job, limits: settings.limits)
        case CURLE_PARTIAL_FILE: .truncated
        case CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            hasBegun ? .truncated : .unreachable(words(job, settings))
        default: .unreachable(words(job, settings))
        }
    }

    /// libcurl has one code for three limits.
    private func timeOut(of job: any EngineJob, limits: TransportLimits) -> FetchError.Reason {
        // libcurl's own rounding may end a transfer a little early.
        let roundingMilliseconds = 50
        if let total = job.totalSeconds, let left = job.remainingMilliseconds,
            left <= roundingMilliseconds
        {
            return .timedOut(seconds: total)
        }
        guard wasRequestSent else {
            let authority = job.current.authority
            return .unreachable("no connection to \(authority) in \(limits.connectSeconds) s")
        }
        return .tooSlow(
            minimumBytesPerSecond: limits.minimumBytesPerSecond,
            seconds: job.slowSeconds ?? limits.slowSeconds)
    }

    private func words(_ job: any EngineJob, _ settings: EasySettings) -> String {
        let authority = job.current.authority
        let said = bytes(of: job.errorBuffer)
        let secrets = settings.secrets(for: job.current)
        let detail = secrets.contains { contains(said, $0) } ? "" : quoted(said)
        if proxyStatus != 0, proxyStatus / 100 != 2 {
            return "status \(proxyStatus) of the proxy for \(authority)"
        }
        let isDirect = settings.proxies.proxy(for: job.current).isEmpty
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "no address for \(quoted(job.current.host))"
        case CURLE_COULDNT_CONNECT where isDirect && systemError == ECONNREFUSED:
            return "connection refused by \(authority)"
        case CURLE_COULDNT_CONNECT where isDirect && systemError != 0:
            return "no connection to \(authority): \(lowerFirst(strerror(systemError)))"
        case CURLE_PEER_FAILED_VERIFICATION:
            return "certificate of \(authority) not accepted: \(detail)"
        case CURLE_SSL_CACERT_BADFILE:
            return "CA file not usable: \(detail)"
        case CURLE_OUT_OF_MEMORY:
            // libcurl says so of a header line over 100 KiB, too.
            return "out of memory, or a header line without an end from \(authority)"
        default:
            let general = lowerFirst(carnet_curl_easy_words(code))
            return detail.isEmpty ? "\(general), \(authority)" : "\(general): \(detail)"
        }
    }
}
