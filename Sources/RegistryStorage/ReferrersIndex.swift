// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Who refers to a manifest: the index under the referrers tag of a registry that has no
/// referrers API (distribution-spec 1.1, OCI image-spec 1.1 image index).
///
/// Entries of others are kept as they are.
package struct ReferrersIndex: Sendable, Equatable {
    private struct Entry: Equatable {
        let digest: ContentDigest
        let json: JSON
    }

    private var entries: [Entry] = []

    package init() {}

    /// Digests of the manifests that refer.
    package var digests: [ContentDigest] { entries.map(\.digest) }

    package init(_ bytes: [UInt8]) throws(RegistryError) {
        let limits = JSONLimits(
            maximumBytes: FileManifest.maximumBytes, maximumDepth: 8, maximumValues: 1 << 17)
        let values: [JSONValue]
        do throws(JSONError) {
            let object = try JSONDocument(bytes, limits: limits).root.object()
            _ = try object.required("schemaVersion").integer(in: 2...2)
            if let type = try object["mediaType"]?.text(), type != UTF8Text(MediaType.index) {
                throw JSONError.mismatch(
                    path: "mediaType", found: quoted(type), expected: "an image index")
            }
            values = try object.required("manifests").array()
        } catch {
            throw .malformed("index: \(error)")
        }
        for value in values {
            entries.append(Entry(digest: try Descriptor(value).digest, json: value.tree()))
        }
    }

    /// Adds a referrer; one that is there already stays where it is.
    ///
    /// - Returns: whether that changed anything.
    package mutating func add(_ entry: Descriptor) -> Bool {
        guard !entries.contains(where: { $0.digest == entry.digest }) else { return false }
        entries.append(Entry(digest: entry.digest, json: entry.json))
        return true
    }

    package mutating func remove(_ digest: ContentDigest) -> Bool {
        let before = entries.count
        entries.removeAll { $0.digest == digest }
        return entries.count < before
    }

    package var bytes: [UInt8] {
        let json: JSON = [
            "schemaVersion": 2, "mediaType": .text(MediaType.index),
            "manifests": .array(entries.map(\.json)),
        ]
        return json.compactBytes()
    }
}
