// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
package import OpenPGP

/// Keys in files of their own, and keys of gpg among them.
extension PublicKey {
    /// A key as its holder gives it away: PEM (SubjectPublicKeyInfo), or what `gpg --export`
    /// writes, in armor or not.
    ///
    /// A certificate of gpg's is read by its own signatures; a key in it that is revoked or
    /// expired is a key all the same, see ``end(at:)``.
    ///
    /// - Throws: ``SigningError/unsupportedKey(_:)``.
    public init(file bytes: [UInt8]) throws(SigningError) {
        guard OpenPGPCertificate.isBegun(bytes) else {
            try self.init(pem: bytes)
            return
        }
        do throws(OpenPGPFault) { try self.init(openPGP: OpenPGPCertificate(bytes)) } catch {
            throw .unsupportedKey("\(error)")
        }
    }

    /// A key of gpg.
    ///
    /// - Throws: `OpenPGPFault.unsoundKey`.
    package init(openPGP certificate: OpenPGPCertificate) throws(OpenPGPFault) {
        guard let key = OpenPGPPublicKey(certificate.key, certificate: certificate.armored) else {
            throw .unsoundKey("expected a sound public point")
        }
        self.init(key)
    }

    /// A key of gpg without its certificate, as the key object of a layout.
    package init?(_ key: OpenPGPKey) {
        guard let key = OpenPGPPublicKey(key) else { return nil }
        self.init(key)
    }

    private init(_ key: OpenPGPPublicKey) {
        self.init(
            type: UTF8Text(key.key.names.type), scheme: UTF8Text(key.key.names.method),
            publicValue: "", .made(key.key.json), .openPGP(key, id: nil))
    }

    /// A key object of in-toto: ``init(_:)``, or one of gpg, which has `method` in the place of
    /// `scheme`.
    ///
    /// - Throws: `JSONError` if it is no object, or has a scheme and is not like other keys.
    public init(inToto value: JSONValue) throws(JSONError) {
        let object = try value.object()
        guard object["scheme"] == nil else {
            try self.init(value)
            return
        }
        func text(_ name: UTF8Text) -> UTF8Text { (try? object[name]?.text()) ?? "" }
        self.init(
            type: text("type"), scheme: text("method"), publicValue: "", .received(value),
            .openPGP(
                OpenPGPKey(inToto: object).flatMap { OpenPGPPublicKey($0) },
                id: KeyID(text("keyid"))))
    }

    /// The key as a file to be given away, for ``init(file:)``; `nil` for a key that cannot be
    /// used and for a key of gpg that is known from a layout alone.
    public var file: [UInt8]? {
        if case .openPGP(let key, _) = form { return key?.certificate }
        return pem.map { Array($0.utf8) }
    }

    /// Whether it is a key of gpg: good for links and layouts in the older container alone.
    public var isOpenPGP: Bool {
        if case .openPGP = form { true } else { false }
    }

    /// Ids of the subkeys of a key of gpg.
    public var subkeyIDs: [KeyID] {
        guard case .openPGP(let key?, _) = form else { return [] }
        return key.key.subkeys.map { KeyID(UTF8Text($0.fingerprint)) }
    }

    /// The ids that signatures of this key may stand under: those of the two traditions, or those
    /// of a primary key of gpg and its subkeys.
    public var ids: [KeyID] {
        isOpenPGP ? [keyID] + subkeyIDs : [keyID, legacyKeyID]
    }

    /// Why no signature of it would count at this moment; `nil` if one would.
    public func end(at now: Instant) -> KeyEnd? {
        guard case .openPGP(let key, _) = form else { return nil }
        return key?.end(at: now)
    }

    /// When the last part of it that can sign expires; `nil` if it does not.
    public var expires: Instant? {
        guard case .openPGP(let key, _) = form else { return nil }
        return key?.expires
    }

    /// The primary key with its subkeys.
    package var openPGP: OpenPGPKey? {
        guard case .openPGP(let key, _) = form else { return nil }
        return key?.key
    }
}
