// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Why an OpenPGP key, or what was made with it, cannot be used.
package enum OpenPGPFault: Error, Equatable, Sendable {
    /// Neither TUF nor DSSE has a place for OpenPGP signatures.
    case notForMetadata
    /// A packet that breaks off, goes on too long, or is of another kind than belongs here.
    case malformed(String)
    /// More of something than is read.
    case tooMany(String, maximum: Int)
    /// gpg knows no public key of this fingerprint.
    case noKey(fingerprint: String)
    /// - Parameter number: of the public key algorithm (RFC 4880 §9.1).
    case algorithm(number: UInt8)
    /// EdDSA on another curve than ed25519; the bytes of its object identifier in hexadecimal digits.
    case curve(String)
    /// An RSA key, or a DSA key by its prime p.
    case shortKey(bits: Int)
    /// Numbers of a key for which others than its holder could sign.
    case unsoundKey(String)
    /// - Parameter number: of the hash algorithm (RFC 4880 §9.4).
    case weakHash(number: UInt8, fingerprint: String)
    /// The key's own signature over its names or a subkey is missing or wrong.
    case selfSignature(fingerprint: String)
    /// - Parameter since: when its holder said so, in seconds since 1970.
    case revoked(fingerprint: String, since: Int)
    /// - Parameter since: in seconds since 1970.
    case expired(fingerprint: String, since: Int)
    /// Its holder says that it is not for signatures over files.
    case notForSigning(fingerprint: String)
    /// gpg signed with a key that does not belong to the one that was asked for.
    case wrongKey(expected: String, found: String)
    case wrongSignature(fingerprint: String)
}

extension OpenPGPFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notForMetadata:
            "keys of gpg sign links and layouts of in-toto in the older container; TUF metadata "
                + "and DSSE have no place for their signatures"
        case .malformed(let what): "malformed OpenPGP data: \(what)"
        case .tooMany(let what, let maximum): "more \(what) than the \(maximum) that are read"
        case .noKey(let fingerprint): "no public key \(fingerprint) in its keyring"
        case .algorithm(let number):
            "public key algorithm \(number)\(OpenPGPFault.name(number)) found, "
                + "expected RSA (1), DSA (17) or EdDSA (22)"
        case .curve(let identifier): "EdDSA on curve \(identifier) found, expected ed25519"
        case .shortKey(let bits): "key of \(bits) bits found, at least 2048 expected"
        case .unsoundKey(let what): "key that others could sign for: \(what)"
        case .weakHash(let number, let fingerprint):
            "key \(fingerprint): signed by itself with hash algorithm \(number), expected "
                + "SHA-256, SHA-384 or SHA-512; gpg --cert-digest-algo SHA256 "
                + "--quick-set-expire renews it"
        case .selfSignature(let fingerprint):
            "key \(fingerprint): its signature over itself is missing or wrong"
        case .revoked(let fingerprint, let since):
            "key \(fingerprint) is revoked since \(moment(since))"
        case .expired(let fingerprint, let since):
            "key \(fingerprint) is expired since \(moment(since))"
        case .notForSigning(let fingerprint): "key \(fingerprint) is not for signing"
        case .wrongKey(let expected, let found):
            "wrong key: expected \(expected), found \(found)"
        case .wrongSignature(let fingerprint):
            "wrong signature: key \(fingerprint) did not make the one that gpg gave"
        }
    }

    private static func name(_ number: UInt8) -> String {
        switch number {
        case 16, 20: " (Elgamal)"
        case 18: " (ECDH)"
        case 19: " (ECDSA)"
        case 27: " (ed25519 of RFC 9580)"
        default: ""
        }
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`.
private func moment(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return "second \(seconds)" }
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
