// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import MetadataSigning
import RepositoryStorage
import TUFClient

/// Requests about one repository of a registry (distribution-spec 1.1): says who asks, follows
/// what a registry may send us on to, and tries again what may go better.
final class RegistryClient: Sendable {
    let place: RegistryPlace
    let transport: HTTPTransport
    let login: RegistryLogin
    private let base: RequestURL
    private let authority: RegistryAuthority
    private static let maximumRedirects = 5

    /// - Throws: ``RegistryError``: `.notAPlace` for a host that the transport does not take,
    ///   `.inTheClear` for one that is not to be asked without TLS.
    init(
        _ place: RegistryPlace, login: RegistryLogin, options: RegistryOptions,
        transport: HTTPTransport, now: @escaping @Sendable () -> Instant
    ) throws(RegistryError) {
        self.place = place
        self.login = login
        self.transport = transport
        do throws(FetchError) {
            let secure = try RequestURL("https://\(place.registry)/v2/\(place.name)")
            let isPlain = place.isPlain || options.usesPlainHTTP ?? secure.isLoopback
            base = isPlain ? try RequestURL("http://\(place.registry)/v2/\(place.name)") : secure
        } catch {
            throw .notAPlace("\(place)", "\(error.reason)")
        }
        guard base.scheme == .https || base.isLoopback || options.allowsPlainHTTP else {
            throw .inTheClear("\(place)")
        }
        authority = RegistryAuthority(
            place, at: base, login: login, transport: transport, now: now)
    }

    /// A request below the repository.
    func request(
        _ method: HTTPRequest.Method, _ path: String, headers: [(String, String)] = [],
        body: HTTPRequest.Body = .none
    ) -> HTTPRequest {
        HTTPRequest(method, base.text + path, headers: headers, body: body)
    }

    /// How a file is called in messages.
    func shown(_ name: some CustomStringConvertible) -> String { "\(place)/\(name)" }

    /// Sends a request that may be sent again.
    ///
    /// - Parameters:
    ///   - maximumBytes: of the body of a good answer.
    ///   - subject: what it is about, for messages.
    ///   - isPassing: whether an answer may be another one at the next try, beside those of a
    ///     registry that is too busy.
    func send(
        _ request: HTTPRequest, _ access: RegistryAccess, maximumBytes: Int = 64 << 10,
        about subject: String, while isPassing: (HTTPResponse) -> Bool = { _ in false }
    ) async throws(RepositoryStoreError) -> HTTPResponse {
        var refusal: RepositoryStoreError?
        func mayChange(_ attempt: HTTPAttempt) -> Bool {
            guard case .answered(let response) = attempt else { return attempt.isTransient }
            return response.isTransient || isPassing(response)
        }
        let attempt = await transport.repeating(while: mayChange) { repetition in
            var request = request
            request.pauseMilliseconds = repetition.pauseMilliseconds
            return await once(
                request, access, answer: .memory(maximumBytes: maximumBytes), &refusal)
        }
        if let refusal { throw refusal }
        return try RegistryFault.response(attempt, of: subject)
    }

    /// Where the body of a good answer goes.
    enum AnswerTarget {
        case memory(maximumBytes: Int)
        /// From a byte on; the length is that of the whole content.
        case sink(any FetchSink, from: Int, maximumBytes: Int)
    }

    /// One try, with what it takes to be let in and the way to where the answer is.
    ///
    /// - Parameter refusal: set to what the attempt cannot tell, or to `nil`.
    func once(
        _ request: HTTPRequest, _ access: RegistryAccess, answer: AnswerTarget,
        _ refusal: inout RepositoryStoreError?
    ) async -> HTTPAttempt {
        refusal = nil
        var header = await authority.header(for: access)
        var (attempt, isOwn) = await follow(request, header, answer)
        // The token may have ended meanwhile, or be for reading only: one more chance. But who we
        // are is nothing that another host may ask for.
        for _ in 0..<2 where isOwn {
            guard case .answered(let response) = attempt, response.status == 401 else { break }
            do throws(RepositoryStoreError) {
                let values = response.values(of: "www-authenticate")
                guard
                    let next = try await authority.header(for: access, after: values, used: header)
                else { break }
                header = next
            } catch {
                refusal = error
                break
            }
            var request = request
            request.pauseMilliseconds = 0
            (attempt, isOwn) = await follow(request, header, answer)
        }
        return attempt
    }

