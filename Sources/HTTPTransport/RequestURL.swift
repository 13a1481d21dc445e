// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import Glibc
package import TUFClient

/// An absolute `https:`, `http:` or `file:` URL.
///
/// One for the network is taken apart by libcurl: what is checked here is what the same parser
/// will later connect to.
package struct RequestURL: Sendable {
    package enum Scheme: Sendable {
        case https, http, file
    }

    /// The URL as given.
    package private(set) var text: String
    /// Length of the text up to the slash behind its host and port; 0 if it has none.
    private let originBytes: Int
    package let scheme: Scheme
    /// In lower case, numbers in dotted form, IPv6 in brackets and with its zone.
    let host: [UInt8]
    /// The port named, or the usual one of the scheme.
    let port: Int
    /// `user:password`, if the URL has them.
    let credentials: [UInt8]
    /// User and password as the server gets them: no message may show them.
    let secrets: [[UInt8]]
    /// Of a `file:` URL, percent-decoded.
    let filePath: [UInt8]

    /// - Parameter other: a URL that is often of the same server, which is then known already.
    /// - Throws: ``FetchError`` with `.schemeRefused` for any other scheme, `.unreachable` for
    ///   what is no absolute URL of ASCII bytes, or if there is no libcurl to read it.
    package init(_ text: String, like other: RequestURL? = nil) throws(FetchError) {
        func refused(_ words: String) -> FetchError {
            FetchError(url: text, reason: .unreachable("not an absolute URL: \(words)"))
        }
        // A zero byte would cut the text short on its way through C.
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw refused("a byte outside printable ASCII")
        }
        // The slash ends what says who the server is, whatever follows on it.
        if let other, other.originBytes > 0,
            text.utf8.starts(with: other.text.utf8.prefix(other.originBytes))
        {
            self = other
            self.text = text
            return
        }
        // libcurl would take `https:/host` and `https:///host`, too.
        guard let name = schemeName(text) else { throw refused("no :// before the host") }
        self.text = text
        switch name {
        case "https": scheme = .https
        case "http": scheme = .http
        case "file": scheme = .file
        default: throw FetchError(url: text, reason: .schemeRefused(quoted(name.utf8)))
        }
        guard scheme != .file else {
            do throws(FileURLError) { filePath = try pathOfFileURL(text) } catch {
                throw refused(error.description)
            }
            (host, port, credentials, secrets, originBytes) = ([], 0, [], [], 0)
            return
        }
        filePath = []
        let rest = text.utf8.dropFirst(name.utf8.count + 3)
        guard rest.first != UInt8(ascii: "/") else { throw refused("no host") }
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        let isEnded = rest.dropFirst(authority.count).first == UInt8(ascii: "/")
        originBytes = isEnded ? name.utf8.count + 3 + authority.count + 1 : 0
        if let problem = CurlLibrary.problem {
            throw FetchError(url: text, reason: .unreachable(problem))
        }
        guard let parser = carnet_curl_url() else { throw refused("out of memory") }
        defer { carnet_curl_url_cleanup(parser) }
        let code = carnet_curl_url_set(parser, CURLUPART_URL, text, UInt32(CURLU_PATH_AS_IS))
        guard code == CURLUE_OK else { throw refused(lowerFirst(carnet_curl_url_words(code))) }
        let zone = part(CURLUPART_ZONEID, of: parser).map { Array("%".utf8) + $0 } ?? []
        host = (part(CURLUPART_HOST, of: parser) ?? []).map(lowerCased) + zone
        let portText = part(CURLUPART_PORT, of: parser, flags: CURLU_DEFAULT_PORT) ?? []
        port = Int(String(decoding: portText, as: UTF8.self)) ?? 0
        credentials = credentialBytes(of: parser)
        secrets = [CURLUPART_USER, CURLUPART_PASSWORD].flatMap { what in
            [0, CURLU_URLDECODE].compactMap { part(what, of: parser, flags: $0) }
        }
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

    /// Whether nobody on the way can read what is sent.
    var isPrivate: Bool { scheme == .https || (scheme == .http && isLoopback) }

    /// Whether both have the same scheme, host and port.
    func hasOrigin(of other: RequestURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
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

    /// Whether `next` may be another host's: never with credentials, and never over a weaker
    /// scheme, nor from elsewhere to what listens on this machine alone.
    package func mayLeave(for next: RequestURL) -> Bool {
        guard next.credentials.isEmpty, isLoopback || !next.isLoopback else { return false }
        switch (scheme, next.scheme) {
        case (.https, .https), (.http, .https): return true
        case (.http, .http): return isLoopback && next.isLoopback
        case (.https, .http), (.file, _), (_, .file): return false
        }
    }
}

/// The scheme in lower case; `nil` if none stands before a `://`.
private func schemeName(_ text: String) -> String? {
    let name = text.utf8.prefix { $0 != UInt8(ascii: ":") }.map(lowerCased)
    guard let first = name.first, (0x61...0x7a).contains(first),
        name.allSatisfy({
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
        }), text.utf8.dropFirst(name.count).starts(with: "://".utf8)
    else { return nil }
    return String(decoding: name, as: UTF8.self)
}

/// A part of a parsed URL; `nil` if it has none.
func part(_ what: CURLUPart, of parser: OpaquePointer, flags: Int32 = 0) -> [UInt8]? {
    var text: UnsafeMutablePointer<CChar>?
    let code = carnet_curl_url_get(parser, what, &text, UInt32(flags))
    guard code == CURLUE_OK, let text else { return nil }
    defer { carnet_curl_free(text) }
    return bytes(of: text)
}

private func credentialBytes(of parser: OpaquePointer) -> [UInt8] {
    let user = part(CURLUPART_USER, of: parser)
    let password = part(CURLUPART_PASSWORD, of: parser)
    if user == nil && password == nil { return [] }
    return (user ?? []) + [UInt8(ascii: ":")] + (password ?? [])
}
