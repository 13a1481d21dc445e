// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import MetadataSigning

/// Signs requests as AWS's Signature Version 4 has it, in the `Authorization` header.
///
/// Every header field that we set is signed. The path is encoded once and not normalised, as S3
/// and only S3 wants it. No description shows the secret.
package struct RequestSigner: Sendable {
    private let credentials: S3Credentials
    private let region: String
    private let service: String

    package init(_ credentials: S3Credentials, region: String, service: String = "s3") {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// The header fields that a request needs beside its own.
    ///
    /// - Parameters:
    ///   - path: percent-encoded, as it is sent.
    ///   - query: names and values, not encoded.
    ///   - headers: all others that are to be signed, `host` among them; names in lower case.
    ///   - payload: SHA-256 of the body in hexadecimal digits. Always that of the body itself,
    ///     never `UNSIGNED-PAYLOAD`: the digest is known without another reading for nearly all
    ///     we store, and it lets the store refuse what a faulty network or disk has changed.
    package func fields(
        method: String, path: String, query: [(String, String)], headers: [(String, String)],
        payload: String, at time: SigningTime
    ) -> [(String, String)] {
        var added = [("x-amz-date", time.text)]
        if service == "s3" { added.append(("x-amz-content-sha256", payload)) }
        if let token = credentials.sessionToken { added.append(("x-amz-security-token", token)) }
        let all = (headers + added).map { (Array($0.0.utf8), trimmed($0.1)) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
        let names = all.map { text($0.0) }.joined(separator: ";")
        let canonical = [
            method, path, canonicalQuery(query),
            all.map { "\(text($0.0)):\($0.1)\n" }.joined(), names, payload,
        ].joined(separator: "\n")
        let scope = "\(time.day)/\(region)/\(service)/aws4_request"
        let hashed = DigestAlgorithm.sha256.hexDigest(of: Array(canonical.utf8))
        let signed = ["AWS4-HMAC-SHA256", time.text, scope, hashed].joined(separator: "\n")
        var key = Array("AWS4\(credentials.secret)".utf8)
        for part in [time.day, region, service, "aws4_request", signed] {
            key = authenticationCode(of: Array(part.utf8), key: key)
        }
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), "
            + "SignedHeaders=\(names), Signature=\(hex(key))"
        return added + [("authorization", authorization)]
    }
}

/// Names and values encoded, ordered by the bytes of the encoded names and then values.
package func canonicalQuery(_ query: [(String, String)]) -> String {
    query.map { (Array(uriEncoded($0.0.utf8).utf8), Array(uriEncoded($0.1.utf8).utf8)) }
        .sorted { left, right in
            left.0 == right.0
                ? left.1.lexicographicallyPrecedes(right.1)
                : left.0.lexicographicallyPrecedes(right.0)
        }
        .map { "\(text($0.0))=\(text($0.1))" }.joined(separator: "&")
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Without blanks at its ends, and with one where there are several.
private func trimmed(_ value: String) -> String {
    value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
}

/// HMAC-SHA256.
private func authenticationCode(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var count = 0
    let isDone =
        EVP_Q_mac(
            nil, "HMAC", nil, "SHA256", nil, key, key.count, bytes, bytes.count, &code, code.count,
            &count) != nil
    precondition(isDone && count == code.count, "OpenSSL refused to authenticate")
    return code
}
