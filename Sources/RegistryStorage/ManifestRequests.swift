// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import RepositoryStorage

/// A manifest as it was found.
struct FoundManifest: Sendable {
    let manifest: FileManifest
    /// Of the manifest's bytes, computed here.
    let digest: ContentDigest
    /// Bytes of the manifest.
    let length: Int

    var descriptor: Descriptor {
        var descriptor = Descriptor(MediaType.manifest, digest, size: length)
        descriptor.artifactType = manifest.artifactType
        return descriptor
    }
}

/// Manifests and indexes by tag and by digest (distribution-spec 1.1, pulling and pushing
/// manifests).
extension RegistryClient {
    private static let accepted = "\(MediaType.manifest), \(MediaType.index)"

    /// A manifest by its tag; `nil` if there is none.
    ///
    /// - Parameter subject: what it is about, for messages.
    func manifest(
        _ tag: FileTag, about subject: String
    ) async throws(RepositoryStoreError) -> FoundManifest? {
        guard let bytes = try await document(tag, MediaType.manifest, about: subject) else {
            return nil
        }
        do throws(RegistryError) {
            return FoundManifest(
                manifest: try FileManifest(bytes), digest: ContentDigest(of: bytes),
                length: bytes.count)
        } catch {
            throw RepositoryStoreError(subject, .damaged("\(error)"))
        }
    }

    /// An index of referrers by its tag, with the digest of its bytes; `nil` if there is none.
    func index(
        _ tag: FileTag, about subject: String
    ) async throws(RepositoryStoreError) -> (index: ReferrersIndex, digest: ContentDigest)? {
        guard let bytes = try await document(tag, MediaType.index, about: subject) else {
            return nil
        }
        do throws(RegistryError) {
            return (try ReferrersIndex(bytes), ContentDigest(of: bytes))
        } catch {
            throw RepositoryStoreError(subject, .unexpected("\(error)"))
        }
    }

    private func document(
        _ tag: FileTag, _ type: String, about subject: String
    ) async throws(RepositoryStoreError) -> [UInt8]? {
        let request = request(
            .get, "/manifests/\(tag.text)", headers: [("Accept", RegistryClient.accepted)])
        let response = try await send(
            request, .read, maximumBytes: FileManifest.maximumBytes, about: subject)
        // A repository of a registry begins with the first push to it.
        if response.status == 404 { return nil }
        guard response.status == 200 else {
            throw RegistryFault.error(response, of: subject, login)
        }
        try expectDigest(ContentDigest(of: response.body), in: response, about: subject)
        let found = response.value(of: "content-type") ?? ""
        let plain = lowerCased(String(found.prefix { $0 != ";" && $0 != " " }))
        guard plain.utf8.elementsEqual(type.utf8) else {
            throw RepositoryStoreError(
                subject, .unexpected("content type \(quoted(found)) found, \(type) expected"))
        }
        return response.body
    }

    /// Whether a manifest is there, whatever its kind.
    func hasManifest(
        _ digest: ContentDigest, about subject: String
    ) async throws(RepositoryStoreError) -> Bool {
        let request = request(
            .head, "/manifests/\(digest)", headers: [("Accept", RegistryClient.accepted)])
        let response = try await send(request, .read, about: subject)
        switch response.status {
        case 200: return true
        case 404: return false
        default: throw RegistryFault.error(response, of: subject, login)
        }
    }

    /// Whether the registry speaks of the same bytes as we do, if it names any.
    func expectDigest(
        _ digest: ContentDigest, in response: HTTPResponse, about subject: String
    ) throws(RepositoryStoreError) {
        let named = response.values(of: "docker-content-digest")
        guard named.allSatisfy({ $0.utf8.elementsEqual(digest.description.utf8) }) else {
            throw RepositoryStoreError(
                subject,
                .unexpected("digest \(quoted(named.first ?? "")) named, \(digest) expected"))
        }
    }

    /// Puts a manifest or an index under a tag.
    ///
    /// - Returns: whether the registry lists those who refer to a manifest by itself.
    @discardableResult
    func put(
        _ bytes: [UInt8], _ type: String, as tag: FileTag, about subject: String
    ) async throws(RepositoryStoreError) -> Bool {
        let request = request(
            .put, "/manifests/\(tag.text)", headers: [("Content-Type", type)],
            body: .bytes(bytes))
        // docker-registry may not see a content that somebody else uploads once more.
        let response = try await send(request, .write, about: subject) { response in
            response.status == 400
                && ["DIGEST_INVALID", "MANIFEST_BLOB_UNKNOWN"].contains {
                    RegistryFault.has($0, response)
                }
        }
        guard response.status == 201 else {
            throw RegistryFault.error(response, of: subject, login)
        }
        try expectDigest(ContentDigest(of: bytes), in: response, about: subject)
        return response.value(of: "oci-subject") != nil
    }

    /// Removes a manifest with all its tags; one that is not there is no error.
    func delete(
        _ digest: ContentDigest, about subject: String
    ) async throws(RepositoryStoreError) {
        let request = request(.delete, "/manifests/\(digest)")
        let response = try await send(request, .delete, about: subject)
        guard [200, 202, 204, 404].contains(response.status) else {
            throw RegistryFault.error(response, of: subject, login)
        }
    }
}
