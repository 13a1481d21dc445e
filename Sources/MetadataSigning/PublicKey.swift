// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import CanonicalJSON

/// A key object of TUF 1.0.34 §4.2 or in-toto 1.0 §4.2:
/// `{"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "…"}}`.
///
/// A key of an unknown type or scheme decodes, is kept and written again, but verifies nothing.
public struct PublicKey: Sendable {
    public let type: UTF8Text
    public let scheme: UTF8Text
    /// `keyval.public`: 64 hexadecimal digits for ed25519, PEM for the others.
    public let publicValue: UTF8Text
    /// All members of the object as received, unknown ones included.
    public let json: JSON
    /// What tells keys apart; `nil` for a key that cannot be used.
    public let material: KeyMaterial?

    private let usable: Usable?

    private struct Usable: Sendable {
        let key: OpenSSLKey
        let scheme: KeyScheme
    }

    /// Decodes a key object.
    ///
    /// - Throws: `JSONError` if a member is missing or is no string.
    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let type = try object.required("keytype").text()
        let scheme = try object.required("scheme").text()
        let publicValue = try object.required("keyval").object().required("public").text()
        self.init(type: type, scheme: scheme, publicValue: publicValue, json: value.tree())
    }

    private init(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text, json: JSON) {
        self.type = type
        self.scheme = scheme
        self.publicValue = publicValue
        self.json = json
        self.usable = PublicKey.usable(type.string, scheme.string, publicValue.string)
        self.material = usable?.key.subjectPublicKeyInfo().map(KeyMaterial.init)
    }

    /// A key read from PEM (SubjectPublicKeyInfo), under this project's names for its type.
    ///
    /// - Throws: ``SigningError/unsupportedKey(_:)``.
    public init(pem: [UInt8]) throws(SigningError) {
        guard let pointer = withInput(pem, { PEM_read_bio_PUBKEY($0, nil, nil, nil) }) else {
            ERR_clear_error()
            throw .unsupportedKey("no public key in PEM found")
        }
        try self.init(OpenSSLKey(owning: pointer))
    }

    init(_ key: OpenSSLKey) throws(SigningError) {
        guard let names = KeyScheme.names(for: key) else {
            throw .unsupportedKey("expected ed25519, P-256, P-384, P-521 or RSA of 2048 bits")
        }
        guard let info = key.subjectPublicKeyInfo(), let pem = key.publicPEM() else {
            throw .openSSL(openSSLWords())
        }
        let value = names.type == "ed25519" ? hex(info.suffix(32)) : pem
        self.init(
            type: UTF8Text(names.type), scheme: UTF8Text(names.scheme),
            publicValue: UTF8Text(value),
            json: [
                "keytype": .text(names.type), "scheme": .text(names.scheme),
                "keyval": ["public": .text(value)],
            ])
    }

    /// The public key in PEM (SubjectPublicKeyInfo); `nil` for a key that cannot be used.
    public var pem: String? { usable?.key.publicPEM() }

    /// The key id of python-securesystemslib: SHA-256 over type, scheme and value.
    public var keyID: KeyID {
        digest(of: [
            "keytype": .string(type), "scheme": .string(scheme),
            "keyval": ["public": .string(publicValue)],
        ])
    }

    /// The key id of in-toto-golang and of older tools, which hash `keyid_hash_algorithms`
    /// along and strip white space around a PEM.
    public var legacyKeyID: KeyID {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let leading = publicValue.utf8.drop(while: isSpace)
        let trimmed = leading.reversed().drop(while: isSpace).reversed()
        return digest(of: [
            "keyid_hash_algorithms": ["sha256", "sha512"],
            "keytype": .string(type), "scheme": .string(scheme),
            "keyval": ["public": .text(String(decoding: trimmed, as: UTF8.self))],
        ])
    }

    private func digest(of json: JSON) -> KeyID {
        KeyID(UTF8Text(DigestAlgorithm.sha256.hexDigest(of: json.canonicalBytes())))
    }

    /// Whether `signature` over `message` was made with this key's private half.
    public func verifies(_ signature: [UInt8], over message: UnsafeRawBufferPointer) -> Bool {
        guard let usable, let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var operation: OpaquePointer?
        guard
            EVP_DigestVerifyInit(
                context, &operation, usable.scheme.digest?.evp, nil, usable.key.pointer) == 1,
            usable.scheme.setPadding(operation, verifying: true)
        else { return false }
        return EVP_DigestVerify(
            context, signature, signature.count,
            message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
    }

    private static func usable(_ type: String, _ scheme: String, _ value: String) -> Usable? {
        defer { ERR_clear_error() }
        guard let scheme = KeyScheme(type: type, scheme: scheme),
            let pointer = load(value, scheme)
        else { return nil }
        let key = OpenSSLKey(owning: pointer)
        return scheme.accepts(key) ? Usable(key: key, scheme: scheme) : nil
    }

    private static func load(_ value: String, _ scheme: KeyScheme) -> OpaquePointer? {
        if scheme == .ed25519 {
            guard let raw = bytes(fromHex: value, lowerCaseOnly: false), raw.count == 32 else {
                return nil
            }
            return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count)
        }
        if value.hasPrefix("-----BEGIN PUBLIC KEY-----") {
            return withInput(Array(value.utf8)) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
        }
        guard case .ecdsa(let curve, _) = scheme, let point = bytes(fromHex: value) else {
            return nil
        }
        return ellipticKey(curve: curve, point: point)
    }

    /// A key from its bare point, as the first roots of sigstore have it.
    private static func ellipticKey(curve: String, point: [UInt8]) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_paramgen_init(context) == 1,
            EVP_PKEY_CTX_set_group_name(context, curve) == 1,
            EVP_PKEY_paramgen(context, &key) == 1,
            EVP_PKEY_set1_encoded_public_key(key, point, point.count) == 1
        else {
            EVP_PKEY_free(key)
            return nil
        }
        return key
    }
}

extension PublicKey: Equatable {
    /// Equal as written: the same object, member for member.
    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.json.canonicalBytes() == right.json.canonicalBytes()
    }
}
