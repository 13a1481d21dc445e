// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import MetadataSigning

/// A request to a store, before it is signed.
struct S3Request: Sendable {
    let method: HTTPRequest.Method
    /// `nil` for the bucket itself.
    let key: String?
    var query: [(String, String)] = []
    /// Names in lower case.
    var headers: [(String, String)] = []
    var body: HTTPRequest.Body = .none
    /// SHA-256 of the body in hexadecimal digits.
    var payload = S3Request.emptyPayload
    /// Asked before the last bytes of a file are sent.
    var mayEnd: (@Sendable () -> Bool)?
    var slowSeconds: Int?

    private static let emptyPayload = DigestAlgorithm.sha256.hexDigest(of: [])

    init(_ method: HTTPRequest.Method, _ key: String?) {
        self.method = method
        self.key = key
    }

    mutating func setBody(_ bytes: [UInt8]) {
        body = .bytes(bytes)
        payload = DigestAlgorithm.sha256.hexDigest(of: bytes)
    }

    /// - Parameters:
    ///   - signer: `nil` for a request of nobody.
    func signed(
        by signer: RequestSigner?, for place: S3Place, at time: SigningTime,
        pauseMilliseconds: Int
    ) -> HTTPRequest {
        var path = place.path
        if let key { path += uriEncoded(key.utf8, keepsSlashes: true) }
        var url = place.origin
        url += path
        if !query.isEmpty {
            url += "?"
            url += canonicalQuery(query)
        }
        var request = HTTPRequest(method, url, headers: headers, body: body)
        if let signer {
            request.headers += signer.fields(
                method: method.rawValue, path: path, query: query,
                headers: headers + [("host", place.host)], payload: payload, at: time)
        }
        request.pauseMilliseconds = pauseMilliseconds
        request.slowSeconds = slowSeconds
        request.mayEnd = mayEnd
        return request
    }
}

/// Where a bucket's files have their URLs.
struct S3Place: Sendable {
    /// `https://host:port`.
    let origin: String
    /// As the header field `Host` has it.
    let host: String
    /// What comes before a key, with the slash.
    let path: String

    init(of bucket: String, _ settings: S3Settings) {
        let place = settings.endpoint.place(of: bucket, settings.addressing)
        origin = "\(settings.endpoint.isSecure ? "https" : "http")://\(place.host)"
        host = place.host
        path = "\(place.path)/"
    }
}
