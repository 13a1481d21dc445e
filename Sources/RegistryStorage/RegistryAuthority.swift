// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import MetadataSigning
import RepositoryStorage
import TUFClient

/// Says for each request who asks: once a registry wants to know it, and with tokens that are
/// kept until they expire.
actor RegistryAuthority {
    private struct Held {
        let header: String
        /// `nil` for what does not expire.
        let ends: Instant?
    }

    private let place: RegistryPlace
    /// The registry itself: what it sends us to for tokens is judged by this.
    private let registry: RequestURL
    private let login: RegistryLogin
    private let transport: HTTPTransport
    private let now: @Sendable () -> Instant
    private var held: [RegistryAccess: Held] = [:]
    private var pending: [RegistryAccess: Task<Result<Held?, RepositoryStoreError>, Never>] = [:]

    init(
        _ place: RegistryPlace, at registry: RequestURL, login: RegistryLogin,
        transport: HTTPTransport, now: @escaping @Sendable () -> Instant
    ) {
        self.place = place
        self.registry = registry
        self.login = login
        self.transport = transport
        self.now = now
    }

    /// The `Authorization` to be sent, as far as it is known.
    func header(for access: RegistryAccess) -> String? {
        guard let held = held[access], held.ends.map({ now() < $0 }) ?? true else { return nil }
        return held.header
    }

    /// The same after an answer 401.
    ///
    /// - Parameters:
    ///   - challenges: the values of `WWW-Authenticate`.
    ///   - used: what was sent and did not do; `nil` if nothing was.
    /// - Returns: `nil` if there is nothing else to be sent.
    func header(
        for access: RegistryAccess, after challenges: [String], used: String?
    ) async throws(RepositoryStoreError) -> String? {
        // Somebody else may have asked meanwhile.
        if let header = header(for: access), !RegistryAuthority.isSame(header, used) {
            return header
        }
        let task =
            pending[access]
            ?? Task { await self.answer(challenges, access, used: used) }
        pending[access] = task
        let result = await task.value
        pending[access] = nil
        guard let found = try result.get() else { return nil }
        held[access] = found
        return found.header
    }

    private func answer(
        _ challenges: [String], _ access: RegistryAccess, used: String?
    ) async -> Result<Held?, RepositoryStoreError> {
        let all = challenges.flatMap(Challenge.all)
        if let bearer = all.first(where: { $0.scheme == "bearer" }) {
            do throws(RepositoryStoreError) {
                return .success(try await token(bearer, access))
            } catch {
                return .failure(error)
            }
        }
        guard all.contains(where: { $0.scheme == "basic" }), let basic = login.basic else {
            return .success(nil)
        }
        let header = "Basic \(basic)"
        guard !RegistryAuthority.isSame(header, used) else { return .success(nil) }
        // The transport gives its own credentials to nobody who could be overheard, nor do we.
        guard registry.scheme == .https || registry.isLoopback else {
            return .failure(
                error(.denied("wants a password, which is not sent over plain HTTP")))
        }
        return .success(Held(header: header, ends: nil))
    }

    private static func isSame(_ header: String, _ used: String?) -> Bool {
        used?.utf8.elementsEqual(header.utf8) ?? false
    }

    // MARK: tokens

    private func token(
        _ challenge: Challenge, _ access: RegistryAccess
    ) async throws(RepositoryStoreError) -> Held {
        let realm = challenge["realm"] ?? ""
        guard let url = try? RequestURL(realm),
            registry.mayRedirect(to: url) || registry.mayLeave(for: url),
            url.scheme == .https || url.isLoopback
        else { throw error(.denied("\(RegistryError.realmRefused(realm))")) }
        var query = challenge["service"].map { ["service=\(Percent.encoded($0))"] } ?? []
        let scope = challenge["scope"] ?? "repository:\(place.name):\(access.actions)"
        query.append("scope=\(Percent.encoded(scope))")
        let separator = realm.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        let basic = login.basic.map { [("Authorization", "Basic \($0)")] } ?? []
        let request = HTTPRequest(
            .get, realm + separator + query.joined(separator: "&"),
            headers: basic + [("Accept", "application/json")])
        let asked = now()
        let attempt = await ask(request)
        let response = try RegistryFault.response(attempt, of: place.description)
        guard response.status == 200 else {
            let error = RegistryFault.error(response, of: place.description, login)
            guard case .unexpected(let words) = error.reason else { throw error }
            throw self.error(.denied("no token given, \(words)"))
        }
        do throws(RegistryError) {
            let answer = try TokenAnswer(response.body)
            return Held(
                header: "Bearer \(answer.token)", ends: asked.adding(seconds: answer.seconds))
        } catch {
            throw self.error(.unexpected("\(error)"))
        }
    }

    private nonisolated func ask(_ request: HTTPRequest) async -> HTTPAttempt {
        await transport.repeating { repetition in
            var request = request
            request.pauseMilliseconds = repetition.pauseMilliseconds
            return await transport.attempt(request, maximumBytes: TokenAnswer.maximumBytes)
        }
    }

    private func error(_ reason: RepositoryStoreError.Reason) -> RepositoryStoreError {
        RepositoryStoreError(place.description, reason)
    }
}

/// Text in a URL's query.
enum Percent {
    static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: output.unicodeScalars.append(.init(byte))
            default:
                if "-._~:,/".utf8.contains(byte) {
                    output.unicodeScalars.append(.init(byte))
                } else {
                    output += "%" + hex([byte])
                }
            }
        }
        return output
    }
}
