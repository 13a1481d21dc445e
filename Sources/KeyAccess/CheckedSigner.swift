// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Signs through something else and gives out only signatures that verify with the public key.
struct CheckedSigner: Signer {
    let publicKey: PublicKey
    /// The name people gave the key.
    private let name: String
    /// Who makes the signatures, in an error.
    private let holder: String
    private let make: @Sendable ([UInt8]) throws(KeyAccessError) -> [UInt8]

    init(
        _ publicKey: PublicKey, name: String, holder: String,
        make: @escaping @Sendable ([UInt8]) throws(KeyAccessError) -> [UInt8]
    ) {
        self.publicKey = publicKey
        self.name = name
        self.holder = holder
        self.make = make
    }

    /// A signer of the listed key, or of its own if none is listed.
    ///
    /// - Throws: ``KeyAccessError/wrongKey(expected:found:)``, `.wrongScheme`.
    init(
        _ signer: any Signer, listed: PublicKey?, name: String, holder: String
    ) throws(KeyAccessError) {
        let key = try CheckedSigner.key(signer.publicKey, listed: listed, name: name)
        self.init(key, name: name, holder: holder) { message throws(KeyAccessError) in
            do throws(SigningError) { return try signer.sign(message) } catch {
                throw .key(name: name, error)
            }
        }
    }

    /// The key as it is listed, if the one found is the same.
    static func key(
        _ found: PublicKey, listed: PublicKey?, name: String
    ) throws(KeyAccessError) -> PublicKey {
        guard let listed else { return found }
        guard let material = listed.material, material == found.material else {
            throw .wrongKey(expected: KeyLabel(listed, name: name), found: KeyLabel(found))
        }
        guard listed.scheme == found.scheme else {
            throw .wrongScheme(expected: listed.scheme.string, found: found.scheme.string)
        }
        return listed
    }

    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        let signature: [UInt8]
        do throws(KeyAccessError) { signature = try make(message) } catch {
            throw error.signingError
        }
        guard message.withUnsafeBytes({ publicKey.verifies(signature, over: $0) }) else {
            let error = KeyAccessError.wrongSignature(
                KeyLabel(publicKey, name: name), holder: holder)
            throw error.signingError
        }
        return signature
    }
}
