// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims

/// What every request is sent with.
struct EasySettings: Sendable {
    let limits: TransportLimits
    let userAgent: String
    let trust: CertificateTrust
    let credentials: TransportCredentials
    let proxies: ProxySettings

    /// Sets all options of a fresh handle.
    ///
    /// - Returns: the first option's error, and then the request must not be sent.
    func apply(
        to easy: UnsafeMutableRawPointer, for job: any EngineJob, headers: HeaderList?
    ) -> CURLcode {
        var options = EasyOptions(easy: easy)
        let url = job.current
        options.set(CURLOPT_URL, url.text)
        options.set(CURLOPT_PATH_AS_IS, 1)
        options.set(CURLOPT_PROTOCOLS_STR, url.scheme == .http ? "http" : "https")
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        options.set(CURLOPT_USERAGENT, userAgent)
        options.set(CURLOPT_HTTPHEADER, list: headers)
        options.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if !trust.isOfSystem {
            options.set(CURLOPT_CAINFO, trust.file)
            options.set(CURLOPT_CAPATH, trust.directory)
        }
        options.set(CURLOPT_PROXY, proxies.proxy(for: url))
        options.set(CURLOPT_NOPROXY, proxies.exceptions)
        // A proxy's own answer is no part of ours.
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if !job.hasOwnAuthorization { authenticate(url, &options) }
        limitTimes(job, &options)

        options.set(CURLOPT_NOSIGNAL, 1)
        // A name server that is silent must not hold the engine's thread after the time-out.
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_BUFFERSIZE, job.bufferBytes)
        options.set(CURLOPT_PIPEWAIT, 1)
        options.set(CURLOPT_TCP_KEEPALIVE, 1)
        options.keepSocketsPrivate()

        options.set(CURLOPT_ERRORBUFFER, pointer: job.errorBuffer)
        // The callback of a header asks the handle for the status, so it gets the handle's job
        // from there.
        options.set(CURLOPT_HEADERDATA, pointer: easy)
        job.apply(to: &options)
        return options.firstError
    }

    /// What no message about this URL may show.
    func secrets(for url: RequestURL) -> [[UInt8]] {
        url.secrets + proxies.secrets(of: proxies.proxy(for: url))
            + (credentials.token.map { [Array($0.text.utf8)] } ?? [])
    }

    /// libcurl sends by itself what stands in the URL.
    private func authenticate(_ url: RequestURL, _ options: inout EasyOptions) {
        guard url.credentials.isEmpty, url.isPrivate else { return }
        if let token = credentials.token, token.isFor(url) {
            options.set(CURLOPT_HTTPAUTH, bearerAuthentication)
            options.set(CURLOPT_XOAUTH2_BEARER, token.text)
        } else if let file = credentials.netrcFile {
            options.set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue))
            options.set(CURLOPT_NETRC_FILE, file)
        }
    }

    private func limitTimes(_ job: any EngineJob, _ options: inout EasyOptions) {
        options.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, limits.connectSeconds) * 1000)
        options.set(CURLOPT_LOW_SPEED_LIMIT, max(0, limits.minimumBytesPerSecond))
        options.set(CURLOPT_LOW_SPEED_TIME, max(1, job.slowSeconds ?? limits.slowSeconds))
        // 0 would mean no limit at all.
        job.remainingMilliseconds.map { options.set(CURLOPT_TIMEOUT_MS, max(1, $0)) }
    }
}

/// CURLAUTH_BEARER, a macro that Swift does not see.
private let bearerAuthentication = 1 << 6
