// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// What signs a link or a layout: a key of a file, or one of gpg.
enum ToolSigner {
    case key(PrivateKey)
    case gpg(GPGSigner)

    /// A signature as an entry of a Metablock's `signatures`, and the id of the key that made it.
    ///
    /// - Throws: `ValueError`, and what gpg's fault is in python.
    func metablockEntry(over message: [UInt8]) throws(ToolError) -> (entry: JSON, keyID: UTF8Text) {
        switch self {
        case .key(let key):
            let id = key.publicKey.keyID.text
            let signature = try ToolSigner.signature(key, message)
            return (["keyid": .string(id), "sig": .text(hex(signature))], id)
        case .gpg(let signer): return try signer.entry(over: message)
        }
    }

    /// A signature as an entry of an envelope's `signatures`, and the id of the key that made it.
    ///
    /// - Throws: `NotImplementedError` for gpg.
    func envelopeEntry(
        over payload: [UInt8]
    ) throws(ToolError) -> (entry: JSON, keyID: UTF8Text) {
        guard case .key(let key) = self else {
            throw ToolError(.notImplementedError, "GPG Signing is not implemented")
        }
        let id = key.publicKey.keyID.text
        let message = Envelope.message(payloadType: ToolDocument.payloadType, payload: payload)
        let signature = try ToolSigner.signature(key, message)
        return (["keyid": .string(id), "sig": .text(base64(signature))], id)
    }

    /// The same signer; one of gpg, by this id.
    func named(_ keyID: UTF8Text) -> ToolSigner {
        guard case .gpg(let signer) = self else { return self }
        return .gpg(GPGSigner(keyID: keyID.string, homeDirectory: signer.homeDirectory))
    }

    private static func signature(
        _ key: PrivateKey, _ message: [UInt8]
    ) throws(ToolError) -> [UInt8] {
        do throws(SigningError) {
            return try key.sign(message)
        } catch {
            throw ToolError(.valueError, "\(error)")
        }
    }
}
