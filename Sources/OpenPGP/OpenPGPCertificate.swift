// SPDX-License-Identifier: Apache-2.0

/// A key as gpg exports it: the primary key, its names, its subkeys, and the signatures with
/// which it vouches for them (RFC 4880 §12.1).
///
/// Everything counts by the key's own signatures, all of which are checked; those of others are
/// passed over.
package struct OpenPGPCertificate: Sendable {
    /// More signatures by itself than any key has.
    static let maximumOwnSignatures = 1024
    package static let maximumSubkeys = 256

    /// The primary key with the subkeys that may sign. Revoked and expired ones are among them, so
    /// that it can be said of a signature why it does not count; a subkey that is not bound in
    /// both directions is not.
    package let key: OpenPGPKey
    /// The packets that ``key`` rests on, as received: without what others say of it, and without
    /// what its holder has replaced.
    package let minimal: [UInt8]

    /// ``minimal`` in ASCII armor.
    package var armored: [UInt8] { Armor.text(of: minimal) }

    /// Whether bytes look like an OpenPGP key at all, so that nothing else should read them.
    package static func isBegun(_ bytes: [UInt8]) -> Bool {
        Armor.isBegun(bytes) || bytes.first.map { $0 & 0x80 != 0 } ?? false
    }

    /// Reads an export of one key, in armor or not.
    ///
    /// - Throws: ``OpenPGPFault``; not for a key that is revoked or expired, see
    ///   ``OpenPGPKey/check(_:at:)``.
    package init(_ bytes: [UInt8]) throws(OpenPGPFault) {
        var reading = try CertificateReading(try Armor.packets(in: bytes))
        key = try reading.key()
        minimal = reading.minimal
    }
}

/// The walk over a certificate's packets.
struct CertificateReading {
    /// A packet that signatures follow.
    struct Part {
        let packet: Packet
        var signatures: [Packet] = []
    }

    /// One of the key's own signatures, with its packet.
    struct Own {
        let packet: Packet
        let signature: OpenPGPSignature
    }

    private let primaryPart: Part
    private let parts: [Part]
    private let primary: KeyPacket
    private var ownSignatures = 0
    /// The hash algorithm of a signature that would have counted with a better one.
    private var weakHash: UInt8?
    private(set) var minimal: [UInt8] = []

    init(_ bytes: [UInt8]) throws(OpenPGPFault) {
        var parts: [Part] = []
        for packet in try Packet.all(of: bytes) {
            switch packet.tag {
            case Packet.publicKey:
                guard parts.isEmpty else { throw .malformed("two keys, expected one") }
                parts.append(Part(packet: packet))
            case Packet.userID, Packet.publicSubkey, Packet.userAttribute:
                guard !parts.isEmpty else { throw .malformed("no key at the beginning") }
                parts.append(Part(packet: packet))
            case Packet.signature:
                guard !parts.isEmpty else { throw .malformed("no key at the beginning") }
                parts[parts.count - 1].signatures.append(packet)
            default: continue
            }
        }
        guard let first = parts.first else { throw .malformed("no key") }
        let subkeys = parts.count { $0.packet.tag == Packet.publicSubkey }
        guard subkeys <= OpenPGPCertificate.maximumSubkeys else {
            throw .tooMany("subkeys", maximum: OpenPGPCertificate.maximumSubkeys)
        }
        primaryPart = first
        self.parts = Array(parts.dropFirst())
        primary = try KeyPacket(first.packet.body)
        try primary.numbers.check()
    }

    /// Whether the signature is worth more than a look at its kind: whether the primary key says
    /// that it made it, and did.
    ///
    /// - Throws: ``OpenPGPFault``: `.selfSignature` for one that is wrong, `.tooMany`, `.weakHash`
    ///   for a revocation that cannot be checked.
    private mutating func own(
        _ packet: Packet, over data: [UInt8], _ kinds: [UInt8]
    ) throws(OpenPGPFault) -> Own? {
        // The kind stands second. Others may sign with what is not read here.
        let place = packet.headerLength + 1
        guard packet.bytes.count > place, kinds.contains(packet.bytes[place]),
            let signature = try? OpenPGPSignature(packet.body),
            signature.isIssued(by: primary.fingerprint)
        else { return nil }
        let isRevocation = signature.kind >= OpenPGPSignature.Kind.keyRevocation
        guard let hash = HashAlgorithm(rawValue: signature.hash), hash.isStrong || isRevocation
        else {
            weakHash = signature.hash
            if isRevocation {
                throw .weakHash(number: signature.hash, fingerprint: primary.fingerprint)
            }
            return nil
        }
        ownSignatures += 1
        guard ownSignatures <= OpenPGPCertificate.maximumOwnSignatures else {
            throw .tooMany(
                "signatures of a key over itself",
                maximum: OpenPGPCertificate.maximumOwnSignatures)
        }
        guard primary.verifies(signature, hash, over: data) else {
            throw .selfSignature(fingerprint: primary.fingerprint)
        }
        return Own(packet: packet, signature: signature)
    }

    private mutating func allOwn(
        _ part: Part, over data: [UInt8], _ kinds: [UInt8]
    ) throws(OpenPGPFault) -> [Own] {
        var found: [Own] = []
        for packet in part.signatures {
            if let own = try own(packet, over: data, kinds) { found.append(own) }
        }
        return found
    }

    private mutating func keep(_ packet: Packet, _ signatures: [Own]) {
        minimal += packet.bytes
        for own in signatures { minimal += own.packet.bytes }
    }

