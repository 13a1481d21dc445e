// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage

/// The digest that names a content in a registry, `sha256:` and 64 digits; no other algorithm is
/// read or written here.
package struct ContentDigest: Hashable, Sendable {
    /// In lower-case hexadecimal digits.
    package let hex: String

    package init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(TagText.isLowerCaseHexDigit) else {
            return nil
        }
        self.hex = hex
    }

    /// Reads `sha256:…`.
    package init?(_ text: some StringProtocol) {
        let start = "sha256:"
        guard text.utf8.starts(with: start.utf8) else { return nil }
        // By bytes: a combining character after the colon would be one with it.
        self.init(hex: String(decoding: text.utf8.dropFirst(start.utf8.count), as: UTF8.self))
    }

    package init(of bytes: [UInt8]) { hex = DigestAlgorithm.sha256.hexDigest(of: bytes) }

    /// The digest of what was taken so far.
    init(finishing running: inout RunningDigest) { hex = running.finishHex() }

    /// Names a file's content for those who write to a store.
    var tag: StoreTag { StoreTag(Array(description.utf8)) }
}

extension ContentDigest: CustomStringConvertible {
    package var description: String { "sha256:\(hex)" }
}
