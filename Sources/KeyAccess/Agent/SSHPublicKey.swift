// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import OpenPGP

/// Public keys and signatures between ssh's form and that of TUF: ed25519 (RFC 8709) and ECDSA
/// (RFC 5656).
enum SSHPublicKey {
    private struct Curve {
        let name: String
        /// Of a coordinate and of the order, in bytes.
        let size: Int
        /// DER object identifier.
        let identifier: [UInt8]

        var algorithm: String { "ecdsa-sha2-\(name)" }
    }

    private static let curves = [
        Curve(
            name: "nistp256", size: 32,
            identifier: [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]),
        Curve(
            name: "nistp384", size: 48, identifier: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]),
        Curve(
            name: "nistp521", size: 66, identifier: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]),
    ]

    private static let ed25519 = "ssh-ed25519"

    private static func curve(_ algorithm: String) -> Curve? {
        curves.first { UTF8Text($0.algorithm) == UTF8Text(algorithm) }
    }

    /// The key of a blob (RFC 4253 §6.6).
    ///
    /// - Throws: ``AgentFault``: `.unsupported` for other types, `.malformed`, `.unsound`.
    static func read(_ blob: [UInt8]) throws(AgentFault) -> PublicKey {
        var reader = SSHReader(blob)
        let type = try reader.text("key type")
        let info: [UInt8]
        if UTF8Text(type) == UTF8Text(ed25519) {
            let point = try reader.string("public key")
            guard point.count == 32 else { throw .malformed("public key of another length") }
            info = DER.ed25519PublicKey(point)
        } else if let curve = curve(type) {
            let name = try reader.text("curve")
            guard UTF8Text(name) == UTF8Text(curve.name) else {
                throw .malformed("curve \(quoted(name)) in a key of type \(type)")
            }
            let point = try reader.string("public key")
            guard point.count == 1 + 2 * curve.size, point.first == 4 else {
                throw .malformed("public key is no uncompressed point of \(curve.name)")
            }
            info = DER.ellipticPublicKey(curve: curve.identifier, point: point)
        } else {
            throw .unsupported(type: type)
        }
        try reader.expectEnd(of: "the public key")
        do throws(SigningError) { return try PublicKey(pem: DER.publicPEM(info)) } catch {
            throw .unsound(SSHFingerprint(ofKey: blob))
        }
    }

    /// The blob of a key; `nil` if ssh has no form for its scheme or the key cannot be used.
    static func blob(of key: PublicKey) -> [UInt8]? {
        guard key.material != nil else { return nil }
        if key.scheme == "ed25519" {
            guard let point = bytes(fromHex: key.publicValue.string, lowerCaseOnly: false) else {
                return nil
            }
            return sshString(ed25519) + sshString(point)
        }
        guard let curve = curve(key.scheme.string), let pem = key.pem else { return nil }
        let lines = pem.utf8.split(separator: UInt8(ascii: "\n")).dropFirst().dropLast()
        let info = bytes(fromBase64: String(decoding: lines.joined(), as: UTF8.self)) ?? []
        let point = Array(info.suffix(1 + 2 * curve.size))
        guard point.first == 4 else { return nil }
        return sshString(curve.algorithm) + sshString(curve.name) + sshString(point)
    }

    /// A signature as TUF writes it: 64 bytes for ed25519, DER for ECDSA.
    ///
    /// - Parameter blob: an algorithm's name and the signature (RFC 4253 §6.6).
    static func signature(
        _ blob: [UInt8], of key: PublicKey
    ) throws(AgentFault) -> [UInt8] {
        var reader = SSHReader(blob)
        let algorithm = try reader.text("signature algorithm")
        let value = try reader.string("signature")
        try reader.expectEnd(of: "the signature")
        let expected = key.scheme == "ed25519" ? ed25519 : key.scheme.string
        guard UTF8Text(algorithm) == UTF8Text(expected) else {
            throw .malformed("signature of type \(quoted(algorithm)), expected \(expected)")
        }
        guard let curve = curve(algorithm) else {
            guard value.count == 64 else { throw .malformed("signature of another length") }
            return value
        }
        var numbers = SSHReader(value)
        let r = try numbers.positiveInteger("r", maximumBytes: curve.size)
        let s = try numbers.positiveInteger("s", maximumBytes: curve.size)
        try numbers.expectEnd(of: "s")
        return DER.signature(r: r, s: s)
    }
}
