// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// How a key signs: the signature schemes of TUF 1.0.34 §4.2.2 and of securesystemslib.
public enum KeyScheme: Sendable, Hashable {
    case ed25519
    case ecdsa(curve: String, DigestAlgorithm)
    case rsaPSS(DigestAlgorithm)
    case rsaPKCS1(DigestAlgorithm)

    /// The scheme of the names in a key object; `nil` if it is not supported.
    init?(type: String, scheme: String) {
        switch (type, scheme) {
        case ("ed25519", "ed25519"): self = .ed25519
        // The second type is how older tools name it.
        case ("ecdsa", "ecdsa-sha2-nistp256"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
            self = .ecdsa(curve: "prime256v1", .sha256)
        case ("ecdsa", "ecdsa-sha2-nistp384"), ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"):
            self = .ecdsa(curve: "secp384r1", .sha384)
        case ("ecdsa", "ecdsa-sha2-nistp521"), ("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"):
            self = .ecdsa(curve: "secp521r1", .sha512)
        case ("rsa", "rsassa-pss-sha256"): self = .rsaPSS(.sha256)
        case ("rsa", "rsassa-pss-sha384"): self = .rsaPSS(.sha384)
        case ("rsa", "rsassa-pss-sha512"): self = .rsaPSS(.sha512)
        case ("rsa", "rsa-pkcs1v15-sha256"): self = .rsaPKCS1(.sha256)
        case ("rsa", "rsa-pkcs1v15-sha384"): self = .rsaPKCS1(.sha384)
        case ("rsa", "rsa-pkcs1v15-sha512"): self = .rsaPKCS1(.sha512)
        default: return nil
        }
    }

    /// The `keytype` and `scheme` this project writes for a key.
    static func names(for key: OpenSSLKey) -> (type: String, scheme: String)? {
        switch key.algorithm {
        case EVP_PKEY_ED25519: ("ed25519", "ed25519")
        case EVP_PKEY_RSA where key.bits >= 2048: ("rsa", "rsassa-pss-sha256")
        case EVP_PKEY_EC:
            switch key.curve {
            case "prime256v1": ("ecdsa", "ecdsa-sha2-nistp256")
            case "secp384r1": ("ecdsa", "ecdsa-sha2-nistp384")
            case "secp521r1": ("ecdsa", "ecdsa-sha2-nistp521")
            default: nil
            }
        default: nil
        }
    }

    /// Whether `key` is of the kind and size this scheme is for.
    func accepts(_ key: OpenSSLKey) -> Bool {
        switch self {
        case .ed25519: key.algorithm == EVP_PKEY_ED25519
        case .ecdsa(let curve, _):
            key.algorithm == EVP_PKEY_EC && key.curve == curve && key.hasSoundPoint
        case .rsaPSS, .rsaPKCS1:
            key.algorithm == EVP_PKEY_RSA && (2048...16384).contains(key.bits)
        }
    }

    var digest: DigestAlgorithm? {
        switch self {
        case .ed25519: nil
        case .ecdsa(_, let digest), .rsaPSS(let digest), .rsaPKCS1(let digest): digest
        }
    }

    /// Sets the padding of an RSA operation; does nothing for the other schemes.
    func setPadding(_ context: OpaquePointer?, verifying: Bool) -> Bool {
        switch self {
        case .ed25519, .ecdsa: return true
        case .rsaPKCS1: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        case .rsaPSS:
            // Signers differ in the length of the salt; it carries no security.
            let salt = verifying ? RSA_PSS_SALTLEN_AUTO : RSA_PSS_SALTLEN_DIGEST
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1
        }
    }
}
