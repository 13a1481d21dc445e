// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import RepositoryStorage
import TUFClient

/// Contents by their digests (distribution-spec 1.1, pulling and pushing blobs).
extension RegistryClient {
    /// Whether the registry has a content.
    func hasBlob(
        _ digest: ContentDigest, about subject: String
    ) async throws(RepositoryStoreError) -> Bool {
        let response = try await send(request(.head, "/blobs/\(digest)"), .read, about: subject)
        switch response.status {
        case 200: return true
        case 404: return false
        default: throw RegistryFault.error(response, of: subject, login)
        }
    }

    /// Streams a content from a byte on, going on where a broken transfer ended; from 0 on, its
    /// digest is checked.
    ///
    /// - Throws: also if the digest is another one, after the sink had all bytes.
    func stream(
        _ content: Descriptor, from offset: Int, into sink: any FetchSink, about subject: String
    ) async throws(RepositoryStoreError) {
        let digesting = DigestingSink(sink)
        let get = request(.get, "/blobs/\(content.digest)")
        var refusal: RepositoryStoreError?
        let attempt = await transport.repeating { repetition in
            var request = get
            request.pauseMilliseconds = repetition.pauseMilliseconds
            return await once(
                request, .read,
                answer: .sink(
                    digesting, from: offset + digesting.count, maximumBytes: content.size),
                &refusal)
        }
        if let refusal { throw refusal }
        if case .failed(let error, _) = attempt, case .tooLarge = error.reason {
            throw RepositoryStoreError(subject, .damaged("longer than its \(content.size) bytes"))
        }
        let response = try RegistryFault.response(attempt, of: subject)
        try expectBlob(response, content, about: subject)
        guard offset + digesting.count == content.size else {
            throw RepositoryStoreError(
                subject,
                .damaged("\(offset + digesting.count) bytes found, \(content.size) expected"))
        }
        if offset == 0 { try expect(digesting.finish(), content, about: subject) }
    }

    /// A content that fits into memory.
    func bytes(
        _ content: Descriptor, about subject: String
    ) async throws(RepositoryStoreError) -> [UInt8] {
        let sink = MemorySink()
        try await stream(content, from: 0, into: sink, about: subject)
        return sink.bytes
    }

    private func expectBlob(
        _ response: HTTPResponse, _ content: Descriptor, about subject: String
    ) throws(RepositoryStoreError) {
        switch response.status {
        case 200, 206: return
        case 404:
            throw RepositoryStoreError(
                subject, .damaged("its manifest is there, \(content.digest) is not"))
        default: throw RegistryFault.error(response, of: subject, login)
        }
    }

    private func expect(
        _ found: ContentDigest, _ content: Descriptor, about subject: String
    ) throws(RepositoryStoreError) {
        guard found == content.digest else {
            throw RepositoryStoreError(
                subject, .damaged("bytes of \(found) found, \(content.digest) expected"))
        }
    }

    /// Uploads a content: opens a session and sends all in one request, which the registry takes
    /// only if the digest is right.
    ///
    /// - Throws: `.changed` if it is not.
    func upload(
        _ body: HTTPRequest.Body, as digest: ContentDigest, about subject: String
    ) async throws(RepositoryStoreError) {
        var refusal: RepositoryStoreError?
        var isThere = false
        let attempt = await transport.repeating(while: RegistryClient.isPassing) { repetition in
            if repetition.number > 0 {
                // Perhaps all but the answer went well; or else all begins again.
                var look = request(.head, "/blobs/\(digest)")
                look.pauseMilliseconds = repetition.pauseMilliseconds
                let looked = await once(look, .read, answer: .memory(maximumBytes: 0), &refusal)
                guard looked.status == 404 else {
                    isThere = looked.status == 200
                    return looked
                }
            }
            return await uploadOnce(body, as: digest, about: subject, &refusal)
        }
        if let refusal { throw refusal }
        let response = try RegistryFault.response(attempt, of: subject)
        if isThere { return }
        if response.status == 400, RegistryFault.has("DIGEST_INVALID", response) {
            throw RepositoryStoreError(subject, .changed)
        }
        guard response.status == 201 else {
            throw RegistryFault.error(response, of: subject, login)
        }
        try expectDigest(digest, in: response, about: subject)
    }

    /// A session for one content, and all of it in one request.
    private func uploadOnce(
        _ body: HTTPRequest.Body, as digest: ContentDigest, about subject: String,
        _ refusal: inout RepositoryStoreError?
    ) async -> HTTPAttempt {
        let answer = AnswerTarget.memory(maximumBytes: 64 << 10)
        let open = request(.post, "/blobs/uploads/")
        let opened = await once(open, .write, answer: answer, &refusal)
        guard case .answered(let response) = opened, response.status == 202 else { return opened }
        guard let session = location(response.value(of: "location") ?? "", from: open.url) else {
            refusal = RepositoryStoreError(
                subject, .unexpected("an upload elsewhere refused, or no place for it given"))
            return opened
        }
        let separator = session.text.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        var put = HTTPRequest(
            .put, "\(session.text)\(separator)digest=\(digest)",
            headers: [("Content-Type", "application/octet-stream")], body: body)
        // The registry may copy all of it before it answers.
        put.slowSeconds = 20 + body.length >> 24
        return await once(put, .write, answer: answer, &refusal)
    }

    private static func isPassing(_ attempt: HTTPAttempt) -> Bool {
        guard case .answered(let response) = attempt else { return attempt.isTransient }
        return response.isTransient || RegistryFault.has("BLOB_UPLOAD_UNKNOWN", response)
    }
}

extension HTTPAttempt {
    /// Of the answer; `nil` without one.
    fileprivate var status: Int? {
        guard case .answered(let response) = self else { return nil }
        return response.status
    }
}
