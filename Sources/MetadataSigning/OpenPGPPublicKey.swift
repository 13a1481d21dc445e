// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import OpenPGP

/// A public key of gpg in the place of one in PEM: a primary key with its subkeys.
struct OpenPGPPublicKey: Sendable {
    let key: OpenPGPKey
    /// Of the primary key, then of the subkeys.
    let materials: [KeyMaterial]
    /// The certificate it was read from, in armor; `nil` for a key of a layout.
    let certificate: [UInt8]?

    /// - Returns: `nil` for a key that others could sign for.
    init?(_ key: OpenPGPKey, certificate: [UInt8]? = nil) {
        guard key.numbers.isSound else { return nil }
        self.key = key
        self.certificate = certificate
        materials = [key.numbers.material] + key.subkeys.map(\.numbers.material)
    }

    /// Why a signature does not count; `nil` if it does.
    ///
    /// - Parameters:
    ///   - id: the listed id that the signature stands under.
    ///   - now: the moment for which the key must be valid.
    func rejection(
        of signature: Signature, over message: UnsafeRawBufferPointer, at now: Instant?
    ) -> SignatureCount.Reason? {
        guard let headers = signature.headers, !signature.value.isEmpty,
            let part = key.part(signature.keyID.text.string),
            let parsed = try? OpenPGPSignature(headers: headers, value: signature.value)
        else { return .wrong }
        if let end = end(of: part, at: now) { return .ended(end) }
        if let end = parsed.expires {
            guard let now else { return .ended(.unknownMoment) }
            if end <= now.seconds { return .ended(.expired(since: Instant(seconds: end))) }
        }
        return part.isSigner(of: parsed, over: message) ? nil : .wrong
    }

    /// The primary key's end is that of its subkeys too; Python asks for the subkey's alone.
    private func end(of part: OpenPGPKey, at now: Instant?) -> KeyEnd? {
        for each in part.fingerprint == key.fingerprint ? [key] : [key, part] {
            if let end = OpenPGPPublicKey.end(of: each, at: now) { return end }
        }
        return part.maySign ? nil : .notForSigning
    }

    private static func end(of key: OpenPGPKey, at now: Instant?) -> KeyEnd? {
        if let since = key.revokedSince { return .revoked(since: Instant(seconds: since)) }
        guard let expires = key.expires else { return nil }
        guard let now else { return .unknownMoment }
        return expires <= now.seconds ? .expired(since: Instant(seconds: expires)) : nil
    }

    /// Why none of its parts can sign at this moment; `nil` if one can.
    func end(at now: Instant) -> KeyEnd? {
        var first: KeyEnd?
        for part in [key] + key.subkeys {
            guard let end = end(of: part, at: now) else { return nil }
            if first == nil || first == .notForSigning { first = end }
        }
        return first
    }

    /// When the last of its parts that can sign expires; `nil` if one does not.
    var expires: Instant? {
        var last: Int?
        for part in [key] + key.subkeys where part.maySign && part.revokedSince == nil {
            let ends = [key.expires, part.expires].compactMap { $0 }
            guard let end = ends.min() else { return nil }
            last = max(last ?? end, end)
        }
        return last.map(Instant.init)
    }
}
