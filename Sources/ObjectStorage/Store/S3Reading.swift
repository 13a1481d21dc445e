// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import HTTPTransport
package import RepositoryStorage
import Synchronization
package import TUFClient

extension S3Store {
    package func read(
        _ name: UTF8Text, maximumBytes: Int
    ) async throws(RepositoryStoreError) -> StoredFile? {
        let request = S3Request(.get, try key(name))
        let response = try await client.send(request, about: name, maximumBytes: maximumBytes)
        guard try isFound(response, name) else { return nil }
        return StoredFile(bytes: response.body, tag: try tag(response, name))
    }

    package func find(_ name: UTF8Text) async throws(RepositoryStoreError) -> StoredEntry? {
        let response = try await client.send(S3Request(.head, try key(name)), about: name)
        guard try isFound(response, name) else { return nil }
        guard let length = response.contentLength else {
            throw client.error(.unexpected("an answer without a length"), about: name)
        }
        return StoredEntry(length: length, tag: try tag(response, name))
    }

    package func stream(
        _ name: UTF8Text, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(RepositoryStoreError) -> Bool {
        let key = try key(name)
        let part = PartSink(sink)
        let attempt = await client.transport.repeating(
            client.bounds, while: { client.isPassing($0, .get) && !part.isRefused },
            attempt: { repetition in
                var request = S3Request(.get, key)
                // What broke off goes on with the same file or not at all.
                if let tag = part.tag { request.headers.append(("if-match", tag)) }
                return await client.transport.attempt(
                    client.signed(request, repetition.pauseMilliseconds),
                    from: offset + part.count, maximumBytes: maximumBytes, into: part)
            })
        let response = try client.answer(attempt, about: name)
        if response.status == 412, part.count > 0 {
            throw client.error(.unexpected("another file by now than was begun"), about: name)
        }
        // There is nothing after its end.
        if response.status == 416, offset > 0,
            response.value(of: "content-range") == "bytes */\(offset + part.count)"
        {
            return true
        }
        return try isFound(response, name)
    }

    /// - Returns: `false` if there is no such file.
    private func isFound(
        _ response: HTTPResponse, _ name: UTF8Text
    ) throws(RepositoryStoreError) -> Bool {
        if response.isSuccess { return true }
        let fault = S3Fault(response)
        // An answer to HEAD has no body that would tell a missing file from a missing bucket.
        if response.status == 404, fault.code == "NoSuchKey" || fault.code == nil { return false }
        throw client.refusal(response, about: name)
    }

    private func tag(
        _ response: HTTPResponse, _ name: UTF8Text
    ) throws(RepositoryStoreError) -> StoreTag {
        guard let tag = response.value(of: "etag"), !tag.isEmpty else {
            throw client.error(.unexpected("an answer without an ETag"), about: name)
        }
        return StoreTag(Array(tag.utf8))
    }
}

/// Counts what a sink has got, over all tries, and keeps the tag of the file that it is of.
private final class PartSink: AnswerSink {
    private struct State {
        var count = 0
        var tag: String?
        var isRefused = false
    }

    private let sink: any FetchSink
    private let state = Mutex(State())

    init(_ sink: any FetchSink) { self.sink = sink }

    var count: Int { state.withLock { $0.count } }
    var tag: String? { state.withLock { $0.tag } }
    var isRefused: Bool { state.withLock { $0.isRefused } }

    func begin(_ answer: HTTPResponse) {
        state.withLock { $0.tag = $0.tag ?? answer.value(of: "etag") }
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        let isTaken = sink.receive(chunk)
        state.withLock { state in
            state.count += isTaken ? chunk.count : 0
            state.isRefused = !isTaken
        }
        return isTaken
    }
}
