// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why an OpenPGP key, or what gpg made with it, cannot be used.
package enum OpenPGPFault: Error, Equatable, Sendable {
    /// TUF has no scheme for OpenPGP signatures.
    case notForMetadata
    /// A packet that breaks off, goes on too long, or is of another kind than belongs here.
    case malformed(String)
    /// gpg knows no public key of this fingerprint.
    case noKey(fingerprint: String)
    /// - Parameter number: of the public key algorithm (RFC 4880 §9.1).
    case algorithm(number: UInt8)
    /// EdDSA on another curve than ed25519; the bytes of its object identifier in hexadecimal digits.
    case curve(String)
    /// An RSA key.
    case shortKey(bits: Int)
    /// - Parameter number: of the hash algorithm (RFC 4880 §9.4).
    case weakHash(number: UInt8, fingerprint: String)
    /// The key's own signature over its names or a subkey is missing or wrong.
    case selfSignature(fingerprint: String)
    case revoked(fingerprint: String)
    /// gpg signed with a key that does not belong to the one that was asked for.
    case wrongKey(expected: String, found: String)
    case wrongSignature(fingerprint: String)
}

extension OpenPGPFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notForMetadata:
            "keys of gpg sign links and layouts of in-toto, TUF metadata has no scheme for them"
        case .malformed(let what): "malformed OpenPGP data: \(what)"
        case .noKey(let fingerprint): "no public key \(fingerprint) in its keyring"
        case .algorithm(let number):
            "public key algorithm \(number) found, expected RSA (1) or EdDSA (22)"
        case .curve(let identifier): "EdDSA on curve \(identifier) found, expected ed25519"
        case .shortKey(let bits): "RSA key of \(bits) bits found, at least 2048 expected"
        case .weakHash(let number, let fingerprint):
            "key \(fingerprint): signed by itself with hash algorithm \(number), expected "
                + "SHA-256, SHA-384 or SHA-512; gpg --cert-digest-algo SHA256 "
                + "--quick-set-expire renews it"
        case .selfSignature(let fingerprint):
            "key \(fingerprint): its signature over itself is missing or wrong"
        case .revoked(let fingerprint): "key \(fingerprint) is revoked"
        case .wrongKey(let expected, let found):
            "wrong key: expected \(expected), found \(found)"
        case .wrongSignature(let fingerprint):
            "wrong signature: key \(fingerprint) did not make the one that gpg gave"
        }
    }
}
