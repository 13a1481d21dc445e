// SPDX-License-Identifier: Apache-2.0

/// The server that speaks for a store: `https://host:port`, perhaps with a path before the
/// buckets.
package struct S3Endpoint: Sendable, Equatable {
    let isSecure: Bool
    /// With its port, if that is not the usual one.
    let authority: String
    /// Percent-encoded, without a slash at its end; empty as a rule.
    let path: String

    /// - Returns: `nil` for anything but such a URL: none with a user, a query or a fragment.
    package init?(_ url: String) {
        let lower = url.lowercased()
        isSecure = lower.utf8.starts(with: "https://".utf8)
        guard isSecure || lower.utf8.starts(with: "http://".utf8) else { return nil }
        let rest = url.utf8.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        var path = rest.dropFirst(authority.count)
        while path.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard !authority.isEmpty,
            authority.allSatisfy({ isURLByte($0) && $0 != UInt8(ascii: "@") }),
            path.allSatisfy(isURLByte)
        else { return nil }
        self.path = String(decoding: path, as: UTF8.self)
        // The signature covers what libcurl sends, and that leaves the usual port out.
        let usual = isSecure ? ":443" : ":80"
        let text = String(decoding: authority, as: UTF8.self).lowercased()
        self.authority = text.hasSuffix(usual) ? String(text.dropLast(usual.count)) : text
    }

    static func ofAWS(region: String) -> S3Endpoint {
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return S3Endpoint(isSecure: true, authority: "s3.\(region).\(suffix)", path: "")
    }

    private init(isSecure: Bool, authority: String, path: String) {
        self.isSecure = isSecure
        self.authority = authority
        self.path = path
    }

    /// Whether nobody on the way can read what is sent: over TLS, or within this machine.
    var isPrivate: Bool {
        if isSecure { return true }
        let isBracketed = authority.hasPrefix("[")
        let host = authority.prefix { $0 != (isBracketed ? "]" : ":") } + (isBracketed ? "]" : "")
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        let isDotted = numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || host == "[::1]" || isDotted && numbers[0] == "127"
    }

    /// Whose header field `Host` it is, and what comes before a key in a URL's path.
    func place(
        of bucket: String, _ addressing: S3Settings.Addressing
    ) -> (host: String, path: String) {
        // A certificate for *.host is not for names with more dots.
        if addressing == .path || isSecure && bucket.utf8.contains(UInt8(ascii: ".")) {
            return (authority, "\(path)/\(uriEncoded(bucket.utf8))")
        }
        return ("\(bucket).\(authority)", path)
    }
}

private func isURLByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "-._~:[]/%".utf8.contains(byte)
    }
}
