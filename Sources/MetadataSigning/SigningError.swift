// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// Why something is not signed as it must be, or cannot be signed.
public enum SigningError: Error, Equatable, Sendable {
    /// Not JSON, or not of the shape of a signed file.
    case malformed(JSONError)
    /// One key id twice among the signatures (TUF 1.0.34 §4.2.1).
    case duplicateSignature(KeyID)
    /// Fewer distinct keys than the threshold signed it.
    case threshold(SignatureCount)
    /// A DSSE payload of another type.
    case payloadType(found: String, expected: String)
    /// A signature or payload that is neither hexadecimal nor base64 where one must be.
    case encoding(String)
    /// A private key's file that holds none.
    case noPrivateKey
    case wrongPassphrase
    case passphraseNeeded
    /// What was given as a passphrase is none, such as two that differ.
    case passphraseUnusable(String)
    /// A key of a type or size that is not used here.
    case unsupportedKey(String)
    /// An agent, a token or a program that holds the key gave no signature; why, and what to do.
    case notSigned(String)
    /// OpenSSL's own words for a failure that no input explains.
    case openSSL(String)
}

extension SigningError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let error): "\(error)"
        case .duplicateSignature(let keyID): "signature of key \(shown(keyID)) stands twice"
        case .threshold(let count): "\(count)"
        case .payloadType(let found, let expected):
            "payload type \(quoted(found)) found, \(quoted(expected)) expected"
        case .encoding(let what): "\(what) is neither hexadecimal nor base64"
        case .noPrivateKey: "no private key found, expected PKCS#8 in PEM"
        case .wrongPassphrase: "wrong passphrase"
        case .passphraseNeeded: "the key is encrypted, a passphrase is needed"
        case .passphraseUnusable(let words): words
        case .unsupportedKey(let words): "unsupported key, \(words)"
        case .notSigned(let words): words
        case .openSSL(let words): "OpenSSL: \(words)"
        }
    }
}

/// A key id from outside, short enough for a message.
package func shown(_ keyID: KeyID) -> String {
    keyID.isHexadecimal ? keyID.prefix : quoted(keyID.text)
}
