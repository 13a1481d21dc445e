// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
package import CanonicalJSON
package import MetadataSigning

/// What the objects of one key have in common: their CKA_ID, or their label if that is empty.
struct KeyName: Hashable, Sendable {
    let id: [UInt8]
    let label: [UInt8]

    init(id: [UInt8], label: [UInt8]) {
        self.id = id
        self.label = id.isEmpty ? label : []
    }

    /// What finds its objects.
    var attributes: [TokenAttribute] {
        id.isEmpty
            ? [TokenAttribute(CKA_LABEL, bytes: label)] : [TokenAttribute(CKA_ID, bytes: id)]
    }
}

/// A key on a token, as far as it can be seen.
package struct TokenKeyDescription: Sendable, Equatable {
    package let label: UTF8Text
    /// CKA_ID.
    package let id: [UInt8]
    /// Such as `ed25519`, `ecdsa P-256` or `rsa`; `other` for what is not used here.
    package let kind: String
    /// `nil` if the token does not show it, or it is of a kind that is not used here.
    package let publicKey: PublicKey?
    /// Whether the private half has been seen, which may need a login.
    package let hasPrivateKey: Bool
}

extension TokenKeyDescription: CustomStringConvertible {
    /// Label, id and kind for a message.
    package var description: String {
        "\(quoted(label)) (id \(id.isEmpty ? "none" : hex(id.prefix(32))), \(kind))"
    }
}

/// The objects that are one key.
struct KeyObjects {
    struct Object {
        let handle: CK_OBJECT_HANDLE
        let type: PKCS11URI.ObjectType
        let label: [UInt8]
    }

    let name: KeyName
    var objects: [Object]

    func of(_ type: PKCS11URI.ObjectType) -> [Object] { objects.filter { $0.type == type } }

    /// Whether one of the objects is what the URI names.
    func matches(_ uri: PKCS11URI) -> Bool {
        if let id = uri.id, id != name.id { return false }
        return objects.contains { object in
            (uri.type == nil || uri.type == object.type)
                && (uri.texts[.object] == nil
                    || uri.texts[.object].map { Array($0.utf8) } == object.label)
        }
    }

    /// Without the halves of other keys that some programs put under the same id.
    func narrowed(to uri: PKCS11URI) -> KeyObjects {
        guard let label = uri.texts[.object].map({ Array($0.utf8) }) else { return self }
        var result = self
        for type in [PKCS11URI.ObjectType.public, .private]
        where of(type).count > 1 && of(type).contains(where: { $0.label == label }) {
            result.objects.removeAll { $0.type == type && $0.label != label }
        }
        return result
    }

    /// A certificate alone: of a key that shows itself only after the login, or an issuer's.
    var isCertificate: Bool { objects.allSatisfy { $0.type == .cert } }

    /// The label a person would know it by.
    var label: UTF8Text {
        let first = of(.private).first ?? of(.public).first ?? objects.first
        return UTF8Text(String(decoding: first?.label ?? [], as: UTF8.self))
    }
}

extension TokenSession {
    /// All keys that can be seen now, in the token's order.
    mutating func catalog() throws(TokenError) -> [KeyObjects] {
        var order: [KeyName] = []
        var keys: [KeyName: KeyObjects] = [:]
        let classes: [(CK_ULONG, PKCS11URI.ObjectType)] = [
            (CKO_PRIVATE_KEY, .private), (CKO_PUBLIC_KEY, .public), (CKO_CERTIFICATE, .cert),
        ]
        for (number, type) in classes {
            for handle in try objects([TokenAttribute(CKA_CLASS, number: number)]) {
                let label = try value(CKA_LABEL, of: handle) ?? []
                let name = KeyName(id: try value(CKA_ID, of: handle) ?? [], label: label)
                if keys[name] == nil {
                    order.append(name)
                    keys[name] = KeyObjects(name: name, objects: [])
                }
                keys[name]?.objects.append(.init(handle: handle, type: type, label: label))
            }
        }
        return order.compactMap { keys[$0] }
    }

    mutating func describe(_ key: KeyObjects) throws(TokenError) -> TokenKeyDescription {
        let found = try publicKey(of: key)
        return TokenKeyDescription(
            label: key.label, id: key.name.id, kind: found.map(kindName) ?? "other",
            publicKey: found, hasPrivateKey: !key.of(.private).isEmpty)
    }

    /// The public half: of the public key's object, of a certificate, or of what the private
    /// key's object tells; `nil` if none of them makes a key that is used here.
    mutating func publicKey(of key: KeyObjects) throws(TokenError) -> PublicKey? {
        for object in key.of(.public) + key.of(.private) {
            if let found = try publicKey(ofKeyObject: object.handle) { return found }
        }
        for object in key.of(.cert) {
            if let bytes = try value(CKA_VALUE, of: object.handle),
                let found = TokenPublicKey.certificate(bytes)
            {
                return found
            }
        }
        return nil
    }

    private mutating func publicKey(
        ofKeyObject object: CK_OBJECT_HANDLE
    ) throws(TokenError) -> PublicKey? {
        switch try number(CKA_KEY_TYPE, of: object) {
        case CKK_RSA:
            if let modulus = try value(CKA_MODULUS, of: object),
                let exponent = try value(CKA_PUBLIC_EXPONENT, of: object)
            {
                return TokenPublicKey.rsa(modulus: modulus, exponent: exponent)
            }
        case CKK_EC:
            if let parameters = try value(CKA_EC_PARAMS, of: object),
                let point = try value(CKA_EC_POINT, of: object)
            {
                return TokenPublicKey.elliptic(parameters: parameters, point: point)
            }
        case CKK_EC_EDWARDS:
            if let point = try value(CKA_EC_POINT, of: object) {
                let parameters = try value(CKA_EC_PARAMS, of: object)
                return TokenPublicKey.edwards(parameters: parameters, point: point)
            }
        default: return nil
        }
        guard let info = try value(CKA_PUBLIC_KEY_INFO, of: object), !info.isEmpty else {
            return nil
        }
        return TokenPublicKey.key(info: info)
    }
}

private func kindName(_ key: PublicKey) -> String {
    switch key.scheme {
    case "ecdsa-sha2-nistp256": "ecdsa P-256"
    case "ecdsa-sha2-nistp384": "ecdsa P-384"
    case "ecdsa-sha2-nistp521": "ecdsa P-521"
    default: key.type.string
    }
}
