// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import RepositoryStorage

/// What an answer other than the one hoped for says.
struct S3Fault {
    let status: Int
    /// S3's own word, such as `NoSuchKey`; `nil` if the answer has none.
    let code: String?
    private let message: String?
    /// Where the bucket is, if it is elsewhere.
    private let region: String?

    init(_ response: HTTPResponse) {
        status = response.status
        let root = XMLElement.root(of: response.body)
        let error = root?.name == "Error" ? root : nil
        code = error?.string("Code")
        message = error?.string("Message")
        region = response.value(of: "x-amz-bucket-region") ?? error?.string("Region")
    }

    /// Whether the same request may have another answer a moment later.
    ///
    /// - Parameter method: of the request.
    static func isPassing(_ response: HTTPResponse, to method: HTTPRequest.Method) -> Bool {
        if response.isTransient { return true }
        switch response.status {
        // Of two writers at once, each may be told to come back.
        case 409: return S3Fault(response).code == "ConditionalRequestConflict"
        // Our own body was too slow on its way.
        case 400: return S3Fault(response).code == "RequestTimeout"
        // AWS may find out only after its header that it cannot.
        case 200 where method == .post: return S3Fault(response).isLateError
        default: return false
        }
    }

    /// An error in a 200 answer.
    private var isLateError: Bool { code == "InternalError" || code == "SlowDown" }

    /// - Parameters:
    ///   - region: the one that we signed for.
    ///   - isAnonymous: whether we said who we are.
    func reason(region ours: String, isAnonymous: Bool) -> RepositoryStoreError.Reason {
        if let region, region != ours, [301, 307, 400, 403].contains(status) {
            return .denied("the bucket's region is \(shown(region)), \(ours) is set (AWS_REGION)")
        }
        switch (status, code) {
        case (_, "NoSuchBucket"): return .noPlace
        case (_, "RequestTimeTooSkewed"), (_, "RequestExpired"): return .clockSkew
        case (401, _), (403, _):
            let hint = isAnonymous ? "; no credentials are set" : ""
            return .denied(words + hint)
        case (429, _), (500...599, _): return .busy(status: status)
        case (409, "ConditionalRequestConflict"): return .busy(status: status)
        default: return .unexpected("status \(status), \(words)")
        }
    }

    private var words: String {
        switch (code, message) {
        case (let code?, let message?): "\(shown(code)), \(shown(message))"
        case (let code?, nil): shown(code)
        default: "status \(status)"
        }
    }

    private func shown(_ text: String) -> String { String(quoted(text).dropFirst().dropLast()) }
}
