// SPDX-License-Identifier: Apache-2.0

/// A public key with what is known of its term, and the subkeys that may sign in its name.
///
/// It comes from a certificate, where all of that is checked, or from a layout, whose signers
/// vouch for it.
package struct OpenPGPKey: Sendable, Equatable {
    /// 40 lower-case hexadecimal digits.
    package let fingerprint: String
    /// Seconds since 1970; layouts may leave it out.
    package let creationTime: Int?
    /// Seconds from then until the key expires; `nil` if it does not.
    package let validityPeriod: Int?
    package let numbers: OpenPGPNumbers
    /// When its holder took it back, in seconds since 1970.
    package let revokedSince: Int?
    /// Whether its holder says that it is for signatures over files.
    package let maySign: Bool
    /// Those of other purposes are left out; none has its own.
    package let subkeys: [OpenPGPKey]

    package init(
        fingerprint: String, creationTime: Int?, validityPeriod: Int?, numbers: OpenPGPNumbers,
        revokedSince: Int? = nil, maySign: Bool = true, subkeys: [OpenPGPKey] = []
    ) {
        self.fingerprint = fingerprint
        self.creationTime = creationTime
        self.validityPeriod = validityPeriod
        self.numbers = numbers
        self.revokedSince = revokedSince
        self.maySign = maySign
        self.subkeys = subkeys
    }

    /// The first second at which it counts for nothing; `nil` if it does not expire.
    package var expires: Int? {
        guard let creationTime, let validityPeriod, validityPeriod != 0 else { return nil }
        return creationTime.addingReportingOverflow(validityPeriod).partialValue
    }

    /// This key or the subkey of this fingerprint.
    package func part(_ fingerprint: String) -> OpenPGPKey? {
        ([self] + subkeys).first { $0.fingerprint.utf8.elementsEqual(fingerprint.utf8) }
    }

    /// Whether this very key, not a subkey, made the signature over a message, with SHA-256 as
    /// in-toto's files have it.
    package func isSigner(
        of signature: OpenPGPSignature, over message: UnsafeRawBufferPointer
    ) -> Bool {
        // Python hashes with SHA-256 whatever stands in the signature.
        guard signature.hash == HashAlgorithm.sha256.rawValue else { return false }
        guard
            signature.issuer == nil && signature.issuerSuffix == nil
                || signature.isIssued(by: fingerprint)
        else { return false }
        return signature.isMade(by: numbers, .sha256, over: message)
    }

    /// Refuses a key whose primary key, or it itself, is revoked, expired or not for signing.
    ///
    /// - Parameters:
    ///   - fingerprint: of the primary key, which then must be able to sign itself or through a
    ///     subkey; or of a subkey.
    ///   - now: in seconds since 1970.
    /// - Throws: ``OpenPGPFault``: `.revoked`, `.expired`, `.notForSigning`, `.noKey`.
    package func check(_ fingerprint: String, at now: Int) throws(OpenPGPFault) {
        guard let part = part(fingerprint) else { throw .noKey(fingerprint: fingerprint) }
        try checkTerm(at: now)
        if !part.fingerprint.utf8.elementsEqual(self.fingerprint.utf8) {
            try part.checkTerm(at: now)
        } else if !maySign {
            guard !subkeys.isEmpty else { throw .notForSigning(fingerprint: fingerprint) }
            var first: OpenPGPFault?
            for subkey in subkeys {
                do throws(OpenPGPFault) {
                    try subkey.checkTerm(at: now)
                    return
                } catch { first = first ?? error }
            }
            if let first { throw first }
        }
    }

    private func checkTerm(at now: Int) throws(OpenPGPFault) {
        if let revokedSince { throw .revoked(fingerprint: fingerprint, since: revokedSince) }
        if let expires, expires <= now { throw .expired(fingerprint: fingerprint, since: expires) }
    }

    /// The one signature that `gpg --detach-sign` wrote, if this key or a subkey made it over
    /// these bytes.
    ///
    /// - Throws: ``OpenPGPFault``: `.wrongKey`, `.wrongSignature`, `.malformed`.
    package func signature(
        _ bytes: [UInt8], over message: [UInt8]
    ) throws(OpenPGPFault) -> OpenPGPSignature {
        let signature = try OpenPGPSignature(detached: bytes)
        guard let issuer = signature.issuer else {
            throw .malformed("signature without the fingerprint of its key")
        }
        guard let key = part(issuer) else {
            throw .wrongKey(expected: fingerprint, found: issuer)
        }
        guard signature.hash == HashAlgorithm.sha256.rawValue else {
            throw .malformed("hash algorithm \(signature.hash), expected SHA-256 (8)")
        }
        guard message.withUnsafeBytes({ key.isSigner(of: signature, over: $0) }) else {
            throw .wrongSignature(fingerprint: issuer)
        }
        return signature
    }
}
