// SPDX-License-Identifier: Apache-2.0

extension OpenPGPKey {
    /// A key as python-securesystemslib 1.6.0 takes it from gpg's export (`get_pubkey_bundle`),
    /// for what must agree with it in everything.
    ///
    /// It knows no revocation and no purpose; takes SHA-1 and not SHA-384; asks a subkey for
    /// exactly one binding signature and none back; hashes packets with the headers that they
    /// came with, so that the own signatures of keys shorter than 256 bytes, all of EdDSA among
    /// them, are wrong for it and their subkeys and ends are lost.
    ///
    /// - Parameters:
    ///   - export: as `gpg --export` writes it.
    ///   - keyID: last digits of the fingerprint of the primary key or of a subkey.
    /// - Throws: ``OpenPGPFault``: `.noKey` where Python knows no such key, `.malformed`,
    ///   `.algorithm`, `.curve`, `.tooMany`.
    package init(asPythonReads export: [UInt8], keyID: String) throws(OpenPGPFault) {
        let bundle = try PythonBundle(export)
        let subkeys = try bundle.subkeys()
        let wanted = keyID.lowercased().utf8
        let fingerprints = [bundle.primary.fingerprint] + subkeys.map(\.fingerprint)
        guard fingerprints.contains(where: { $0.utf8.suffix(wanted.count).elementsEqual(wanted) })
        else { throw .noKey(fingerprint: keyID) }
        self.init(
            fingerprint: bundle.primary.fingerprint, creationTime: bundle.primary.creationTime,
            validityPeriod: try bundle.validityPeriod(), numbers: bundle.primary.numbers,
            subkeys: subkeys)
    }
}

/// The packets as Python groups them: a signature belongs to the last subkey if there is one,
/// else to the last user attribute, else to the last name, else to the primary key.
private struct PythonBundle {
    private struct Part {
        let packet: Packet
        var signatures: [Packet] = []
    }

    let primary: KeyPacket
    private let packet: Packet
    private var names: [Part] = []
    private var attributes: [Part] = []
    private var subkeyParts: [Part] = []

    init(_ export: [UInt8]) throws(OpenPGPFault) {
        let packets = try Packet.all(of: export)
        guard let first = packets.first, first.tag == Packet.publicKey else {
            throw .malformed("no key at the beginning")
        }
        packet = first
        primary = try KeyPacket(first.body)
        var places: [[UInt8]: Int] = [:]
        for packet in packets.dropFirst() {
            switch packet.tag {
            case Packet.publicKey: throw .malformed("two keys, expected one")
            case Packet.userID: PythonBundle.add(packet, to: &names, &places)
            case Packet.userAttribute: PythonBundle.add(packet, to: &attributes, &places)
            case Packet.publicSubkey: PythonBundle.add(packet, to: &subkeyParts, &places)
            case Packet.signature:
                if !subkeyParts.isEmpty {
                    subkeyParts[subkeyParts.count - 1].signatures.append(packet)
                } else if !attributes.isEmpty {
                    attributes[attributes.count - 1].signatures.append(packet)
                } else if !names.isEmpty {
                    names[names.count - 1].signatures.append(packet)
                }
            default: continue
            }
        }
        guard subkeyParts.count <= OpenPGPCertificate.maximumSubkeys else {
            throw .tooMany("subkeys", maximum: OpenPGPCertificate.maximumSubkeys)
        }
    }

    /// The same packet again takes the place of the first, without its signatures.
    private static func add(
        _ packet: Packet, to parts: inout [Part], _ places: inout [[UInt8]: Int]
    ) {
        if let place = places[packet.bytes] {
            parts[place].signatures = []
        } else {
            places[packet.bytes] = parts.count
            parts.append(Part(packet: packet))
        }
    }

    /// Python's `verify_signature` with the primary key, over packets as they came.
    private func verifies(_ signature: OpenPGPSignature, over data: [UInt8]) -> Bool {
        guard let hash = HashAlgorithm(rawValue: signature.hash), hash != .sha384 else {
            return false
        }
        return data.withUnsafeBytes { signature.isMade(by: primary.numbers, hash, over: $0) }
    }

    func validityPeriod() throws(OpenPGPFault) -> Int? {
        var checked = 0
        var period: Int?
        var isPrimary = false
        var created: Int?
        for part in names {
            let data = packet.bytes + [0xB4, 0, 0, 0] + part.packet.bytes.dropFirst()
            for own in part.signatures {
                guard let signature = try? OpenPGPSignature(own.body),
                    OpenPGPSignature.Kind.certifications.contains(signature.kind),
                    signature.isIssued(by: primary.fingerprint)
                else { continue }
                checked += 1
                guard checked <= OpenPGPCertificate.maximumOwnSignatures else {
                    throw .tooMany(
                        "signatures of a key over itself",
                        maximum: OpenPGPCertificate.maximumOwnSignatures)
                }
                guard verifies(signature, over: data),
                    let found = signature.signed.validityPeriod
                else { continue }
                if isPrimary, !signature.signed.isPrimaryUserID { continue }
                if let created, created >= signature.creationTime { continue }
                period = found
                isPrimary = signature.signed.isPrimaryUserID
                created = signature.creationTime
            }
        }
        return period
    }

    func subkeys() throws(OpenPGPFault) -> [OpenPGPKey] {
        var subkeys: [OpenPGPKey] = []
        for part in subkeyParts {
            guard let subkey = try? KeyPacket(part.packet.body) else { continue }
            let data = packet.bytes + [0x99] + part.packet.bytes.dropFirst()
            let bindings = part.signatures.compactMap { packet -> OpenPGPSignature? in
                guard let signature = try? OpenPGPSignature(packet.body),
                    signature.kind == OpenPGPSignature.Kind.subkeyBinding,
                    let hash = HashAlgorithm(rawValue: signature.hash), hash != .sha384
                else { return nil }
                return signature
            }
            guard bindings.count == 1, let binding = bindings.first,
                verifies(binding, over: data),
                !subkeys.contains(where: { $0.fingerprint == subkey.fingerprint })
            else { continue }
            subkeys.append(
                OpenPGPKey(
                    fingerprint: subkey.fingerprint, creationTime: subkey.creationTime,
                    validityPeriod: binding.signed.validityPeriod, numbers: subkey.numbers))
        }
        return subkeys
    }
}
