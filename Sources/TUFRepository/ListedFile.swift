// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// What a change lists of a target file.
///
/// A release may list a hundred thousand files, nearly all without anything but length and
/// digest; these have no tree.
enum ListedFile: Sendable {
    /// Length in bytes, and SHA-256 in lower-case hexadecimal digits.
    case plain(length: Int, sha256: String)
    /// The entry of `targets`.
    case entry(JSON)

    /// The entry of `targets`.
    var entry: JSON {
        switch self {
        case .plain(let length, let sha256):
            MetadataBuilder.targetFile(length: length, sha256: sha256, custom: nil)
        case .entry(let entry): entry
        }
    }

    /// Adds the canonical form of ``entry``.
    func writeCanonical(to output: inout [UInt8]) {
        switch self {
        case .plain(let length, let sha256):
            output.append(contentsOf: #"{"hashes":{"sha256":"#.utf8)
            UTF8Text(sha256).withBytes { JSON.append($0, .canonical, to: &output) }
            output.append(contentsOf: #"},"length":"#.utf8)
            output.append(contentsOf: String(length).utf8)
            output.append(UInt8(ascii: "}"))
        case .entry(let entry): entry.write(.canonical, 0, to: &output)
        }
    }
}
