// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

extension ToolDocument {
    /// Checks the signature of one key as python's `verify_signature` does.
    ///
    /// Of a Metablock only the first signature with the key's id, or that of one of its subkeys, is
    /// looked at; of an envelope the one with the id.
    ///
    /// - Returns: whether the signature covers what the file says of certificates, see
    ///   ``CertificatePolicy``.
    /// - Throws: `SignatureVerificationError`, `KeyExpirationError`; `ValueError`, `KeyError` and
    ///   others, which end a verification, for a key and a signature of different kinds.
    @discardableResult
    func verify(by key: PythonValue) throws(ToolError) -> Bool {
        switch container {
        case .metablock(let signatures, let payload):
            if case .layout(let layout) = payload, let bytes = try layout.certifiedBytes(),
                (try? verify(by: key, signatures, bytes)) != nil
            {
                return true
            }
            try verify(by: key, signatures, try payload.signableBytes())
            return false
        case .envelope(let envelope):
            try verify(by: key, envelope)
            return true
        }
    }

    /// Whether any signature names this key.
    func hasSignature(under id: PythonValue?) -> Bool {
        guard let id else { return false }
        return switch container {
        case .metablock(let signatures, _):
            signatures.contains { $0["keyid"]?.isSameText(id) ?? false }
        case .envelope(let envelope): envelope.signatures.contains { $0.keyID.isSameText(id) }
        }
    }

    private func verify(by key: PythonValue, _ envelope: ToolEnvelope) throws(ToolError) {
        guard let id = key["keyid"] else { throw ToolError(.keyError, "'keyid'") }
        let form = try KeyObject.form(key, id: id)
        for entry in envelope.signatures where entry.keyID.isSameText(id) {
            let isValid: Bool
            switch form {
            case .key(let type, let scheme, let value):
                isValid = SignatureCheck(type: type, scheme: scheme, publicValue: value)
                    .verifies(entry.signature, over: envelope.message)
            case .openPGP:
                isValid = try SignatureCheck.verifiesOpenPGP(
                    entry.source, digits: UTF8Text(hex(entry.signature)), key,
                    envelope.message, now)
            }
            if isValid { return }
        }
        throw ToolError(.signatureVerificationError, "")
    }

    private func verify(
        by key: PythonValue, _ signatures: [PythonValue], _ message: [UInt8]
    ) throws(ToolError) {
        try KeyObject.check(key)
        let id = key["keyid"] ?? .null
        guard let signature = try signature(of: key, id, in: signatures) else {
            throw ToolError(
                .signatureVerificationError, "No signature found for key '\(id.str)'")
        }
        let isValid: Bool
        if signature["signature"] != nil, signature["other_headers"] != nil {
            isValid = try OpenPGPCheck(signature: signature, key: key, now: now)
                .verifies(message)
        } else {
            isValid = try verifies(signature, key, id, message)
        }
        guard isValid else {
            throw ToolError(
                .signatureVerificationError, "Invalid signature for keyid '\(id.str)'")
        }
    }

    /// The first signature with the id of the key or of one of its subkeys.
    private func signature(
        of key: PythonValue, _ id: PythonValue, in signatures: [PythonValue]
    ) throws(ToolError) -> PythonValue? {
        for signature in signatures {
            guard let found = signature["keyid"] else { continue }
            if found.isSameText(id) { return signature }
            guard let subkeys = key["subkeys"] else { continue }
            guard subkeys.isObject else {
                throw ToolError(.attributeError, "object has no attribute 'keys'")
            }
            if let found = found.text, subkeys[found] != nil { return signature }
        }
        return nil
    }

    private func verifies(
        _ signature: PythonValue, _ key: PythonValue, _ id: PythonValue, _ message: [UInt8]
    ) throws(ToolError) -> Bool {
        let form = try KeyObject.form(key, id: id)
        guard let value = signature["sig"] else { return false }
        switch form {
        case .key(let type, let scheme, let publicValue):
            // A signature under the id of a subkey is not this key's.
            guard signature["keyid"]?.isSameText(id) == true, let digits = value.text,
                let bytes = PythonBytes.fromHex(digits)
            else { return false }
            return SignatureCheck(type: type, scheme: scheme, publicValue: publicValue)
                .verifies(bytes, over: message)
        case .openPGP:
            do throws(ToolError) {
                return try SignatureCheck.verifiesOpenPGP(
                    signature, digits: value.text ?? "", key, message, now)
            } catch {
                if error.kind == .keyError { return false }
                throw error
            }
        }
    }
}

/// One signature and one key.
struct SignatureCheck {
    let type: UTF8Text
    let scheme: UTF8Text
    let publicValue: UTF8Text

    /// Whether it verifies; what cannot be checked does not.
    func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        let key = KeyObject.publicKey(type: type, scheme: scheme, publicValue: publicValue)
        return message.withUnsafeBytes { key?.verifies(signature, over: $0) ?? false }
    }

    /// A signature of gpg in securesystemslib's own form.
    static func verifiesOpenPGP(
        _ signature: PythonValue, digits: UTF8Text, _ key: PythonValue, _ message: [UInt8],
        _ now: Instant
    ) throws(ToolError) -> Bool {
        let members: [PythonValue.Member] = [
            .init(key: .string("type"), value: key["keytype"] ?? .null),
            .init(key: .string("keyid"), value: key["keyid"] ?? .null),
            .init(key: .string("keyval"), value: key["keyval"] ?? .null),
        ]
        var parts: [PythonValue.Member] = [
            .init(key: .string("signature"), value: .string(digits)),
            .init(key: .string("keyid"), value: signature["keyid"] ?? .null),
        ]
        if let headers = signature["other_headers"] {
            parts.append(.init(key: .string("other_headers"), value: headers))
        }
        return try OpenPGPCheck(signature: .object(parts), key: .object(members), now: now)
            .verifies(message)
    }
}
