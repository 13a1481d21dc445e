// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Glibc

/// What every request is sent with.
struct EasySettings: Sendable {
    let limits: TransportLimits
    let userAgent: String
    /// A file of PEM certificates to trust instead of the system's.
    let caFile: String?

    /// Sets all options of a fresh handle.
    ///
    /// - Returns: the first option's error, and then the request must not be sent.
    func apply(to easy: UnsafeMutableRawPointer, for transfer: Transfer) -> CURLcode {
        var options = EasyOptions(easy: easy)
        let url = transfer.current
        options.set(CURLOPT_URL, url.text)
        options.set(CURLOPT_PATH_AS_IS, 1)
        options.set(CURLOPT_PROTOCOLS_STR, url.scheme == .http ? "http" : "https")
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        options.set(CURLOPT_USERAGENT, userAgent)
        options.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile {
            options.set(CURLOPT_CAINFO, caFile)
            options.set(CURLOPT_CAPATH, nil)
        }
        if url.scheme == .http, url.isLoopback {
            // A proxy of the environment would carry the plain text to another machine.
            options.set(CURLOPT_PROXY, "")
        }
        // A proxy's own answer is no part of ours.
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)

        options.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, limits.connectSeconds) * 1000)
        options.set(CURLOPT_LOW_SPEED_LIMIT, max(0, limits.minimumBytesPerSecond))
        options.set(CURLOPT_LOW_SPEED_TIME, max(1, limits.slowSeconds))
        // 0 would mean no limit at all.
        transfer.remainingMilliseconds.map { options.set(CURLOPT_TIMEOUT_MS, max(1, $0)) }

        options.set(CURLOPT_NOSIGNAL, 1)
        // A name server that is silent must not hold the engine's thread after the time-out.
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_BUFFERSIZE, 128 * 1024)
        options.set(CURLOPT_PIPEWAIT, 1)
        options.set(CURLOPT_TCP_KEEPALIVE, 1)
        options.keepSocketsPrivate()

        let context = Unmanaged.passUnretained(transfer).toOpaque()
        options.set(CURLOPT_ERRORBUFFER, pointer: transfer.errorBuffer)
        options.set(CURLOPT_WRITEDATA, pointer: context)
        options.set(CURLOPT_WRITEFUNCTION, callback: receiveBody)
        // Our header callback asks the handle for the status, so it gets the handle's transfer
        // from there.
        options.set(CURLOPT_PRIVATE, pointer: context)
        options.set(CURLOPT_HEADERDATA, pointer: easy)
        options.set(CURLOPT_HEADERFUNCTION, callback: receiveHeader)
        return options.firstError
    }
}

/// Sets options of one handle and remembers the first error.
private struct EasyOptions {
    let easy: UnsafeMutableRawPointer
    private(set) var firstError = CURLE_OK

    init(easy: UnsafeMutableRawPointer) { self.easy = easy }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(carnet_curl_set_long(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: String?) {
        note(carnet_curl_set_string(easy, option, value))
    }

    mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
        note(carnet_curl_set_pointer(easy, option, pointer))
    }

    mutating func set(_ option: CURLoption, callback: carnet_curl_data_callback) {
        note(carnet_curl_set_data_callback(easy, option, callback))
    }

    mutating func keepSocketsPrivate() { note(carnet_curl_set_close_on_exec(easy)) }

    private mutating func note(_ code: CURLcode) {
        if firstError == CURLE_OK { firstError = code }
    }
}

// Functions, not closures: a closure handed to C may be taken for @MainActor and then traps on
// the engine's thread.

private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard !chunk.isEmpty else { return 0 }
    return transfer.receiveBody(chunk) ? chunk.count : 0
}

private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let easy = context else { return 0 }
    var status = 0
    carnet_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    var text: UnsafePointer<CChar>?
    carnet_curl_get_string(easy, CURLINFO_PRIVATE, &text)
    guard let text else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(text).takeUnretainedValue()
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer.receiveHeader(line, status: status) ? line.count : 0
}
