// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims

/// Sets options of one handle and remembers the first error.
struct EasyOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var firstError = CURLE_OK

    init(easy: UnsafeMutableRawPointer) { self.easy = easy }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(carnet_curl_set_long(easy, option, value))
    }

    mutating func set(_ option: CURLoption, offset: Int) {
        note(carnet_curl_set_offset(easy, option, curl_off_t(offset)))
    }

    mutating func set(_ option: CURLoption, _ value: String?) {
        note(carnet_curl_set_string(easy, option, value))
    }

    mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
        note(carnet_curl_set_pointer(easy, option, pointer))
    }

    mutating func set(_ option: CURLoption, list: HeaderList?) {
        note(carnet_curl_set_list(easy, option, list))
    }

    /// A body that libcurl copies and sends with the header; the method is then POST.
    mutating func set(shortBody bytes: [UInt8]) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, offset: bytes.count)
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            set(CURLOPT_COPYPOSTFIELDS, pointer: UnsafeMutableRawPointer(mutating: base))
        }
    }

    mutating func set(_ option: CURLoption, callback: carnet_curl_data_callback) {
        note(carnet_curl_set_data_callback(easy, option, callback))
    }

    mutating func set(seekCallback: carnet_curl_seek_callback) {
        note(carnet_curl_set_seek_callback(easy, seekCallback))
    }

    mutating func keepSocketsPrivate() { note(carnet_curl_set_close_on_exec(easy)) }

    private mutating func note(_ code: CURLcode) {
        if firstError == CURLE_OK { firstError = code }
    }
}

/// Header lines in libcurl's form, which a handle refers to as long as it is used.
typealias HeaderList = UnsafeMutablePointer<curl_slist>

/// - Returns: `nil` if there are no lines.
func headerList(_ lines: [String]) -> HeaderList? {
    lines.reduce(nil) { carnet_curl_list_append($0, $1) ?? $0 }
}
