// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// An ed25519 key of OpenPGP that ended on 2026-11-22 at 18:00 UTC, with its private half, so that
/// what it signs needs no gpg. gpg 2.2 made the certificate, with a clock set to 2026-01-01.
package enum EndedKey {
    package static let end = Instant("2026-11-22T18:00:00Z")!
    package static let fingerprint = "b9d2df85f017110b2bf37b0c021c17ea92d4cfbe"
    package static let certificate = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEaVW5ABYJKwYBBAHaRw8BAQdAIwu6GzqYpLW/s9Cc+ppQ2abvQ7SvlBWLMgQO
        PGdgGJS0GXBldHJhIDxwZXRyYUBleGFtcGxlLm9yZz6IlgQTFggAPhYhBLnS34Xw
        FxELK/N7DAIcF+qS1M++BQJpVbkAAhsDBQkBrXSgBQsJCAcCBhUKCQgLAgQWAgMB
        Ah4BAheAAAoJEAIcF+qS1M++N0QA/3U1g8HYDTXlSbT7ki/xZUwTHLhjLn+NYLXC
        xPoSCSA0AP4x6A3DAFNqrMa0zxubeUzeNVDjDwbsPhqjmJ/Zz8RkDw==
        =ZgET
        -----END PGP PUBLIC KEY BLOCK-----

        """

    private static let seed = "3d9040eb58c05449f535d0ded16132c6ea54d8fdad4be2815614cab64c9c3928"

    /// An entry of `signatures` of the older container, dated 2026-01-01, when the key was good.
    package static func sign(_ message: [UInt8]) -> JSON {
        // RFC 4880 §5.2.3: version 4, binary document, EdDSA, SHA-256; creation time, issuer.
        let subpackets = bytes("0502" + "6955b900" + "1621" + "04" + fingerprint)
        let headers = bytes("04001608") + [0, UInt8(subpackets.count)] + subpackets
        let trailer: [UInt8] = [4, 0xFF, 0, 0, 0, UInt8(headers.count)]
        let digest = DigestAlgorithm.sha256.digest(of: message + headers + trailer)
        do throws(SigningError) {
            let key = try PrivateKey(ed25519Seed: bytes(seed))
            return [
                "keyid": .text(fingerprint), "other_headers": .text(hex(headers)),
                "signature": .text(hex(try key.sign(digest))),
            ]
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits.utf8)
        return stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)!
        }
    }
}
