// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Glibc

/// The proxies that the environment names, by the same variables and in the same order as curl.
///
/// Read once and handed to libcurl by name: libcurl would read the environment on the transport's
/// thread, at any time.
package struct ProxySettings: Sendable {
    private let http: String?
    private let https: String?
    /// Hosts that are asked without a proxy, as `no_proxy` lists them.
    let exceptions: String

    /// - Parameter variable: the value of an environment variable.
    package init(environment variable: (String) -> String?) {
        func first(_ names: String...) -> String? {
            names.lazy.compactMap(variable).first { !$0.isEmpty }
        }
        // Not HTTP_PROXY: behind a web server a request's `Proxy` line would set it.
        http = first("http_proxy", "all_proxy", "ALL_PROXY")
        https = first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        exceptions = first("no_proxy", "NO_PROXY") ?? ""
    }

    /// Those of this process's environment.
    static var ofProcess: ProxySettings {
        ProxySettings { name in
            getenv(name).map { String(decoding: bytes(of: $0), as: UTF8.self) }
        }
    }

    /// The proxy for a URL, if its host is no exception; empty for none.
    func proxy(for url: RequestURL) -> String {
        switch url.scheme {
        case .https: https ?? ""
        // To this machine nobody stands between; a proxy would carry plain text to another.
        case .http: url.isLoopback ? "" : http ?? ""
        case .file: ""
        }
    }

    /// User and password of a proxy, in every form that a message may quote; the whole text if
    /// it cannot be taken apart.
    func secrets(of proxy: String) -> [[UInt8]] {
        guard !proxy.isEmpty, let parser = carnet_curl_url() else { return [] }
        defer { carnet_curl_url_cleanup(parser) }
        let flags = UInt32(CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME)
        guard carnet_curl_url_set(parser, CURLUPART_URL, proxy, flags) == CURLUE_OK else {
            return [Array(proxy.utf8)]
        }
        return [CURLUPART_USER, CURLUPART_PASSWORD].flatMap { what in
            [0, CURLU_URLDECODE].compactMap { part(what, of: parser, flags: $0) }
        }
    }
}
