// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
import CanonicalJSON
import MetadataSigning

/// How a token makes signatures of one scheme.
enum TokenScheme: Sendable, Equatable {
    /// `byteCount`: of each of the two numbers.
    case ecdsa(DigestAlgorithm, byteCount: Int)
    case ed25519
    case rsaPSS(DigestAlgorithm)
    case rsaPKCS1(DigestAlgorithm)

    /// `nil` for a key whose scheme is not used here.
    init?(_ key: PublicKey) {
        switch key.scheme {
        case "ed25519": self = .ed25519
        case "ecdsa-sha2-nistp256": self = .ecdsa(.sha256, byteCount: 32)
        case "ecdsa-sha2-nistp384": self = .ecdsa(.sha384, byteCount: 48)
        case "ecdsa-sha2-nistp521": self = .ecdsa(.sha512, byteCount: 66)
        case "rsassa-pss-sha256": self = .rsaPSS(.sha256)
        case "rsassa-pss-sha384": self = .rsaPSS(.sha384)
        case "rsassa-pss-sha512": self = .rsaPSS(.sha512)
        case "rsa-pkcs1v15-sha256": self = .rsaPKCS1(.sha256)
        case "rsa-pkcs1v15-sha384": self = .rsaPKCS1(.sha384)
        case "rsa-pkcs1v15-sha512": self = .rsaPKCS1(.sha512)
        default: return nil
        }
    }
}

/// One call of C_SignInit and C_Sign.
struct SigningCall {
    let mechanism: CK_MECHANISM_TYPE
    let parameters: CK_RSA_PKCS_PSS_PARAMS?
    /// What the token is given: the message or its digest.
    let input: [UInt8]

    /// - Parameter offers: whether the token does a mechanism.
    init(
        _ scheme: TokenScheme, _ message: [UInt8], offers: (CK_MECHANISM_TYPE) -> Bool
    ) {
        switch scheme {
        case .ed25519:
            (mechanism, parameters, input) = (CKM_EDDSA, nil, message)
        case .ecdsa(let digest, _):
            (mechanism, parameters, input) = (CKM_ECDSA, nil, digest.digest(of: message))
        case .rsaPKCS1(let digest):
            mechanism = CKM_RSA_PKCS
            parameters = nil
            input = digestInfo(digest) + digest.digest(of: message)
        case .rsaPSS(let digest):
            let names = PSSNames(digest)
            parameters = CK_RSA_PKCS_PSS_PARAMS(
                hashAlg: names.digest, mgf: names.mask, sLen: CK_ULONG(digest.byteCount))
            let hashesItself = offers(names.whole)
            mechanism = hashesItself ? names.whole : CKM_RSA_PKCS_PSS
            input = hashesItself ? message : digest.digest(of: message)
        }
    }
}

private struct PSSNames {
    let whole: CK_MECHANISM_TYPE
    let digest: CK_MECHANISM_TYPE
    let mask: CK_ULONG

    init(_ algorithm: DigestAlgorithm) {
        switch algorithm {
        case .sha256:
            (whole, digest, mask) = (CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256)
        case .sha384:
            (whole, digest, mask) = (CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384)
        case .sha512:
            (whole, digest, mask) = (CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512)
        }
    }
}

/// What stands before the digest in the DigestInfo of RFC 8017 §9.2.
private func digestInfo(_ algorithm: DigestAlgorithm) -> [UInt8] {
    let number: UInt8
    switch algorithm {
    case .sha256: number = 1
    case .sha384: number = 2
    case .sha512: number = 3
    }
    let count = UInt8(algorithm.byteCount)
    return [
        0x30, 17 + count, 0x30, 13, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
        number, 0x05, 0, 0x04, count,
    ]
}

extension TokenSession {
    /// Longer than any signature: RSA of 16,384 bits.
    private static let maximumSignatureBytes = 2048

    /// A signature in the form that metadata has it, not verified yet.
    mutating func sign(
        _ message: [UInt8], _ scheme: TokenScheme, with key: KeyReference
    ) throws(TokenError) -> [UInt8] {
        try closingOnFailure { session throws(TokenError) in
            let pin = try session.login(for: key.label)
            let privateKey = try session.privateKey(key)
            let slot = session.info.slotID
            let call = SigningCall(scheme, message) {
                session.module.offers($0, for: CKF_SIGN, slot: slot)
            }
            let raw = try session.perform(call, privateKey, pin, key.label)
            guard case .ecdsa(_, let byteCount) = scheme else { return raw }
            guard raw.count == 2 * byteCount else {
                throw .nonsense(
                    token: session.label, .signing,
                    found: "a signature of \(raw.count) bytes", expected: "\(2 * byteCount)")
            }
            // PKCS #11 has the two numbers side by side, metadata in a SEQUENCE.
            return DER.sequence(
                DER.integer(raw.prefix(byteCount)), DER.integer(raw.suffix(byteCount)))
        }
    }

    private mutating func perform(
        _ call: SigningCall, _ key: PrivateKeyObject, _ pin: PIN?, _ label: String
    ) throws(TokenError) -> [UInt8] {
        let handle = try handle()
        try begin(call, key, handle)
        if key.isAlwaysAuthenticated {
            do {
                try confirm(pin, for: label)
            } catch {
                // Only with the session ends what C_SignInit began.
                close()
                throw error
            }
        }
        if info.isHardware { interaction.notice(.touch(token: self.label, key: label)) }

        var input = call.input
        var output = [UInt8](repeating: 0, count: TokenSession.maximumSignatureBytes)
        var length = CK_ULONG(output.count)
        do {
            try module.call {
                $0.C_Sign?(handle, &input, CK_ULONG(input.count), &output, &length)
            }
        } catch {
            throw failure(.signing, error)
        }
        guard length > 0, length <= CK_ULONG(output.count) else {
            throw .nonsense(
                token: self.label, .signing, found: "a signature of \(length) bytes",
                expected: "at most \(output.count)")
        }
        return Array(output.prefix(Int(length)))
    }

    private func begin(
        _ call: SigningCall, _ key: PrivateKeyObject, _ handle: CK_SESSION_HANDLE
    ) throws(TokenError) {
        var parameters = call.parameters ?? CK_RSA_PKCS_PSS_PARAMS()
        do {
            try module.call { list in
                withUnsafeMutablePointer(to: &parameters) { parameters in
                    var mechanism = CK_MECHANISM(
                        mechanism: call.mechanism, pParameter: nil, ulParameterLen: 0)
                    if call.parameters != nil {
                        mechanism.pParameter = UnsafeMutableRawPointer(parameters)
                        mechanism.ulParameterLen = CK_ULONG(
                            MemoryLayout<CK_RSA_PKCS_PSS_PARAMS>.size)
                    }
                    return list.C_SignInit?(handle, &mechanism, key.handle)
                }
            }
        } catch {
            throw failure(.signing, error)
        }
    }
}
