// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning

/// Names a content by type, digest and length (OCI image-spec 1.1, descriptor).
///
///     {"mediaType": "application/json", "digest": "sha256:…", "size": 1524,
///      "annotations": {"org.opencontainers.image.title": "metadata/4.snapshot.json"}}
package struct Descriptor: Sendable, Equatable {
    /// What a manifest calls a file, and `oras pull` writes it as.
    static let title: UTF8Text = "org.opencontainers.image.title"
    /// No content is longer.
    static let maximumBytes = 1 << 50

    package var mediaType: UTF8Text
    package var digest: ContentDigest
    /// Bytes.
    package var size: Int
    package var artifactType: UTF8Text?
    package var annotations: [JSON.Member] = []
    /// The content itself, if it is short; checked against digest and size.
    package var data: [UInt8]?

    init(_ mediaType: String, _ digest: ContentDigest, size: Int) {
        self.mediaType = UTF8Text(mediaType)
        self.digest = digest
        self.size = size
    }

    /// The content that stands for none.
    static let empty: Descriptor = {
        let bytes = Array("{}".utf8)
        var descriptor = Descriptor(
            MediaType.empty, ContentDigest(of: bytes), size: bytes.count)
        descriptor.data = bytes
        return descriptor
    }()

    var title: UTF8Text? {
        annotations.first { $0.key == Descriptor.title }?.value.text
    }

    /// - Throws: ``RegistryError/malformed(_:)``; also if the content in it is not the one named.
    init(_ value: JSONValue) throws(RegistryError) {
        let parts: (UTF8Text, UTF8Text, Int)
        let content: UTF8Text?
        do throws(JSONError) {
            let object = try value.object()
            parts = (
                try object.required("mediaType").text(), try object.required("digest").text(),
                try object.required("size").integer(in: 0...Descriptor.maximumBytes)
            )
            artifactType = try object["artifactType"]?.text()
            annotations = try Annotations.read(object["annotations"])
            content = try object["data"]?.text()
        } catch {
            throw .malformed("\(error)")
        }
        guard let digest = ContentDigest(parts.1.string) else {
            throw .malformed("digest \(quoted(parts.1)) found, sha256 expected")
        }
        (mediaType, self.digest, size) = (parts.0, digest, parts.2)
        guard let content else { return }
        guard let bytes = bytes(fromBase64: content.string), bytes.count == size,
            ContentDigest(of: bytes) == digest
        else { throw .malformed("data that is not the content named") }
        data = bytes
    }

    var json: JSON {
        var members: [JSON.Member] = [
            JSON.Member("mediaType", .string(mediaType)),
            JSON.Member("digest", .text(digest.description)),
            JSON.Member("size", .integer(size)),
        ]
        if let artifactType { members.append(JSON.Member("artifactType", .string(artifactType))) }
        if !annotations.isEmpty { members.append(JSON.Member("annotations", .object(annotations))) }
        if let data { members.append(JSON.Member("data", .text(base64(data)))) }
        return .object(members)
    }
}

/// Texts by name, as descriptors, manifests and indexes have them.
enum Annotations {
    static func read(_ value: JSONValue?) throws(JSONError) -> [JSON.Member] {
        guard let value else { return [] }
        var members: [JSON.Member] = []
        for member in try value.object() {
            members.append(JSON.Member(member.key, .string(try member.value.text())))
        }
        return members
    }
}
