// SPDX-License-Identifier: Apache-2.0
import MetadataSigning

/// A key as gpg exports it: the primary key, its names, its subkeys, and the signatures with
/// which it vouches for them (RFC 4880 §12.1).
struct OpenPGPBundle {
    private struct Part {
        let tag: UInt8
        let body: [UInt8]
        var signatures: [[UInt8]] = []
    }

    /// The primary key, with when it expires and the subkeys it is bound to.
    private(set) var key: OpenPGPKey

    /// Reads an export of one key. Names and subkeys count by the key's own signatures, which
    /// are checked; what cannot sign, such as a subkey for encryption of another type, is left
    /// out, and so is a revoked subkey.
    ///
    /// - Throws: ``OpenPGPFault``, also for a revoked key.
    init(_ bytes: [UInt8]) throws(OpenPGPFault) {
        let parts = try OpenPGPBundle.parts(bytes)
        guard let primary = parts.first else { throw .malformed("no key") }
        key = try OpenPGPKey(primary.body)
        for body in primary.signatures {
            let ofRevocation = try own(body, over: key.hashedForm) {
                $0 == OpenPGPSignature.Kind.keyRevocation
            }
            if ofRevocation != nil { throw .revoked(fingerprint: key.fingerprint) }
        }
        key.validityPeriod = try validityPeriod(parts)
        for part in parts where part.tag == OpenPGPPacket.publicSubkey {
            if let subkey = try subkey(part) { key.subkeys.append(subkey) }
        }
    }

    private static func parts(_ bytes: [UInt8]) throws(OpenPGPFault) -> [Part] {
        var parts: [Part] = []
        for packet in try OpenPGPPacket.all(of: bytes) {
            switch packet.tag {
            case OpenPGPPacket.publicKey:
                guard parts.isEmpty else { throw .malformed("two keys, expected one") }
                parts.append(Part(tag: packet.tag, body: packet.body))
            case OpenPGPPacket.userID, OpenPGPPacket.publicSubkey, OpenPGPPacket.userAttribute:
                guard !parts.isEmpty else { throw .malformed("no key at the beginning") }
                parts.append(Part(tag: packet.tag, body: packet.body))
            case OpenPGPPacket.signature:
                guard !parts.isEmpty else { throw .malformed("no key at the beginning") }
                parts[parts.count - 1].signatures.append(packet.body)
            default: continue
            }
        }
        return parts
    }

    /// A signature of the wanted kind if the primary key made it; `nil` for those of others.
    ///
    /// - Throws: ``OpenPGPFault``: `.selfSignature` for one that is wrong, `.weakHash`.
    private func own(
        _ body: [UInt8], over data: [UInt8], _ isWanted: (UInt8) -> Bool
    ) throws(OpenPGPFault) -> OpenPGPSignature? {
        // The kind stands second. Others may sign with what is not read here.
        guard body.count > 1, isWanted(body[1]) else { return nil }
        guard let signature = try? OpenPGPSignature(body),
            signature.isIssued(by: key.fingerprint)
        else { return nil }
        guard try key.verifies(signature, over: data) else {
            throw .selfSignature(fingerprint: key.fingerprint)
        }
        return signature
    }

    /// What the key says about its own end: in the signature over the name that is marked as the
    /// primary one, else in the latest that says something, as python-securesystemslib chooses.
    private func validityPeriod(_ parts: [Part]) throws(OpenPGPFault) -> Int? {
        var certifications: [OpenPGPSignature] = []
        for part in parts {
            var data = key.hashedForm
            switch part.tag {
            case OpenPGPPacket.publicKey: break
            case OpenPGPPacket.userID: data += OpenPGPBundle.hashed(0xB4, part.body)
            case OpenPGPPacket.userAttribute: data += OpenPGPBundle.hashed(0xD1, part.body)
            default: continue
            }
            for body in part.signatures {
                let found = try own(body, over: data) {
                    part.tag == OpenPGPPacket.publicKey
                        ? $0 == OpenPGPSignature.Kind.directKey
                        : OpenPGPSignature.Kind.certifications.contains($0)
                }
                if let found { certifications.append(found) }
            }
        }
        guard !certifications.isEmpty else { throw .selfSignature(fingerprint: key.fingerprint) }
        let chosen = certifications.filter { $0.validityPeriod != nil }.max { left, right in
            (left.isPrimaryUserID ? 1 : 0, left.creationTime)
                < (right.isPrimaryUserID ? 1 : 0, right.creationTime)
        }
        return chosen?.validityPeriod
    }

    private static func hashed(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
        [tag] + withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
    }

    private func subkey(_ part: Part) throws(OpenPGPFault) -> OpenPGPKey? {
        var subkey: OpenPGPKey
        do throws(OpenPGPFault) { subkey = try OpenPGPKey(part.body) } catch {
            switch error {
            case .algorithm, .curve, .shortKey: return nil
            default: throw error
            }
        }
        let data = key.hashedForm + subkey.hashedForm
        var binding: OpenPGPSignature?
        for body in part.signatures {
            let found = try own(body, over: data) {
                $0 == OpenPGPSignature.Kind.subkeyBinding
                    || $0 == OpenPGPSignature.Kind.subkeyRevocation
            }
            guard let found else { continue }
            if found.kind == OpenPGPSignature.Kind.subkeyRevocation { return nil }
            if binding.map({ $0.creationTime <= found.creationTime }) ?? true { binding = found }
        }
        guard let binding else { return nil }
        subkey.validityPeriod = binding.validityPeriod
        return subkey
    }
}

extension OpenPGPKey {
    /// A key as `gpg --export` writes it, with its subkeys, by its own signatures.
    ///
    /// - Throws: ``OpenPGPFault``, also for a revoked key.
    package init(export bytes: [UInt8]) throws(OpenPGPFault) {
        self = try OpenPGPBundle(bytes).key
    }

    /// The one signature that `gpg --detach-sign` wrote, if this key or a subkey made it over
    /// these bytes.
    ///
    /// - Throws: ``OpenPGPFault``: `.wrongKey`, `.wrongSignature`, `.malformed`.
    package func signature(
        _ bytes: [UInt8], over message: [UInt8]
    ) throws(OpenPGPFault) -> OpenPGPSignature {
        let packets = try OpenPGPPacket.all(of: bytes)
        guard packets.count == 1, let packet = packets.first,
            packet.tag == OpenPGPPacket.signature
        else { throw .malformed("\(packets.count) packets, expected one signature") }
        let signature = try OpenPGPSignature(packet.body)
        guard signature.kind == OpenPGPSignature.Kind.binary else {
            throw .malformed("signature of type \(signature.kind), expected one over bytes (0)")
        }
        guard let issuer = signature.issuer else {
            throw .malformed("signature without the fingerprint of its key")
        }
        let keys = [self] + subkeys
        guard let key = keys.first(where: { $0.fingerprint.utf8.elementsEqual(issuer.utf8) })
        else { throw .wrongKey(expected: fingerprint, found: issuer) }
        // The others verify with SHA-256 whatever the signature says.
        guard signature.hash == 8 else {
            throw .malformed("hash algorithm \(signature.hash), expected SHA-256 (8)")
        }
        guard try key.verifies(signature, over: message) else {
            throw .wrongSignature(fingerprint: issuer)
        }
        return signature
    }
}