    mutating func key() throws(OpenPGPFault) -> OpenPGPKey {
        let found = try allOwn(
            primaryPart, over: primary.hashedForm,
            [OpenPGPSignature.Kind.directKey, OpenPGPSignature.Kind.keyRevocation])
        let revocation = earliest(found, OpenPGPSignature.Kind.keyRevocation)
        let direct = newest(found, [OpenPGPSignature.Kind.directKey])
        keep(primaryPart.packet, [revocation, direct].compactMap { $0 })
        var statements = [direct].compactMap { $0 }
        for part in parts where part.packet.tag == Packet.userID {
            if let name = try certification(of: part) { statements.append(name) }
        }
        guard !statements.isEmpty else {
            if let weakHash {
                throw .weakHash(number: weakHash, fingerprint: primary.fingerprint)
            }
            throw .selfSignature(fingerprint: primary.fingerprint)
        }
        // That over the name which is marked as the primary one comes first, then the latest, as
        // python-securesystemslib chooses.
        let ordered = statements.map(\.signature).sorted { left, right in
            (left.signed.isPrimaryUserID ? 1 : 0, left.creationTime)
                > (right.signed.isPrimaryUserID ? 1 : 0, right.creationTime)
        }
        let period = ordered.compactMap { validity($0, of: primary) }.first
        let flags = ordered.lazy.compactMap(\.signed.keyFlags).first
        var subkeys: [OpenPGPKey] = []
        var fingerprints: Set<String> = [primary.fingerprint]
        for part in parts where part.packet.tag == Packet.publicSubkey {
            guard let subkey = try subkey(part) else { continue }
            guard fingerprints.insert(subkey.fingerprint).inserted else {
                throw .malformed("subkey \(subkey.fingerprint) stands twice")
            }
            subkeys.append(subkey)
        }
        return OpenPGPKey(
            fingerprint: primary.fingerprint, creationTime: primary.creationTime,
            validityPeriod: period, numbers: primary.numbers,
            revokedSince: revocation?.signature.creationTime,
            maySign: flags.map { $0 & Flags.sign != 0 } ?? true, subkeys: subkeys)
    }

    /// The latest that the key says over one of its names, unless it took that name back.
    private mutating func certification(of part: Part) throws(OpenPGPFault) -> Own? {
        let body = part.packet.body
        let count = withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) }
        let found = try allOwn(
            part, over: primary.hashedForm + [0xB4] + count + body,
            Array(OpenPGPSignature.Kind.certifications)
                + [OpenPGPSignature.Kind.certificationRevocation])
        guard let last = newest(found, Array(OpenPGPSignature.Kind.certifications)) else {
            return nil
        }
        let revocation = newest(found, [OpenPGPSignature.Kind.certificationRevocation])
        keep(part.packet, [revocation, last].compactMap { $0 })
        if let revocation, revocation.signature.creationTime >= last.signature.creationTime {
            return nil
        }
        return last
    }

    /// A subkey that may sign for the primary key; `nil` for others.
    private mutating func subkey(_ part: Part) throws(OpenPGPFault) -> OpenPGPKey? {
        let packet: KeyPacket
        do throws(OpenPGPFault) {
            packet = try KeyPacket(part.packet.body)
            try packet.numbers.check()
        } catch {
            switch error {
            case .malformed, .tooMany: throw error
            default: return nil
            }
        }
        let data = primary.hashedForm + packet.hashedForm
        let found = try allOwn(
            part, over: data,
            [OpenPGPSignature.Kind.subkeyBinding, OpenPGPSignature.Kind.subkeyRevocation])
        let revocation = earliest(found, OpenPGPSignature.Kind.subkeyRevocation)
        guard let binding = newest(found, [OpenPGPSignature.Kind.subkeyBinding]),
            binding.signature.signed.keyFlags.map({ $0 & Flags.sign != 0 }) ?? true,
            isBoundBack(binding.signature, packet, data)
        else { return nil }
        keep(part.packet, [revocation, binding].compactMap { $0 })
        return OpenPGPKey(
            fingerprint: packet.fingerprint, creationTime: packet.creationTime,
            validityPeriod: validity(binding.signature, of: packet), numbers: packet.numbers,
            revokedSince: revocation?.signature.creationTime)
    }

    /// Whether the subkey says so too, without which anybody could take over another's subkey
    /// (RFC 4880 §5.2.1, type 0x19).
    private func isBoundBack(
        _ binding: OpenPGPSignature, _ subkey: KeyPacket, _ data: [UInt8]
    ) -> Bool {
        binding.embedded.contains { body in
            guard let back = try? OpenPGPSignature(body),
                back.kind == OpenPGPSignature.Kind.primaryKeyBinding,
                let hash = HashAlgorithm(rawValue: back.hash), hash.isStrong
            else { return false }
            return subkey.verifies(back, hash, over: data)
        }
    }

    private enum Flags {
        static let sign: UInt8 = 0x02
    }

    private func newest(_ found: [Own], _ kinds: [UInt8]) -> Own? {
        found.filter { kinds.contains($0.signature.kind) }
            .max { $0.signature.creationTime < $1.signature.creationTime }
    }

    private func earliest(_ found: [Own], _ kind: UInt8) -> Own? {
        found.filter { $0.signature.kind == kind }
            .min { $0.signature.creationTime < $1.signature.creationTime }
    }

    /// Seconds from the key's creation until it ends by this signature, which may end itself.
    private func validity(_ signature: OpenPGPSignature, of key: KeyPacket) -> Int? {
        let period = signature.signed.validityPeriod.flatMap { $0 == 0 ? nil : $0 }
        let end = signature.expires.map { max($0 - key.creationTime, 1) }
        return [period, end].compactMap { $0 }.min()
    }
}
