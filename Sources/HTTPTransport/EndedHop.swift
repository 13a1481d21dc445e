// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Glibc
import TUFClient

/// What libcurl says about one request that has ended.
struct EndedHop {
    let code: CURLcode
    /// Where a 3xx answer points, made absolute.
    let location: [UInt8]?
    let spentMilliseconds: Int
    private let status: Int
    private let wasRequestSent: Bool
    private let systemError: Int32

    init(_ easy: UnsafeMutableRawPointer, code: CURLcode) {
        self.code = code
        var long = 0
        carnet_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &long)
        status = long
        long = 0
        carnet_curl_get_long(easy, CURLINFO_OS_ERRNO, &long)
        systemError = Int32(truncatingIfNeeded: long)
        var microseconds: curl_off_t = 0
        carnet_curl_get_offset(easy, CURLINFO_TOTAL_TIME_T, &microseconds)
        // Not below zero even if the clock was set back.
        spentMilliseconds = max(0, Int(microseconds) / 1000)
        microseconds = 0
        carnet_curl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        wasRequestSent = microseconds > 0
        var text: UnsafePointer<CChar>?
        carnet_curl_get_string(easy, CURLINFO_REDIRECT_URL, &text)
        location = text.map { bytes(of: $0) }
    }

    /// Whether the answer is a redirect that names its target.
    var isRedirect: Bool {
        code == CURLE_OK && [301, 302, 303, 307, 308].contains(status) && location != nil
    }

    /// Why `transfer` got no file; `nil` if it got the whole.
    func failure(of transfer: Transfer, limits: TransportLimits) -> FetchError.Reason? {
        if transfer.isCancelled { return .cancelled }
        if let refusal = transfer.answer.refusal { return refusal }
        // The status stands even if the rest of an unwanted body stays out.
        switch transfer.answer.status {
        case 0, 200: break
        case 404: return .notFound
        case let status where status >= 200: return .status(status)
        default: break
        }
        switch code {
        case CURLE_OK:
            return transfer.answer.status == 200 ? nil : .unreachable("no complete header")
        case CURLE_PARTIAL_FILE:
            return .truncated
        case CURLE_RECV_ERROR where transfer.answer.status == 200:
            return .truncated
        case CURLE_OPERATION_TIMEDOUT:
            return timeOut(of: transfer, limits: limits)
        default:
            return .unreachable(words(transfer))
        }
    }

    /// libcurl has one code for three limits.
    private func timeOut(of transfer: Transfer, limits: TransportLimits) -> FetchError.Reason {
        // libcurl's own rounding may end a transfer a little early.
        let roundingMilliseconds = 50
        if let total = transfer.totalSeconds, let left = transfer.remainingMilliseconds,
            spentMilliseconds + roundingMilliseconds >= left
        {
            return .timedOut(seconds: total)
        }
        guard wasRequestSent else {
            let authority = transfer.current.authority
            return .unreachable("no connection to \(authority) in \(limits.connectSeconds) s")
        }
        return .tooSlow(
            minimumBytesPerSecond: limits.minimumBytesPerSecond, seconds: limits.slowSeconds)
    }

    private func words(_ transfer: Transfer) -> String {
        let authority = transfer.current.authority
        let detail = quoted(bytes(of: transfer.errorBuffer))
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "no address for \(quoted(transfer.current.host))"
        case CURLE_COULDNT_CONNECT where systemError == ECONNREFUSED:
            return "connection refused by \(authority)"
        case CURLE_COULDNT_CONNECT where systemError != 0:
            return "no connection to \(authority): \(lowerFirst(strerror(systemError)))"
        case CURLE_PEER_FAILED_VERIFICATION:
            return "certificate of \(authority) not accepted: \(detail)"
        case CURLE_SSL_CACERT_BADFILE:
            return "CA file not usable: \(detail)"
        case CURLE_OUT_OF_MEMORY:
            // libcurl says so of a header line over 100 KiB, too.
            return "out of memory, or a header line without an end from \(authority)"
        default:
            let general = lowerFirst(curl_easy_strerror(code))
            return detail.isEmpty ? "\(general), \(authority)" : "\(general): \(detail)"
        }
    }
}
