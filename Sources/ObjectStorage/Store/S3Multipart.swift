// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import RepositoryStorage

extension S3Store {
    /// Sends a long file in parts, several at a time; it appears with the last request, wholly.
    /// Whatever goes wrong, the parts that lie there are given up.
    ///
    /// - Returns: `false` if the condition does not hold.
    func writeInParts(
        _ name: UTF8Text, _ content: StoredContent, on condition: WriteCondition
    ) async throws(RepositoryStoreError) -> Bool {
        // The condition is asked for at the end, after all has been sent.
        if case .absent = condition, try await find(name) != nil { return false }
        let upload = try await beginUpload(name, content)
        do throws(RepositoryStoreError) {
            let tags = try await sendParts(name, content, upload)
            let isMade = try await complete(name, content, upload, tags, on: condition)
            if !isMade { await giveUp(name, upload) }
            return isMade
        } catch {
            await giveUp(name, upload)
            throw error
        }
    }

    private func beginUpload(
        _ name: UTF8Text, _ content: StoredContent
    ) async throws(RepositoryStoreError) -> String {
        var request = S3Request(.post, try key(name))
        request.query = [("uploads", "")]
        request.headers = content.headers(for: name)
        let response = try await client.send(request, about: name)
        guard response.isSuccess else { throw client.refusal(response, about: name) }
        let root = XMLElement.root(of: response.body)
        guard let upload = root?.string("UploadId"), !upload.isEmpty else {
            throw client.error(.unexpected("no UploadId"), about: name)
        }
        return upload
    }

    private func sendParts(
        _ name: UTF8Text, _ content: StoredContent, _ upload: String
    ) async throws(RepositoryStoreError) -> [String] {
        let plan = MultipartUpload(length: content.length)
        typealias Outcome = Result<(number: Int, tag: String), RepositoryStoreError>
        let outcome = await withTaskGroup(
            of: Outcome.self, returning: Result<[String], RepositoryStoreError>.self
        ) { group in
            var next = 1
            func addNext() {
                guard next <= plan.parts else { return }
                let number = next
                next += 1
                group.addTask { [self] in
                    do throws(RepositoryStoreError) {
                        let place = plan.place(of: number)
                        return .success(
                            (number, try await sendPart(number, place, name, content, upload)))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            for _ in 1...MultipartUpload.partsAtOnce { addNext() }
            var tags = [String](repeating: "", count: plan.parts)
            for await outcome in group {
                switch outcome {
                case .success(let part): tags[part.number - 1] = part.tag
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                }
                addNext()
            }
            return .success(tags)
        }
        return try outcome.get()
    }

    private func sendPart(
        _ number: Int, _ place: (offset: Int, count: Int), _ name: UTF8Text,
        _ content: StoredContent, _ upload: String
    ) async throws(RepositoryStoreError) -> String {
        var request = S3Request(.put, try key(name))
        request.query = [("partNumber", "\(number)"), ("uploadId", upload)]
        do throws(BodyFault) {
            (request.body, request.payload) = try content.part(from: place.offset, place.count)
        } catch {
            throw client.error(S3Client.reason(error), about: name)
        }
        request.mayEnd = content.mayEnd
        request.slowSeconds = client.patienceSeconds
        let response = try await client.send(request, about: name)
        guard response.isSuccess else { throw client.refusal(response, about: name) }
        guard let tag = response.value(of: "etag"), !tag.isEmpty else {
            throw client.error(.unexpected("a part without an ETag"), about: name)
        }
        return tag
    }

    private func complete(
        _ name: UTF8Text, _ content: StoredContent, _ upload: String, _ tags: [String],
        on condition: WriteCondition
    ) async throws(RepositoryStoreError) -> Bool {
        guard content.mayEnd?() ?? true else { throw client.error(.changed, about: name) }
        guard let body = MultipartUpload.completion(tags) else {
            throw client.error(.unexpected("an ETag that is no text"), about: name)
        }
        var request = S3Request(.post, try key(name))
        request.query = [("uploadId", upload)]
        request.headers = [("content-type", "application/xml")] + condition.header
        request.setBody(body)
        // A store may have to put all parts together first.
        request.slowSeconds = 5 * client.patienceSeconds
        let response = try await client.send(request, about: name)
        if response.isSuccess, XMLElement.root(of: response.body)?.name == "Error" {
            throw client.refusal(response, about: name)
        }
        return try await isWritten(response, name, content, on: condition)
    }

    /// Also for a task that was cancelled: parts cost their owner money until they are removed.
    private func giveUp(_ name: UTF8Text, _ upload: String) async {
        guard let key = try? key(name) else { return }
        var request = S3Request(.delete, key)
        request.query = [("uploadId", upload)]
        await Task.detached { [client, request] in
            _ = try? await client.send(request, about: name)
        }.value
    }
}
