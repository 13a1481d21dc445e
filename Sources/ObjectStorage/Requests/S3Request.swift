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

    /// - Parameter seconds: since 1970.
    func signed(
        for bucket: String, _ settings: S3Settings, at seconds: Int, pauseMilliseconds: Int
    ) -> HTTPRequest {
        let place = settings.endpoint.place(of: bucket, settings.addressing)
        let path = "\(place.path)/" + (key.map { uriEncoded($0.utf8, keepsSlashes: true) } ?? "")
        let query = canonicalQuery(query)
        let scheme = settings.endpoint.isSecure ? "https" : "http"
        let url = "\(scheme)://\(place.host)\(path)" + (query.isEmpty ? "" : "?\(query)")
        var request = HTTPRequest(method, url, headers: headers, body: body)
        if let credentials = settings.credentials {
            request.headers += RequestSigner(credentials, region: settings.region).fields(
                method: method.rawValue, path: path, query: self.query,
                headers: headers + [("host", place.host)], payload: payload,
                at: SigningTime(seconds: seconds))
        }
        request.pauseMilliseconds = pauseMilliseconds
        request.slowSeconds = slowSeconds
        request.mayEnd = mayEnd
        return request
    }
}
