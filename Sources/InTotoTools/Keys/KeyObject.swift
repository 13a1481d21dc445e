// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Key objects as in-toto 3.1.0 and securesystemslib 1.6.0 take them: those of gpg, and those of
/// the types and schemes of securesystemslib's table.
enum KeyObject {
    /// A key that is not gpg's in in-toto's own form.
    enum Form {
        case key(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text)
        /// securesystemslib's own form for a key of gpg, in which in-toto writes none.
        case openPGP
    }

    /// What `_check_public_key` takes.
    ///
    /// - Throws: `FormatError`, `ValueError` for an unknown type or scheme, `TypeError`,
    ///   `AttributeError`.
    static func check(_ key: PythonValue) throws(ToolError) {
        guard key.isObject else {
            throw ToolError(.formatError, "expected dict, got '\(key.repr)'")
        }
        guard let id = key["keyid"] else { throw fault(key) }
        if try isOpenPGP(key) { return }
        do throws(ToolError) {
            _ = try form(key, id: id)
        } catch {
            throw error.kind == .keyError ? fault(key) : error
        }
    }

    private static func fault(_ key: PythonValue) -> ToolError {
        ToolError(.formatError, "expected public key dict, got '\(key.repr)'")
    }

    /// Whether `GPGKey.from_dict` takes it.
    private static func isOpenPGP(_ key: PythonValue) throws(ToolError) -> Bool {
        if let subkeys = key["subkeys"], subkeys.isTruthy {
            guard let members = subkeys.members else {
                throw ToolError(.attributeError, "object has no attribute 'items'")
            }
            for member in members {
                guard member.value.isObject else {
                    throw ToolError(.attributeError, "object has no attribute 'get'")
                }
                guard try isOpenPGP(member.value) else { return false }
            }
        }
        return ["type", "method", "hashes", "keyval"].allSatisfy { key[$0] != nil }
    }

    /// What `Key.from_dict` makes of it.
    ///
    /// - Throws: `ValueError`, `KeyError`, `TypeError`.
    static func form(_ key: PythonValue, id: PythonValue) throws(ToolError) -> Form {
        let type = key["keytype"] ?? .null
        let scheme = key["scheme"] ?? .null
        for value in [type, scheme] where value.isObject || value.isArray {
            throw ToolError(.typeError, "unhashable type: '\(value.repr)'")
        }
        let name = "\(type.str)/\(scheme.str)"
        let isOurs = table.contains(name)
        guard let type = type.text, let scheme = scheme.text,
            isOurs || openPGPTable.contains(name)
        else { throw ToolError(.valueError, "Unsupported public key \(name)") }
        guard let keyval = key["keyval"] else { throw ToolError(.keyError, "'keyval'") }
        if isOurs { try expectPublicText(keyval, scheme) }
        guard id.isString, keyval.isObject else {
            throw ToolError(.typeError, "Unexpected Key attributes types!")
        }
        guard isOurs, let value = keyval["public"] else { return .openPGP }
        return .key(type: type, scheme: scheme, publicValue: value.text ?? "")
    }

    /// `"public" in keyval` finds parts of texts and elements of lists, too.
    private static func expectPublicText(
        _ keyval: PythonValue, _ scheme: UTF8Text
    ) throws(ToolError) {
        let fault = ToolError(
            .valueError, "public key string required for scheme \(scheme)")
        switch keyval.shape {
        case .object: guard keyval["public"]?.isString == true else { throw fault }
        case .string(let text): guard text.string.contains("public") else { throw fault }
        case .array(let elements):
            guard elements.contains(where: { $0.text == "public" }) else { throw fault }
        case .brokenString: throw fault
        default: throw ToolError(.typeError, "'\(keyval.repr)' is not iterable")
        }
    }

    private static let table: Set<String> = [
        "ecdsa/ecdsa-sha2-nistp256", "ecdsa/ecdsa-sha2-nistp384", "ecdsa/ecdsa-sha2-nistp521",
        "ecdsa-sha2-nistp256/ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384/ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521/ecdsa-sha2-nistp521", "ed25519/ed25519", "ml-dsa/ml-dsa-44/1",
        "ml-dsa/ml-dsa-65/1", "ml-dsa/ml-dsa-87/1", "rsa/rsassa-pss-sha256",
        "rsa/rsassa-pss-sha384", "rsa/rsassa-pss-sha512", "rsa/rsa-pkcs1v15-sha256",
        "rsa/rsa-pkcs1v15-sha384", "rsa/rsa-pkcs1v15-sha512",
    ]

    private static let openPGPTable: Set<String> = [
        "rsa/pgp+rsa-pkcsv1.5", "dsa/pgp+dsa-fips-180-2", "eddsa/pgp+eddsa-ed25519",
    ]

    /// The key that OpenSSL takes; `nil` if there is none, so that nothing verifies by it.
    static func publicKey(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text) -> PublicKey? {
        let value: UTF8Text
        if type == "ed25519" {
            guard let raw = PythonBytes.fromHex(publicValue) else { return nil }
            value = UTF8Text(hex(raw))
        } else {
            guard let pem = PublicPEM.text(in: Array(publicValue.utf8)) else { return nil }
            value = UTF8Text(pem)
        }
        let tree: JSON = [
            "keytype": .string(type), "scheme": .string(scheme),
            "keyval": ["public": .string(value)],
        ]
        guard let document = try? JSONDocument(tree.compactBytes()) else { return nil }
        return try? PublicKey(document.root)
    }
}
