// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import RepositoryStorage
import TUFClient

/// What the answers of a registry that are none mean to those who use the store.
enum RegistryFault {
    /// The answer of an attempt.
    ///
    /// - Parameter place: the store, or the file in it; for messages.
    static func response(
        _ attempt: HTTPAttempt, of place: String
    ) throws(RepositoryStoreError) -> HTTPResponse {
        switch attempt {
        case .answered(let response): return response
        case .failed(let error, _):
            throw RepositoryStoreError(place, reason(error.reason))
        case .unsent(.changed): throw RepositoryStoreError(place, .changed)
        case .unsent(.unreadable(let words)): throw RepositoryStoreError(place, .local(words))
        }
    }

    private static func reason(_ reason: FetchError.Reason) -> RepositoryStoreError.Reason {
        switch reason {
        case .cancelled: .cancelled
        case .sinkRefused: .sinkRefused
        // A manifest, a list or a blob with more bytes than it may have.
        case .tooLarge, .redirectRefused, .schemeRefused, .rangeRefused: .unexpected("\(reason)")
        case .notFound, .status: .unexpected("\(reason)")
        case .tooSlow, .timedOut, .truncated: .unreachable("\(reason)")
        case .unreachable(let words): .unreachable(words)
        }
    }

    /// The error that an answer with another status than the one expected is.
    static func error(
        _ response: HTTPResponse, of place: String, _ login: RegistryLogin
    ) -> RepositoryStoreError {
        let words = words(response)
        switch response.status {
        case 401, 403:
            let remark = login.remark.isEmpty ? "" : "; \(login.remark)"
            let who = response.status == 401 ? ", as \(login)" : ""
            return RepositoryStoreError(place, .denied(words + who + remark))
        case 405: return RepositoryStoreError(place, .denied("\(words), not allowed there"))
        case 404 where codes(response).contains("NAME_UNKNOWN"):
            return RepositoryStoreError(place, .noPlace)
        case _ where response.isTransient:
            return RepositoryStoreError(place, .busy(status: response.status))
        default: return RepositoryStoreError(place, .unexpected(words))
        }
    }

    /// Whether the registry names this reason (distribution-spec 1.1, error codes).
    static func has(_ code: UTF8Text, _ response: HTTPResponse) -> Bool {
        codes(response).contains(code)
    }

    private static func codes(_ response: HTTPResponse) -> [UTF8Text] {
        errors(response).compactMap { try? $0["code"]?.text() }
    }

    private static func errors(_ response: HTTPResponse) -> [JSONObject] {
        let limits = JSONLimits(maximumBytes: 64 << 10, maximumDepth: 16, maximumValues: 4096)
        let document = try? JSONDocument(response.body, limits: limits)
        let values = try? document?.root.object()["errors"]?.array()
        return (values ?? []).compactMap { try? $0.object() }
    }

    /// The status, with the registry's own words for it.
    private static func words(_ response: HTTPResponse) -> String {
        let status = "status \(response.status)"
        guard let first = errors(response).first, let code = try? first["code"]?.text() else {
            return status
        }
        let message = try? first["message"]?.text()
        return "\(status), \(quoted(message ?? code))"
    }
}
