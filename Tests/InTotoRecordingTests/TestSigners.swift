// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization

/// A signer whose key is out of reach when it is needed.
struct BrokenSigner: Signer {
    let publicKey: PublicKey

    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] { throw .openSSL("no token") }
}

/// A signer that counts.
final class CountingSigner: Signer {
    private let signer: any Signer
    private let signatures = Mutex(0)

    init(_ signer: any Signer) { self.signer = signer }

    var publicKey: PublicKey { signer.publicKey }
    var count: Int { signatures.withLock { $0 } }

    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        signatures.withLock { $0 += 1 }
        return try signer.sign(message)
    }
}
