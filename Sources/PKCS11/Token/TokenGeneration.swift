// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
import CanonicalJSON
package import MetadataSigning

extension Token {
    /// Makes a key pair on the token, whose private half cannot be taken out of it.
    ///
    /// - Parameters:
    ///   - label: CKA_LABEL of both halves; a key of that label must not be there yet.
    ///   - id: CKA_ID of both; `nil` for the first free number from 1 on, in one byte.
    /// - Throws: ``TokenError/keyExists(key:token:)``, `.wrongNewKey`, and what a login throws.
    package func makeKey(
        _ kind: KeyKind, label: String, id: [UInt8]? = nil
    ) throws(TokenError) -> TokenKey {
        guard (1...255).contains(label.utf8.count), id.map({ (1...255).contains($0.count) }) ?? true
        else {
            throw .unusableKey(
                key: label, token: info.label.string,
                reason: "label and id must have 1 to 255 bytes")
        }
        let id = try withSession { session throws(TokenError) in
            try session.closingOnFailure { session throws(TokenError) in
                _ = try session.login(for: label)
                let id = try session.freeID(id, label: label)
                try session.generate(kind, label: label, id: id)
                return id
            }
        }
        return try tried(PKCS11URI(object: label, id: id), label)
    }

    /// Signs once with a new key, and removes it if that shows that it is no good.
    private func tried(_ uri: PKCS11URI, _ label: String) throws(TokenError) -> TokenKey {
        do {
            let key = try key(uri)
            _ = try key.signature(over: Array("new key".utf8))
            return key
        } catch {
            switch error {
            // The person or the plug, not the key.
            case .wrongPIN, .pinNeeded, .pinLocked, .removed: throw error
            default: break
            }
            try withSession { session throws(TokenError) in
                try session.closingOnFailure { session throws(TokenError) in
                    try session.remove(uri)
                }
            }
            throw .wrongNewKey(key: label, token: info.label.string, reason: "\(error)")
        }
    }
}

extension TokenSession {
    fileprivate mutating func freeID(
        _ wanted: [UInt8]?, label: String
    ) throws(TokenError) -> [UInt8] {
        let taken = try catalog()
        let bytes = Array(label.utf8)
        if let key = taken.first(where: { $0.objects.contains { $0.label == bytes } }) {
            throw .keyExists(key: "\(try describe(key))", token: self.label)
        }
        let ids = Set(taken.map(\.name.id))
        if let wanted {
            guard let key = taken.first(where: { $0.name.id == wanted }) else { return wanted }
            throw .keyExists(key: "\(try describe(key))", token: self.label)
        }
        guard let free = (1...255).first(where: { !ids.contains([UInt8($0)]) }) else {
            throw .unusableKey(
                key: label, token: self.label, reason: "all ids of one byte are taken")
        }
        return [UInt8(free)]
    }

