// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import CanonicalJSON
import OpenPGP

/// A key object of TUF 1.0.34 §4.2.2 or in-toto 1.0 §4.2:
/// `{"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "…"}}`.
///
/// A key of an unknown type or scheme decodes, is kept and written again, but verifies nothing.
/// In-toto also has keys of gpg, see ``init(inToto:)`` and ``init(file:)``.
public struct PublicKey: Sendable {
    public let type: UTF8Text
    /// For a key of gpg its `method`.
    public let scheme: UTF8Text
    /// `keyval.public`: 64 hexadecimal digits for ed25519, PEM for the others, empty for gpg's.
    public let publicValue: UTF8Text

    private let source: Source
    let form: Form

    enum Source: Sendable {
        case received(JSONValue)
        case made(JSON)
    }

    enum Form: Sendable {
        case plain(LazyKey)
        /// `nil` if it cannot be used; with the id that it says it has then.
        case openPGP(OpenPGPPublicKey?, id: KeyID?)
    }

    /// Decodes a key object. What it is good for shows only when it is used: a file may list
    /// ten thousand keys, of which one signature needs one.
    ///
    /// - Throws: `JSONError` if a member is missing or is no string.
    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let type = try object.required("keytype").text()
        let scheme = try object.required("scheme").text()
        let publicValue = try object.required("keyval").object().required("public").text()
        self.init(type: type, scheme: scheme, publicValue: publicValue, .received(value))
    }

    private init(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text, _ source: Source) {
        self.init(
            type: type, scheme: scheme, publicValue: publicValue, source,
            .plain(LazyKey(type: type, scheme: scheme, publicValue: publicValue)))
    }

    init(
        type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text, _ source: Source, _ form: Form
    ) {
        self.type = type
        self.scheme = scheme
        self.publicValue = publicValue
        self.source = source
        self.form = form
    }

    /// The key of OpenSSL; `nil` for keys of gpg and for those that cannot be used.
    private var usable: UsableKey? {
        if case .plain(let key) = form { key.key } else { nil }
    }

    /// All members of the object as received, unknown ones included.
    public var json: JSON {
        switch source {
        case .received(let value): value.tree()
        case .made(let tree): tree
        }
    }

    /// What tells keys apart; `nil` for a key that cannot be used.
    public var material: KeyMaterial? {
        switch form {
        case .plain(let key): key.key?.material
        case .openPGP(let key, _): key?.materials.first
        }
    }

    /// ``material``, and those of the subkeys of a key of gpg: who shares one of them is the same
    /// signer.
    public var materials: [KeyMaterial] {
        switch form {
        case .plain(let key): key.key.map { [$0.material] } ?? []
        case .openPGP(let key, _): key?.materials ?? []
        }
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
            .made([
                "keytype": .text(names.type), "scheme": .text(names.scheme),
                "keyval": ["public": .text(value)],
            ]))
        // OpenSSL decodes points for which anybody could sign.
        guard material != nil else { throw .unsupportedKey("expected a sound public point") }
    }

    /// The public key in PEM (SubjectPublicKeyInfo); `nil` for a key that cannot be used.
    public var pem: String? { usable?.openSSL.publicPEM() }

    /// The key id of python-securesystemslib: SHA-256 over type, scheme and value; for a key of gpg
    /// the fingerprint of its primary key.
    public var keyID: KeyID {
        if let openPGPID { return openPGPID }
        return digest(of: [
            "keytype": .string(type), "scheme": .string(scheme),
            "keyval": ["public": .string(publicValue)],
        ])
    }

    /// The key id of in-toto-golang and of older tools, which hash `keyid_hash_algorithms`
    /// along and strip white space around a PEM.
    public var legacyKeyID: KeyID {
        if let openPGPID { return openPGPID }
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let leading = publicValue.utf8.drop(while: isSpace)
        let trimmed = leading.reversed().drop(while: isSpace).reversed()
        return digest(of: [
            "keyid_hash_algorithms": ["sha256", "sha512"],
            "keytype": .string(type), "scheme": .string(scheme),
            "keyval": ["public": .text(String(decoding: trimmed, as: UTF8.self))],
        ])
    }

    private var openPGPID: KeyID? {
        guard case .openPGP(let key, let id) = form else { return nil }
        return key.map { KeyID(UTF8Text($0.key.fingerprint)) } ?? id ?? KeyID("")
    }

    private func digest(of json: JSON) -> KeyID {
        KeyID(UTF8Text(DigestAlgorithm.sha256.hexDigest(of: json.canonicalBytes())))
    }

    /// Why an entry of `signatures` over `message` does not count; `nil` if it does.
    ///
    /// - Parameter now: the moment for which a key that expires must be valid.
    func rejection(
        of signature: Signature, over message: UnsafeRawBufferPointer, at now: Instant?
    ) -> SignatureCount.Reason? {
        if case .openPGP(let key, _) = form {
            guard let key else { return .unusableKey }
            return key.rejection(of: signature, over: message, at: now)
        }
        guard signature.headers == nil, !signature.value.isEmpty,
            verifies(signature.value, over: message)
        else { return .wrong }
        return nil
    }

    /// Whether `signature` over `message` was made with this key's private half; never for a key of
    /// gpg, whose signatures have headers.
    public func verifies(_ signature: [UInt8], over message: UnsafeRawBufferPointer) -> Bool {
        guard let key = usable, let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var operation: OpaquePointer?
        guard
            EVP_DigestVerifyInit(
                context, &operation, key.scheme.digest?.evp, nil, key.openSSL.pointer) == 1,
            key.scheme.setPadding(operation, verifying: true)
        else { return false }
        return EVP_DigestVerify(
            context, signature, signature.count,
            message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
    }
}

extension PublicKey: Equatable {
    /// Equal as written: the same object, member for member.
    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.json.canonicalBytes() == right.json.canonicalBytes()
    }
}
