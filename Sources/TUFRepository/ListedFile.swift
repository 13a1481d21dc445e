// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// What a change lists of a target file.
///
/// A release may list a hundred thousand files, nearly all without anything but length and
/// digest; these have no tree.
enum ListedFile: Sendable {
    /// Length in bytes, and SHA-256.
    case plain(length: Int, SHA256Digest)
    /// The entry of `targets`.
    case entry(JSON)

    /// The entry of `targets`.
    var entry: JSON {
        switch self {
        case .plain(let length, let digest):
            MetadataBuilder.targetFile(length: length, sha256: digest.hex, custom: nil)
        case .entry(let entry): entry
        }
    }

    /// Adds the canonical form of ``entry``.
    func writeCanonical(to output: inout [UInt8]) {
        switch self {
        case .plain(let length, let digest):
            output.append(contentsOf: #"{"hashes":{"sha256":""#.utf8)
            digest.append(to: &output)
            output.append(contentsOf: #""},"length":"#.utf8)
            output.append(contentsOf: String(length).utf8)
            output.append(UInt8(ascii: "}"))
        case .entry(let entry): entry.write(.canonical, 0, to: &output)
        }
    }
}
