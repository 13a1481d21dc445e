// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import KeyAccess
import MetadataSigning
import PKCS11

/// Opens keys on tokens for ``KeyOpener``.
struct TokenKeys: TokenOpener {
    func open(
        _ uri: String, publicKey: PublicKey?, for use: KeyUse, dialog: any KeyDialog
    ) throws(SigningError) -> any Signer {
        do {
            let parsed = try PKCS11URI(uri)
            return try Token(parsed, interaction: TokenKeys.interaction(use, dialog)).key(parsed)
        } catch {
            throw .notSigned("\(error)")
        }
    }

    /// Puts a token's questions to the holder of the key.
    static func interaction(_ use: KeyUse, _ dialog: any KeyDialog) -> TokenInteraction {
        TokenInteraction(
            pin: { request in
                if request.isRepeated { dialog.notice("wrong PIN, \(request.tries.words)") }
                return try? dialog.pin(use, triesLeft: request.tries.told)
            },
            notice: { notice in
                switch notice {
                case .touch(let token, let key):
                    dialog.notice(
                        "\(use): touch the token \(quoted(token)) now (key \(quoted(key)))")
                case .pinPad(let token, _):
                    dialog.notice("\(use): enter the PIN at the device \(quoted(token))")
                }
            })
    }
}

extension PKCS11.PINTries {
    fileprivate var told: KeyAccess.PINTries {
        switch self {
        case .ok: .unknown
        case .low: .few
        case .finalTry, .locked: .last
        }
    }

    fileprivate var words: String { told.description }
}
