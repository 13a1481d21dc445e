// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Checks a signature of gpg as securesystemslib's `_gpg.functions.verify_signature` does, without
/// calling gpg.
///
/// The signed digest is SHA-256 over the content, the signature's hashed headers, `04 FF` and their
/// length in four bytes (RFC 4880 §5.2.4).
struct OpenPGPCheck {
    let signature: PythonValue
    let key: PythonValue
    let now: Instant

    /// Whether the key, or the subkey that the signature names, made it.
    ///
    /// - Throws: `KeyExpirationError` after the key's end; `KeyError`, `TypeError`, `ValueError`,
    ///   `AttributeError`, `Error` for a key or signature of another shape.
    func verifies(_ content: [UInt8]) throws(ToolError) -> Bool {
        let type = try member("type", of: key)
        guard let type = type.text, ["rsa", "dsa", "eddsa"].contains(type) else {
            throw ToolError(.keyError, type.repr)
        }
        let signer = try signer()
        try expectCurrent(signer)
        guard let keyval = signer["keyval"] else { throw ToolError(.keyError, "'keyval'") }
        let values = try member("public", of: keyval)
        let headers = try binary(member("other_headers", of: signature))
        let message = content + headers + [0x04, 0xFF] + bigEndian(headers.count)
        switch type {
        case "rsa": return try verifiesRSA(values, message)
        case "dsa": return try verifiesDSA(values, message)
        default: return try verifiesEdDSA(values, message)
        }
    }

    private func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { Array($0) }
    }

    /// The subkey that the signature names, or the key itself.
    private func signer() throws(ToolError) -> PythonValue {
        guard let subkeys = key["subkeys"] else { return key }
        guard subkeys.isObject else {
            throw ToolError(.attributeError, "object has no attribute 'keys'")
        }
        guard let id = signature["keyid"]?.text, let subkey = subkeys[id] else { return key }
        return subkey
    }

    private func expectCurrent(_ signer: PythonValue) throws(ToolError) {
        guard let created = signer["creation_time"], created.isTruthy,
            let period = signer["validity_period"], period.isTruthy
        else { return }
        guard let created = created.integer, let period = period.integer else {
            throw ToolError(.typeError, "unsupported operand types for the key's end")
        }
        let (end, isLate) = created.addingReportingOverflow(period)
        guard isLate || end >= now.seconds else {
            throw ToolError(
                .keyExpirationError,
                "GPG key '\(signer["keyid"]?.str ?? "")' created on "
                    + "'\(Instant(seconds: created))' expired on '\(Instant(seconds: end))'.")
        }
    }

    private func verifiesRSA(
        _ values: PythonValue, _ message: [UInt8]
    ) throws(ToolError) -> Bool {
        let exponent = try number("e", of: values)
        let modulus = try number("n", of: values)
        guard isLess([2], exponent), isLess(exponent, modulus), (exponent.last ?? 0) & 1 == 1 else {
            throw ToolError(.valueError, "e must be odd, >= 3 and < n.")
        }
        var digits = try printed(member("signature", of: signature))
        let width = values["n"]?.text?.count ?? 0
        // gpg leaves leading zeros away.
        let missing = max(0, width - digits.count)
        digits = UTF8Text(String(repeating: "0", count: missing) + digits.string)
        let value = try binary(.string(digits))
        let pem = PublicPEM.pem(DERWriter.rsaInfo(modulus: modulus, exponent: exponent))
        let key = KeyObject.publicKey(
            type: "rsa", scheme: "rsa-pkcs1v15-sha256", publicValue: UTF8Text(pem))
        return message.withUnsafeBytes { key?.verifies(value, over: $0) ?? false }
    }

    private func verifiesEdDSA(
        _ values: PythonValue, _ message: [UInt8]
    ) throws(ToolError) -> Bool {
        let point = try binary(member("q", of: values))
        guard point.count == 32 else {
            throw ToolError(.valueError, "An Ed25519 public key is 32 bytes long")
        }
        let value = try binary(member("signature", of: signature))
        let key = KeyObject.publicKey(
            type: "ed25519", scheme: "ed25519", publicValue: UTF8Text(hex(point)))
        let digest = DigestAlgorithm.sha256.digest(of: message)
        return digest.withUnsafeBytes { key?.verifies(value, over: $0) ?? false }
    }

    private func verifiesDSA(
        _ values: PythonValue, _ message: [UInt8]
    ) throws(ToolError) -> Bool {
        let (y, g) = (try number("y", of: values), try number("g", of: values))
        let (p, q) = (try number("p", of: values), try number("q", of: values))
        guard [1024, 2048, 3072, 4096].contains(bits(p)), [160, 224, 256].contains(bits(q)),
            isLess([1], g), isLess(g, p)
        else { throw ToolError(.valueError, "p, q and g are no parameters of DSA") }
        let info = DERWriter.dsaInfo(p: p, q: q, g: g, y: y)
        let value = try binary(member("signature", of: signature))
        return DSAKey(info)?.verifies(value, over: message) ?? false
    }

    private func bits(_ number: [UInt8]) -> Int {
        number.count * 8 - (number.first?.leadingZeroBitCount ?? 0)
    }

    /// Compares numbers without leading zeros.
    private func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }

    // MARK: members

    private func member(_ name: UTF8Text, of value: PythonValue) throws(ToolError) -> PythonValue {
        guard value.isObject else { throw ToolError(.typeError, "object is not subscriptable") }
        guard let member = value[name] else { throw ToolError(.keyError, "'\(name)'") }
        return member
    }

    private func text(_ value: PythonValue) throws(ToolError) -> UTF8Text {
        guard let text = value.text else {
            throw ToolError(.typeError, "expected str, got '\(value.repr)'")
        }
        return text
    }

    /// What `"{}".format(value)` makes of what has a length.
    private func printed(_ value: PythonValue) throws(ToolError) -> UTF8Text {
        value.isArray || value.isObject ? UTF8Text(value.repr) : try text(value)
    }

    private func binary(_ value: PythonValue) throws(ToolError) -> [UInt8] {
        guard let bytes = PythonBytes.unhexlify(try text(value)) else {
            throw ToolError(.binasciiError, "Non-hexadecimal digit found")
        }
        return bytes
    }

    private func number(_ name: UTF8Text, of value: PythonValue) throws(ToolError) -> [UInt8] {
        guard let number = PythonBytes.integer(try text(member(name, of: value))) else {
            throw ToolError(.valueError, "invalid literal for int() with base 16")
        }
        return number
    }
}
