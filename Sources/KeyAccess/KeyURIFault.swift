// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why a text is not the URI of a private key.
package enum KeyURIFault: Error, Equatable, Sendable {
    case noScheme
    case unknownScheme(String)
    /// A key that securesystemslib or its users know and that is not read here.
    case foreign(ForeignScheme)
    case tooLong(bytes: Int, maximum: Int)
    case controlCharacter
    /// Nothing where this must be.
    case empty(String)
    /// `%` without two hexadecimal digits, or bytes that are no UTF-8, or a NUL.
    case percentEncoding(String)
    case query(String, expected: String)
    case tooManyFields(maximum: Int)
    case fileName(String)
    case keyNumber(String)
    case sshFingerprint(String)
    case openPGPFingerprint(String)
    case relativeProgram(String)
}

/// Schemes of key services that are reached through a program.
package enum ForeignScheme: String, Sendable, CaseIterable {
    case google = "gcpkms"
    case amazon = "awskms"
    case azure = "azurekms"
    case vault = "hv"
    case tkey
    case sigstore

    /// What the key is held by.
    package var holder: String {
        switch self {
        case .google: "Google Cloud KMS"
        case .amazon: "AWS KMS"
        case .azure: "Azure Key Vault"
        case .vault: "HashiCorp Vault"
        case .tkey: "a Tillitis TKey"
        case .sigstore: "Sigstore"
        }
    }
}

extension KeyURIFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noScheme: "no scheme found, expected \(KeyURIFault.schemes)"
        case .unknownScheme(let scheme):
            "scheme \(quoted(scheme)) found, expected \(KeyURIFault.schemes)"
        case .foreign(.sigstore):
            "sigstore signs with an identity and not with a key, which TUF metadata cannot name; "
                + "expected a key, such as exec:PROGRAM (guide: keys behind a program)"
        case .foreign(let scheme):
            "keys of \(scheme.holder) are reached through a program, expected exec:PROGRAM "
                + "(guide: keys behind a program)"
        case .tooLong(let bytes, let maximum):
            "\(bytes) bytes found, at most \(maximum) expected"
        case .controlCharacter: "control character found, expected printable text"
        case .empty(let what): "no \(what) found"
        case .percentEncoding(let text):
            "\(quoted(text)) found, expected UTF-8 with % and two hexadecimal digits"
        case .query(let found, let expected): "?\(quoted(found)) found, expected ?\(expected)"
        case .tooManyFields(let maximum): "more than \(maximum) fields found after ?"
        case .fileName(let name): "\(quoted(name)) found, expected the name of a file"
        case .keyNumber(let text): "key id \(quoted(text)) found, expected a decimal number"
        case .sshFingerprint(let text):
            "fingerprint \(quoted(text)) found, expected SHA256: and 43 characters of base64, "
                + "as ssh-add -l shows it"
        case .openPGPFingerprint(let text):
            "fingerprint \(quoted(text)) found, expected 40 hexadecimal digits, "
                + "as gpg --list-keys --with-colons shows it"
        case .relativeProgram(let name):
            "program \(quoted(name)) found, expected an absolute path or a name to find in PATH"
        }
    }

    private static let schemes = "file:, ssh-agent:, pkcs11:, gpg: or exec:"
}
