// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// The types of what is written to a registry (Docs/Formats/Registry.md).
package enum MediaType {
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let empty = "application/vnd.oci.empty.v1+json"

    package static let metadata = "application/vnd.carnet.tuf.metadata.v1"
    package static let target = "application/vnd.carnet.tuf.target.v1"
    package static let otherFile = "application/vnd.carnet.file.v1"
    package static let evidence = "application/vnd.carnet.in-toto.evidence.v1"

    /// The `artifactType` of a file's manifest.
    static func artifact(_ name: UTF8Text) -> String {
        if name.utf8.starts(with: "metadata/".utf8) { return metadata }
        return name.utf8.starts(with: "targets/".utf8) ? target : otherFile
    }

    /// The type of a file's content, for programs that show it.
    static func content(_ name: UTF8Text) -> String {
        let isJSON =
            name.utf8.starts(with: "metadata/".utf8)
            && name.utf8.reversed().starts(with: ".json".utf8.reversed())
        return isJSON ? "application/json" : "application/octet-stream"
    }
}