    /// Sends a request and follows redirects of what is only read: at the registry itself with
    /// credentials, elsewhere without.
    ///
    /// - Returns: also whether the answer is the registry's own.
    private func follow(
        _ request: HTTPRequest, _ authorization: String?, _ answer: AnswerTarget
    ) async -> (HTTPAttempt, isOwn: Bool) {
        var request = request
        for _ in 0...RegistryClient.maximumRedirects {
            let isOwn = (try? RequestURL(request.url)).map { base.mayRedirect(to: $0) } ?? false
            let attempt = await send(request, isOwn ? authorization : nil, answer)
            guard case .answered(let response) = attempt,
                [301, 302, 303, 307, 308].contains(response.status)
            else { return (attempt, isOwn) }
            let location = response.value(of: "location") ?? ""
            guard request.method == .get || request.method == .head,
                let next = self.location(location, from: request.url)
            else { return (refused(request.url, location), isOwn) }
            request.url = next.text
            request.pauseMilliseconds = 0
        }
        return (refused(request.url, "one more place"), false)
    }

    private func send(
        _ request: HTTPRequest, _ authorization: String?, _ answer: AnswerTarget
    ) async -> HTTPAttempt {
        var request = request
        if let authorization { request.headers.append(("Authorization", authorization)) }
        switch answer {
        case .memory(let maximumBytes):
            return await transport.attempt(request, maximumBytes: maximumBytes)
        case .sink(let sink, let offset, let maximumBytes):
            return await transport.attempt(
                request, from: offset, maximumBytes: maximumBytes, into: sink)
        }
    }

    /// Where an answer sends us on to; `nil` if we do not go there.
    func location(_ reference: String, from url: String) -> RequestURL? {
        guard let origin = try? RequestURL(url) else { return nil }
        var text = reference
        if reference.utf8.first == UInt8(ascii: "/") {
            guard !reference.utf8.starts(with: "//".utf8) else { return nil }
            text = RegistryClient.root(of: url) + reference
        }
        guard let next = try? RequestURL(text),
            origin.mayRedirect(to: next) || origin.mayLeave(for: next)
        else { return nil }
        return next
    }

    /// Whether a URL is one of this repository at the registry itself.
    func isOwn(_ url: RequestURL) -> Bool {
        base.mayRedirect(to: url)
            && url.text.utf8.dropFirst(RegistryClient.root(of: url.text).utf8.count)
                .starts(with: "/v2/\(place.name)/".utf8)
    }

    /// `scheme://host[:port]` of a URL.
    private static func root(of url: String) -> String {
        guard let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")) else { return url }
        let rest = url.utf8[url.utf8.index(colon, offsetBy: 3)...]
        guard let end = rest.firstIndex(where: { "/?#".utf8.contains($0) }) else { return url }
        return String(url[..<end])
    }

    private func refused(_ url: String, _ location: String) -> HTTPAttempt {
        // Without its query, which may be somebody's permission.
        func withoutQuery(_ text: String) -> String {
            String(
                decoding: text.utf8.prefix { $0 != UInt8(ascii: "?") }.prefix(200), as: UTF8.self)
        }
        let shown = FetchError.withoutCredentials(withoutQuery(location))
        let from = withoutQuery(url)
        return .failed(
            FetchError(url: from, reason: .redirectRefused(to: shown)), isTransient: false)
    }
}
