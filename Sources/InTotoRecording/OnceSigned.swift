// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization

/// A signer that signs one message once and gives the same signature for it again: two key ids
/// of one key need neither two touches of a token nor twice the time.
final class OnceSigned: Signer {
    private let signer: any Signer
    private let made = Mutex<(message: [UInt8], signature: [UInt8])?>(nil)

    init(_ signer: any Signer) { self.signer = signer }

    var publicKey: PublicKey { signer.publicKey }

    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        let known = made.withLock { made in
            made.flatMap { $0.message == message ? $0.signature : nil }
        }
        if let known { return known }
        let signature = try signer.sign(message)
        made.withLock { $0 = (message, signature) }
        return signature
    }
}