    fileprivate mutating func generate(
        _ kind: KeyKind, label: String, id: [UInt8]
    ) throws(TokenError) {
        // Curves have two names; modules know one or the other.
        var failure: TokenError?
        for form in Self.forms(of: kind) {
            do {
                try generate(form, label: label, id: id)
                return
            } catch {
                guard case .failed(_, .generation, let code) = error,
                    code.number != CKR_MECHANISM_INVALID
                else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private struct Form {
        let mechanism: CK_MECHANISM_TYPE
        let type: CK_ULONG
        let attributes: [TokenAttribute]
    }

    private static func forms(of kind: KeyKind) -> [Form] {
        func elliptic(_ curve: [UInt8]) -> Form {
            Form(
                mechanism: CKM_EC_KEY_PAIR_GEN, type: CKK_EC,
                attributes: [TokenAttribute(CKA_EC_PARAMS, bytes: curve)])
        }
        func rsa(_ bits: CK_ULONG) -> Form {
            Form(
                mechanism: CKM_RSA_PKCS_KEY_PAIR_GEN, type: CKK_RSA,
                attributes: [
                    TokenAttribute(CKA_MODULUS_BITS, number: bits),
                    TokenAttribute(CKA_PUBLIC_EXPONENT, bytes: [1, 0, 1]),
                ])
        }
        switch kind {
        case .ecdsaP256: return [elliptic(TokenPublicKey.p256)]
        case .ecdsaP384: return [elliptic(TokenPublicKey.p384)]
        case .rsa3072: return [rsa(3072)]
        case .rsa4096: return [rsa(4096)]
        case .ed25519:
            return [TokenPublicKey.ed25519, TokenPublicKey.edwards25519].map { curve in
                Form(
                    mechanism: CKM_EC_EDWARDS_KEY_PAIR_GEN, type: CKK_EC_EDWARDS,
                    attributes: [TokenAttribute(CKA_EC_PARAMS, bytes: curve)])
            }
        }
    }

    private mutating func generate(
        _ form: Form, label: String, id: [UInt8]
    ) throws(TokenError) {
        let both = [
            TokenAttribute(CKA_TOKEN, true), TokenAttribute(CKA_KEY_TYPE, number: form.type),
            TokenAttribute(CKA_LABEL, bytes: Array(label.utf8)),
            TokenAttribute(CKA_ID, bytes: id),
        ]
        let publicHalf =
            both + [
                TokenAttribute(CKA_CLASS, number: CKO_PUBLIC_KEY),
                TokenAttribute(CKA_PRIVATE, false), TokenAttribute(CKA_VERIFY, true),
            ] + form.attributes
        let privateHalf =
            both + [
                TokenAttribute(CKA_CLASS, number: CKO_PRIVATE_KEY),
                TokenAttribute(CKA_PRIVATE, true), TokenAttribute(CKA_SIGN, true),
                TokenAttribute(CKA_SENSITIVE, true), TokenAttribute(CKA_EXTRACTABLE, false),
            ]
        try writing { session, handle throws(TokenError) in
            var handles: (publicKey: CK_OBJECT_HANDLE, privateKey: CK_OBJECT_HANDLE) = (0, 0)
            var mechanism = CK_MECHANISM(
                mechanism: form.mechanism, pParameter: nil, ulParameterLen: 0)
            do throws(ReturnCode) {
                try session.module.call { list in
                    withTemplate(publicHalf) { publicEntries, publicCount in
                        withTemplate(privateHalf) { privateEntries, privateCount in
                            list.C_GenerateKeyPair?(
                                handle, &mechanism, publicEntries, publicCount, privateEntries,
                                privateCount, &handles.publicKey, &handles.privateKey)
                        }
                    }
                }
            } catch {
                throw session.failure(.generation, error)
            }
            try session.checkSealed(handles.privateKey, label, handle, handles.publicKey)
        }
    }

    /// Some modules pass over attributes that they do not do.
    private mutating func checkSealed(
        _ privateKey: CK_OBJECT_HANDLE, _ keyLabel: String, _ handle: CK_SESSION_HANDLE,
        _ publicKey: CK_OBJECT_HANDLE
    ) throws(TokenError) {
        let isSensitive = try isTrue(CKA_SENSITIVE, of: privateKey) ?? false
        let isExtractable = try isTrue(CKA_EXTRACTABLE, of: privateKey) ?? true
        guard isSensitive, !isExtractable else {
            for object in [privateKey, publicKey] {
                try? module.call { $0.C_DestroyObject?(handle, object) }
            }
            throw .wrongNewKey(
                key: keyLabel, token: label,
                reason: "the private half could be taken out of the token")
        }
    }

    /// Destroys all objects that have both label and id of the URI.
    fileprivate mutating func remove(_ uri: PKCS11URI) throws(TokenError) {
        _ = try login(for: uri.texts[.object]?.string)
        let handles = try objects([
            TokenAttribute(CKA_ID, bytes: uri.id ?? []),
            TokenAttribute(CKA_LABEL, bytes: uri.texts[.object].map { Array($0.utf8) } ?? []),
        ])
        try writing { session, handle throws(TokenError) in
            for object in handles {
                do throws(ReturnCode) {
                    try session.module.call { $0.C_DestroyObject?(handle, object) }
                } catch {
                    throw session.failure(.generation, error)
                }
            }
        }
    }
}
