// SPDX-License-Identifier: Apache-2.0
import CCurl
import Glibc
package import TUFClient

/// An absolute `https:`, `http:` or `file:` URL, taken apart by libcurl: what is checked here is
/// what the same parser will later connect to.
package struct RequestURL: Sendable {
    package enum Scheme: Sendable {
        case https, http, file
    }

    /// The URL as given.
    package let text: String
    package let scheme: Scheme
    /// In lower case, numbers in dotted form, IPv6 in brackets and with its zone.
    let host: [UInt8]
    /// The port named, or the usual one of the scheme.
    let port: Int
    /// `user:password`, if the URL has them.
    let credentials: [UInt8]
    /// Of a `file:` URL, percent-decoded.
    let filePath: [UInt8]

    /// - Throws: ``FetchError`` with `.schemeRefused` for any other scheme, `.unreachable` for
    ///   what is no absolute URL of ASCII bytes.
    package init(_ text: String) throws(FetchError) {
        func refused(_ words: String) -> FetchError {
            FetchError(url: text, reason: .unreachable("not an absolute URL: \(words)"))
        }
        // A zero byte would cut the text short on its way through C.
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw refused("a byte outside printable ASCII")
        }
        guard let parser = curl_url() else { throw refused("out of memory") }
        defer { curl_url_cleanup(parser) }
        let flags = UInt32(CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME)
        let code = curl_url_set(parser, CURLUPART_URL, text, flags)
        guard code == CURLUE_OK else { throw refused(lowerFirst(curl_url_strerror(code))) }

        let schemeName = part(CURLUPART_SCHEME, of: parser) ?? []
        switch String(decoding: schemeName, as: UTF8.self) {
        case "https": scheme = .https
        case "http": scheme = .http
        case "file": scheme = .file
        default: throw FetchError(url: text, reason: .schemeRefused(quoted(schemeName)))
        }
        // libcurl would take `https:/host` and `https:///host`, too.
        let rest = text.utf8.dropFirst(schemeName.count)
        guard rest.starts(with: "://".utf8), scheme == .file || !rest.starts(with: ":///".utf8)
        else { throw refused("no :// before the host") }
        self.text = text
        let zone = part(CURLUPART_ZONEID, of: parser).map { Array("%".utf8) + $0 } ?? []
        host = (part(CURLUPART_HOST, of: parser) ?? []).map(lowerCased) + zone
        let portText = part(CURLUPART_PORT, of: parser, flags: CURLU_DEFAULT_PORT) ?? []
        port = Int(String(decoding: portText, as: UTF8.self)) ?? 0
        credentials = credentialBytes(of: parser)
        guard scheme == .file else {
            filePath = []
            return
        }
        guard let path = part(CURLUPART_PATH, of: parser, flags: CURLU_URLDECODE) else {
            throw refused("a path with control characters")
        }
        guard part(CURLUPART_QUERY, of: parser) == nil else {
            throw refused("a file with a query")
        }
        filePath = path
    }

    /// `host:port`, for messages.
    var authority: String { "\(quoted(host)):\(port)" }

    /// Whether the host is 127.0.0.0/8, ::1 or localhost, by its name alone: nothing is resolved.
    package var isLoopback: Bool {
        if host.elementsEqual("localhost".utf8) { return true }
        let isBracketed = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]")
        let bare = isBracketed ? host.dropFirst().dropLast() : host[...]
        let name = bare.map { CChar(bitPattern: $0) } + [0]
        if isBracketed {
            var address = in6_addr()
            guard inet_pton(AF_INET6, name, &address) == 1 else { return false }
            return withUnsafeBytes(of: &address) { bytes in
                bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
            }
        }
        var address = in_addr()
        guard inet_pton(AF_INET, name, &address) == 1 else { return false }
        return UInt32(bigEndian: address.s_addr) >> 24 == 127
    }

    /// Whether a server that was asked for this URL may send us on to `next`: to the same host
    /// and port, or from `http:` to `https:` on the usual ports of both; with the same
    /// credentials or none.
    package func mayRedirect(to next: RequestURL) -> Bool {
        guard next.host == host else { return false }
        guard next.credentials.isEmpty || next.credentials == credentials else { return false }
        switch (scheme, next.scheme) {
        case (.https, .https), (.http, .http):
            return next.port == port
        case (.http, .https):
            return next.port == port || (port == 80 && next.port == 443)
        case (.https, .http), (.file, _), (_, .file):
            return false
        }
    }
}

private func part(_ what: CURLUPart, of parser: OpaquePointer, flags: Int32 = 0) -> [UInt8]? {
    var text: UnsafeMutablePointer<CChar>?
    let code = curl_url_get(parser, what, &text, UInt32(flags))
    guard code == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return bytes(of: text)
}

private func credentialBytes(of parser: OpaquePointer) -> [UInt8] {
    let user = part(CURLUPART_USER, of: parser)
    let password = part(CURLUPART_PASSWORD, of: parser)
    if user == nil && password == nil { return [] }
    return (user ?? []) + [UInt8(ascii: ":")] + (password ?? [])
}

/// The bytes of a C string, which may be no UTF-8: a repaired text would make two hosts one.
func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}

/// libcurl's words for a code, in the manner of our messages.
func lowerFirst(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "unknown" }
    var words = bytes(of: text)
    // "SSL" and "HTTP" stay as they are.
    if words.count > 1, !(0x41...0x5a).contains(words[1]) { words[0] = lowerCased(words[0]) }
    return quoted(words)
}

private func lowerCased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
}
