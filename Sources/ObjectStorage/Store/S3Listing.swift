// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import HTTPTransport
import MetadataSigning
package import RepositoryStorage

extension S3Store {
    package func list(
        _ prefix: UTF8Text,
        _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        var token: String?
        repeat {
            var request = S3Request(.get, nil)
            request.query = [
                ("list-type", "2"), ("prefix", client.location.key(prefix)),
                ("max-keys", "1000"), ("encoding-type", "url"),
            ]
            if let token { request.query.append(("continuation-token", token)) }
            let response = try await client.send(request, about: nil)
            guard response.isSuccess else { throw client.refusal(response, about: nil) }
            guard let page = ListingPage(response.body, below: client.location) else {
                throw client.error(.unexpected("a listing that cannot be read"), about: nil)
            }
            if !page.entries.isEmpty, try await !body(page.entries) { return }
            // A store that never comes to an end would keep us for ever.
            guard page.next == nil || page.next != token else {
                throw client.error(.unexpected("a listing without an end"), about: nil)
            }
            token = page.next
        } while token != nil
    }
}

/// One answer to ListObjectsV2.
struct ListingPage {
    /// What lies below the repository; other keys are passed over.
    let entries: [ListedEntry]
    /// What the next page is asked for with; `nil` for the last.
    let next: String?

    /// - Returns: `nil` if this is no such answer.
    init?(_ bytes: [UInt8], below location: S3Location) {
        guard let root = XMLElement.root(of: bytes), root.name == "ListBucketResult",
            let isCut = root.string("IsTruncated")
        else { return nil }
        let isEncoded = root.string("EncodingType") == "url"
        let start = Array(location.key("").utf8)
        var entries: [ListedEntry] = []
        for element in root.all("Contents") {
            guard let listed = element.bytes("Key"),
                let key = isEncoded ? bytesOfListedKey(listed) : listed,
                let length = element.string("Size").flatMap(Int.init), length >= 0,
                let moment = element.string("LastModified").flatMap(Self.moment)
            else { return nil }
            guard key.starts(with: start), key.count > start.count, key.last != UInt8(ascii: "/"),
                let name = UTF8Text(validating: key[start.count...])
            else { continue }
            entries.append(ListedEntry(name: name, length: length, seconds: moment.seconds))
        }
        self.entries = entries
        switch isCut {
        case "true":
            guard let next = root.string("NextContinuationToken"), !next.isEmpty else { return nil }
            self.next = next
        case "false": next = nil
        default: return nil
        }
    }

    /// `2026-11-23T16:37:28Z`, with AWS `2026-11-23T16:37:28.000Z`.
    private static func moment(_ text: String) -> Instant? {
        Instant(text.prefix(19) + "Z")
    }
}
