// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning

/// The tag of a file's manifest, made of the file's name (Docs/Formats/Registry.md).
///
/// Two names never have the same tag, and most tags tell their names: a listing of thousands of
/// files need not ask for each.
package struct FileTag: Hashable, Sendable {
    /// What a tag tells of the file that it is for.
    package enum Meaning: Hashable, Sendable {
        case name(UTF8Text)
        /// A long name: only the manifest tells it.
        case digestOfName
        /// An index of referrers or the evidence about a file: no file itself.
        case reference
        /// Nothing that is written here.
        case foreign
    }

    /// The longest tag of the distribution spec.
    package static let maximumBytes = 128
    /// The longest name that has a tag.
    package static let maximumNameBytes = 2048

    package let text: String

    /// - Returns: `nil` unless the name is that of a file below one folder: no empty segment, no
    ///   `.` and `..`, no control characters.
    package init?(_ name: UTF8Text) {
        guard let shown = TagText.shown(name) else { return nil }
        let forms = [TagText.plain(shown), TagText.short(shown)]
        if let fit = forms.first(where: { $0.count <= FileTag.maximumBytes }) {
            text = String(decoding: fit, as: UTF8.self)
        } else {
            text = "_l" + DigestAlgorithm.sha256.hexDigest(of: Array(name.utf8))
        }
    }

    /// A tag as a registry lists it.
    init(found text: String) { self.text = text }

    /// The tag of the manifest that lists the evidence about a file.
    package init(evidenceFor name: UTF8Text) {
        text = "_r" + DigestAlgorithm.sha256.hexDigest(of: Array(name.utf8))
    }

    /// The tag of the index of those who refer to a manifest (distribution-spec 1.1, referrers
    /// tag schema).
    package init(referrersOf digest: ContentDigest) {
        text = "sha256-\(digest.hex)"
    }

    /// What a tag that was found means.
    package static func meaning(_ tag: String) -> Meaning {
        let bytes = Array(tag.utf8)
        guard (1...maximumBytes).contains(bytes.count) else { return .foreign }
        if TagText.isReserved(bytes) { return .reference }
        if let digits = digits(bytes, after: "_l") { return digits ? .digestOfName : .foreign }
        if let digits = digits(bytes, after: "_r") { return digits ? .reference : .foreign }
        guard let name = TagText.name(bytes), let made = FileTag(name),
            made.text.utf8.elementsEqual(bytes)
        else { return .foreign }
        return .name(name)
    }

    /// Whether a SHA-256 follows; `nil` if the tag begins otherwise.
    private static func digits(_ tag: [UInt8], after start: String) -> Bool? {
        guard tag.starts(with: start.utf8) else { return nil }
        let rest = tag.dropFirst(start.utf8.count)
        return rest.count == 64 && rest.allSatisfy(TagText.isLowerCaseHexDigit)
    }

    package static func == (left: FileTag, right: FileTag) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { Array(text.utf8).hash(into: &hasher) }
}
