// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization

/// Signs requests as AWS's Signature Version 4 has it, in the `Authorization` header.
///
/// Every header field that we set is signed. The path is encoded once and not normalised, as S3
/// and only S3 wants it. No description shows the secret.
package final class RequestSigner: Sendable {
    /// What all requests of one day have in common: the key costs four authentication codes.
    private struct Day {
        let text: String
        /// `20130524/us-east-1/s3/aws4_request`.
        let scope: String
        let key: AuthenticationKey
    }

    private let credentials: S3Credentials
    private let region: String
    private let service: String
    private let lastDay = Mutex<Day?>(nil)

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
        var all = headers + added
        all.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        var names = ""
        for (name, _) in all {
            if !names.isEmpty { names += ";" }
            names += name
        }
        let day = day(of: time)
        let hashed = DigestAlgorithm.sha256.hexDigest(
            of: canonicalRequest([method, path, canonicalQuery(query)], all, [names, payload]))
        var signed: [UInt8] = []
        signed.reserveCapacity(192)
        append(["AWS4-HMAC-SHA256", time.text, day.scope], to: &signed)
        signed += hashed.utf8
        var authorization = "AWS4-HMAC-SHA256 Credential="
        for part in [
            credentials.accessKey, "/", day.scope, ", SignedHeaders=", names, ", Signature=",
            hex(day.key.code(of: signed)),
        ] { authorization += part }
        added.append(("authorization", authorization))
        return added
    }

    private func canonicalRequest(
        _ start: [String], _ headers: [(String, String)], _ end: [String]
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(1024)
        append(start, to: &text)
        for (name, value) in headers {
            text += name.utf8
            text.append(UInt8(ascii: ":"))
            text += trimmed(value).utf8
            text.append(UInt8(ascii: "\n"))
        }
        text.append(UInt8(ascii: "\n"))
        append(end, to: &text)
        text.removeLast()
        return text
    }

    private func day(of time: SigningTime) -> Day {
        lastDay.withLock { last in
            let text = time.day
            if let last, last.text.utf8.elementsEqual(text.utf8) { return last }
            var key = Array("AWS4\(credentials.secret)".utf8)
            for part in [text, region, service, "aws4_request"] {
                key = AuthenticationKey(key).code(of: Array(part.utf8))
            }
            let day = Day(
                text: text, scope: "\(text)/\(region)/\(service)/aws4_request",
                key: AuthenticationKey(key))
            last = day
            return day
        }
    }
}

/// Each with the end of its line.
private func append(_ lines: [String], to text: inout [UInt8]) {
    for line in lines {
        text += line.utf8
        text.append(UInt8(ascii: "\n"))
    }
}

/// Names and values encoded, ordered by the bytes of the encoded names and then values.
package func canonicalQuery(_ query: [(String, String)]) -> String {
    if query.isEmpty { return "" }
    return query.map { (Array(uriEncoded($0.0.utf8).utf8), Array(uriEncoded($0.1.utf8).utf8)) }
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
    guard value.utf8.contains(UInt8(ascii: " ")) else { return value }
    return value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
}
