// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import MetadataSigning

/// SHA-256 over the public key as ssh writes it: what `ssh-add -l` shows.
package struct SSHFingerprint: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes.
    let digest: [UInt8]

    /// The fingerprint of a key in the form of RFC 4253 §6.6.
    init(ofKey blob: [UInt8]) { digest = DigestAlgorithm.sha256.digest(of: blob) }

    /// The fingerprint of a public key; `nil` if ssh has no form for its type.
    package init?(_ key: PublicKey) {
        guard let blob = SSHPublicKey.blob(of: key) else { return nil }
        self.init(ofKey: blob)
    }

    /// Reads `SHA256:` and 43 characters of standard base64 without padding, in the one form
    /// that these 32 bytes have.
    init(text: Substring) throws(KeyURIFault) {
        let prefix = "SHA256:"
        let characters = text.utf8.dropFirst(prefix.utf8.count)
        guard text.utf8.starts(with: prefix.utf8), characters.count == 43,
            let digest = bytes(fromBase64: String(decoding: characters, as: UTF8.self)),
            digest.count == 32
        else { throw .sshFingerprint(String(text)) }
        self.digest = digest
        // Stray bits at the end, or the URL-safe alphabet.
        guard UTF8Text(description) == UTF8Text(String(text)) else {
            throw .sshFingerprint(String(text))
        }
    }

    package var description: String { "SHA256:\(base64(digest).prefix(43))" }
}
