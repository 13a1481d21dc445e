// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import HTTPTransport
import MetadataSigning
package import RepositoryStorage

extension S3Store {
    /// In requests of up to 1000 names, several at a time.
    package func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError) {
        var single: [(name: UTF8Text, key: String)] = []
        var listed: [String] = []
        for name in names {
            let key = try self.key(name)
            if names.count > 3, let text = xmlText(key) {
                listed.append(text)
            } else {
                single.append((name, key))
            }
        }
        var removals = single.map { Removal.one($0.name, key: $0.key) }
        for start in stride(from: 0, to: listed.count, by: 1000) {
            removals.append(.batch(Array(listed[start...].prefix(1000))))
        }
        // The transport bounds how many run at once.
        let refusal = await withTaskGroup(of: RepositoryStoreError?.self) { group in
            for removal in removals {
                group.addTask { [self] in await failure(of: removal) }
            }
            return await group.first { $0 != nil } ?? nil
        }
        if let refusal { throw refusal }
    }

    private enum Removal: Sendable {
        case one(UTF8Text, key: String)
        /// Keys, escaped for XML.
        case batch([String])
    }

    private func failure(of removal: Removal) async -> RepositoryStoreError? {
        do throws(RepositoryStoreError) {
            switch removal {
            case .one(let name, let key): try await removeOne(name, key)
            case .batch(let keys): try await removeBatch(keys)
            }
            return nil
        } catch {
            return error
        }
    }

    private func removeOne(_ name: UTF8Text, _ key: String) async throws(RepositoryStoreError) {
        let response = try await client.send(S3Request(.delete, key), about: name)
        if response.isSuccess { return }
        guard response.status == 404, S3Fault(response).code == "NoSuchKey" else {
            throw client.refusal(response, about: name)
        }
    }

    /// - Parameter keys: escaped for XML.
    private func removeBatch(_ keys: [String]) async throws(RepositoryStoreError) {
        let objects = keys.map { "<Object><Key>\($0)</Key></Object>" }.joined()
        let body = Array("<Delete><Quiet>true</Quiet>\(objects)</Delete>".utf8)
        var request = S3Request(.post, nil)
        request.query = [("delete", "")]
        let digest = base64(DigestAlgorithm.sha256.digest(of: body))
        request.headers = [
            ("content-type", "application/xml"), ("x-amz-checksum-sha256", digest),
        ]
        // What S3 wanted before it took other sums; some stores still do.
        if let sum = contentMD5(of: body) { request.headers.append(("content-md5", sum)) }
        request.setBody(body)
        let response = try await client.send(request, about: nil)
        guard response.isSuccess else { throw client.refusal(response, about: nil) }
        guard let root = XMLElement.root(of: response.body), root.name == "DeleteResult" else {
            throw client.error(.unexpected("no DeleteResult"), about: nil)
        }
        for error in root.all("Error") {
            let code = error.string("Code") ?? "an error without a code"
            if code == "NoSuchKey" { continue }
            let name = error.string("Key").map { UTF8Text($0) }
            let words = "\(quoted(code)) for \(quoted(name?.string ?? ""))"
            throw client.error(
                code == "AccessDenied" ? .denied(words) : .unexpected(words), about: nil)
        }
    }
}
