// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// The manifest of one file, or of the evidence about one (OCI image-spec 1.1, image manifest).
package struct FileManifest: Sendable, Equatable {
    static let created: UTF8Text = "org.opencontainers.image.created"
    /// What every registry takes (distribution-spec 1.1).
    package static let maximumBytes = 4 << 20
    /// A file up to this length stands in its manifest as well, and is read with it.
    package static let maximumDataBytes = 8192

    package var artifactType: UTF8Text
    /// The file; of evidence, all files.
    package var layers: [Descriptor]
    /// What it is about.
    package var subject: Descriptor?
    package var made: Instant?

    /// The manifest of a file.
    ///
    /// - Parameter data: the file's bytes, if they are at hand.
    package init(
        _ name: UTF8Text, _ digest: ContentDigest, length: Int, data: [UInt8]?, made: Instant
    ) {
        artifactType = UTF8Text(MediaType.artifact(name))
        var layer = Descriptor(MediaType.content(name), digest, size: length)
        layer.annotations = [JSON.Member(Descriptor.title, .string(name))]
        if let data, data.count <= FileManifest.maximumDataBytes { layer.data = data }
        layers = [layer]
        self.made = made
    }

    /// The manifest of the evidence about a file.
    init(evidence layers: [Descriptor], about subject: Descriptor, made: Instant) {
        artifactType = UTF8Text(MediaType.evidence)
        self.layers = layers
        self.subject = subject
        self.made = made
    }

    /// - Throws: ``RegistryError``: `.otherArtifact` for what is a manifest of another kind.
    package init(_ bytes: [UInt8]) throws(RegistryError) {
        let limits = JSONLimits(
            maximumBytes: FileManifest.maximumBytes, maximumDepth: 8, maximumValues: 1 << 16)
        let type: String
        let artifact: UTF8Text?
        let layers: [JSONValue]
        let subject: JSONValue?
        do throws(JSONError) {
            let object = try JSONDocument(bytes, limits: limits).root.object()
            _ = try object.required("schemaVersion").integer(in: 2...2)
            type = try object["mediaType"]?.text().string ?? MediaType.manifest
            artifact = try object["artifactType"]?.text()
            layers = try object["layers"]?.array() ?? []
            subject = object["subject"]
            let created = try Annotations.read(object["annotations"])
                .first { $0.key == FileManifest.created }
            made = created?.value.text.flatMap { Instant($0.string) }
        } catch {
            throw .malformed("manifest: \(error)")
        }
        guard type.utf8.elementsEqual(MediaType.manifest.utf8), let artifact,
            artifact.utf8.starts(with: "application/vnd.carnet.".utf8)
        else { throw .otherArtifact(found: artifact?.string ?? type) }
        artifactType = artifact
        self.layers = []
        for layer in layers { self.layers.append(try Descriptor(layer)) }
        if let subject { self.subject = try Descriptor(subject) }
    }

    /// The one file that it is about.
    ///
    /// - Throws: ``RegistryError``, unless it is that file's manifest.
    package func file(_ name: UTF8Text) throws(RegistryError) -> Descriptor {
        let layer = try anyFile()
        guard let title = layer.title, title == name else {
            throw .otherFile(found: layer.title?.string ?? "")
        }
        return layer
    }

    /// The one file that it is about, whatever its name.
    func anyFile() throws(RegistryError) -> Descriptor {
        guard let layer = layers.first, layers.count == 1, let title = layer.title else {
            throw .malformed("manifest: \(layers.count) layers found, one with a title expected")
        }
        guard artifactType == UTF8Text(MediaType.artifact(title)) else {
            throw .otherArtifact(found: artifactType.string)
        }
        return layer
    }

    package var bytes: [UInt8] {
        var json: JSON = [
            "schemaVersion": 2, "mediaType": .text(MediaType.manifest),
            "artifactType": .string(artifactType), "config": Descriptor.empty.json,
            "layers": .array(layers.map(\.json)),
        ]
        if let subject { json.set("subject", subject.json) }
        if let made {
            json.set(
                "annotations",
                .object([JSON.Member(FileManifest.created, .text(made.description))]))
        }
        return json.compactBytes()
    }

    /// How others name this manifest.
    var descriptor: Descriptor {
        let bytes = bytes
        var descriptor = Descriptor(
            MediaType.manifest, ContentDigest(of: bytes), size: bytes.count)
        descriptor.artifactType = artifactType
        return descriptor
    }
}
