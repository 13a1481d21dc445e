internal import COpenSSL
// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// What makes signatures: a key in a file, on a token or behind a service.
public protocol Signer: Sendable {
    /// The public half.
    var publicKey: PublicKey { get }
    /// A signature over `message`, in the scheme of ``publicKey``.
    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8]
    /// An entry of `signatures` of the older container over `message`.
    ///
    /// - Parameter id: the listed id of the key; a signer of gpg's knows better.
    func signature(over message: [UInt8], as id: KeyID) throws(SigningError) -> Signature
}

extension Signer {
    public func signature(
        over message: [UInt8], as id: KeyID
    ) throws(SigningError) -> Signature {
        Signature(hexadecimal: try sign(message), keyID: id)
    }
}

/// A kind of key that can be made.
public enum KeyKind: String, Sendable, CaseIterable {
    case ed25519
    case ecdsaP256 = "ecdsa-p256"
    case ecdsaP384 = "ecdsa-p384"
    case rsa3072 = "rsa-3072"
    case rsa4096 = "rsa-4096"
}

/// A private key in memory.
public struct PrivateKey: Signer {
    public let publicKey: PublicKey
    private let key: OpenSSLKey
    private let contexts: SigningContexts

    private init(_ key: OpenSSLKey) throws(SigningError) {
        self.key = key
        self.publicKey = try PublicKey(key)
        guard
            let scheme = KeyScheme(
                type: publicKey.type.string, scheme: publicKey.scheme.string)
        else { throw .unsupportedKey(publicKey.scheme.string) }
        contexts = SigningContexts(key, scheme)
    }

    /// Makes a new key from the system's random numbers.
    public init(generating kind: KeyKind) throws(SigningError) {
        let algorithm: String
        switch kind {
        case .ed25519: algorithm = "ED25519"
        case .ecdsaP256, .ecdsaP384: algorithm = "EC"
        case .rsa3072, .rsa4096: algorithm = "RSA"
        }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, algorithm, nil) else {
            throw .openSSL(openSSLWords())
        }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1 else { throw .openSSL(openSSLWords()) }
        let prepared: Int32
        switch kind {
        case .ed25519: prepared = 1
        case .ecdsaP256: prepared = EVP_PKEY_CTX_set_group_name(context, "prime256v1")
        case .ecdsaP384: prepared = EVP_PKEY_CTX_set_group_name(context, "secp384r1")
        case .rsa3072: prepared = EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072)
        case .rsa4096: prepared = EVP_PKEY_CTX_set_rsa_keygen_bits(context, 4096)
        }
        var pointer: OpaquePointer?
        guard prepared == 1, EVP_PKEY_generate(context, &pointer) == 1, let pointer else {
            throw .openSSL(openSSLWords())
        }
        try self.init(OpenSSLKey(owning: pointer))
    }

    /// An ed25519 key from its 32-byte seed: for tests that need the same key each time.
    package init(ed25519Seed seed: [UInt8]) throws(SigningError) {
        guard seed.count == 32,
            let pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { throw .unsupportedKey("an ed25519 seed has 32 bytes") }
        try self.init(OpenSSLKey(owning: pointer))
    }

    /// Reads a private key in PEM.
    ///
    /// - Parameter passphrase: needed if the key is encrypted, ignored otherwise.
    /// - Throws: ``SigningError/noPrivateKey``, `.passphraseNeeded`, `.wrongPassphrase`,
    ///   `.unsupportedKey`; the last also if an elliptic curve's public half, which may stand beside
    ///   the private one, is another key's.
    public init(pem: [UInt8], passphrase: [UInt8]?) throws(SigningError) {
        defer { ERR_clear_error() }
        let text = String(decoding: pem.prefix(65536), as: UTF8.self)
        let pointer: OpaquePointer?
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
            guard let passphrase else { throw .passphraseNeeded }
            guard let sealed = withInput(pem, { PEM_read_bio_PKCS8($0, nil, nil, nil) }) else {
                throw .noPrivateKey
            }
            defer { X509_SIG_free(sealed) }
            pointer = PrivateKey.open(sealed, passphrase)
            if pointer == nil { throw .wrongPassphrase }
        } else {
            // The empty callback keeps OpenSSL from asking at the terminal.
            pointer = withInput(pem) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in 0 }, nil) }
        }
        guard let pointer else { throw .noPrivateKey }
        try self.init(OpenSSLKey(owning: pointer))
        guard key.hasMatchingHalves else {
            throw .unsupportedKey("expected a public half that belongs to the private one")
        }
    }

    private static func open(_ sealed: OpaquePointer, _ passphrase: [UInt8]) -> OpaquePointer? {
        let characters = passphrase.map(CChar.init(bitPattern:))
        guard let info = PKCS8_decrypt(sealed, characters, Int32(characters.count)) else {
            return nil
        }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        return EVP_PKCS82PKEY(info)
    }

    /// The key as encrypted PKCS#8 in PEM: AES-256-CBC under scrypt with N = 2^14, r = 8, p = 5,
    /// the largest that OpenSSL opens without being told to use more memory.
    public func encryptedPEM(passphrase: [UInt8]) throws(SigningError) -> [UInt8] {
        guard let info = EVP_PKEY2PKCS8(key.pointer) else { throw .openSSL(openSSLWords()) }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        guard
            let parameters = PKCS5_pbe2_set_scrypt(
                EVP_aes_256_cbc(), nil, 16, nil, 1 << 14, 8, 5)
        else { throw .openSSL(openSSLWords()) }
        let characters = passphrase.map(CChar.init(bitPattern:))
        guard
            let sealed = PKCS8_set0_pbe(characters, Int32(characters.count), info, parameters)
        else {
            X509_ALGOR_free(parameters)
            throw .openSSL(openSSLWords())
        }
        defer { X509_SIG_free(sealed) }
        guard let pem = withOutput({ PEM_write_bio_PKCS8($0, sealed) }) else {
            throw .openSSL(openSSLWords())
        }
        return pem
    }

    public func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        try contexts.sign(message)
    }
}
