// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import Glibc
import HTTPTransport
package import RepositoryStorage

/// On which condition a file is written.
enum WriteCondition: Sendable {
    case none
    case absent
    case tag(StoreTag)

    var header: [(String, String)] {
        switch self {
        case .none: []
        case .absent: [("if-none-match", "*")]
        case .tag(let tag): [("if-match", String(decoding: tag.bytes, as: UTF8.self))]
        }
    }
}

extension S3Store {
    package func create(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) -> Bool {
        let isMade = try await write(name, StoredContent(content), on: .absent)
        takeAway(content)
        return isMade
    }

    package func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool {
        let content = StoredContent(.bytes(bytes))
        return try await write(name, content, on: tag.map { .tag($0) } ?? .absent)
    }

    package func put(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) {
        let isMade = try await write(name, StoredContent(content), on: .none)
        guard isMade else {
            throw client.error(.unexpected("status 412 without a condition"), about: name)
        }
        takeAway(content)
    }

    /// - Returns: `false` if the condition does not hold.
    private func write(
        _ name: UTF8Text, _ content: StoredContent, on condition: WriteCondition
    ) async throws(RepositoryStoreError) -> Bool {
        if content.length >= MultipartUpload.leastBytes {
            return try await writeInParts(name, content, on: condition)
        }
        var request = S3Request(.put, try key(name))
        request.headers = content.headers(for: name) + condition.header
        request.body = content.body
        request.payload = content.sha256
        request.mayEnd = content.mayEnd
        // The last bytes are sent long before a slow store has them.
        request.slowSeconds = client.patienceSeconds
        let response = try await client.send(request, about: name)
        return try await isWritten(response, name, content, on: condition)
    }

    /// What the answer to the request that makes a file means.
    func isWritten(
        _ response: HTTPResponse, _ name: UTF8Text, _ content: StoredContent,
        on condition: WriteCondition
    ) async throws(RepositoryStoreError) -> Bool {
        if response.isSuccess { return true }
        let fault = S3Fault(response)
        let isOther =
            response.status == 412
            || response.status == 404 && ["NoSuchKey", "NoSuchUpload"].contains(fault.code)
        guard isOther else { throw client.refusal(response, about: name) }
        // It may be ours: an answer was lost, or libcurl or a proxy has asked twice by itself.
        let head = try await client.send(S3Request(.head, try key(name)), about: name)
        if head.isSuccess { return head.value(of: StoredContent.markField) == content.mark }
        guard head.status == 404 else { throw client.refusal(head, about: name) }
        // Nobody has won: the upload is gone, or the name is a folder's to this store. Who asked
        // would look, find nothing, and ask again for ever.
        if case .absent = condition {
            throw client.error(.unexpected("refused, and there is no such file"), about: name)
        }
        return false
    }

    /// The store has it now, or has something else that stays.
    private func takeAway(_ content: StoreContent) {
        if case .received(let path, _, _) = content { unlink(path) }
    }
}
