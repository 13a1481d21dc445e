// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A public key of DSA, which only old keys of gpg still are.
struct DSAKey: ~Copyable {
    private let pointer: OpaquePointer

    /// - Parameter info: SubjectPublicKeyInfo in DER.
    init?(_ info: [UInt8]) {
        let pointer = info.withUnsafeBufferPointer { buffer in
            var place = buffer.baseAddress
            return d2i_PUBKEY(nil, &place, buffer.count)
        }
        ERR_clear_error()
        guard let pointer else { return nil }
        guard EVP_PKEY_get_base_id(pointer) == EVP_PKEY_DSA,
            (2048...16384).contains(EVP_PKEY_get_bits(pointer))
        else {
            EVP_PKEY_free(pointer)
            return nil
        }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// Whether this is a signature, in DER, over the SHA-256 of a message.
    func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, pointer) == 1 else {
            return false
        }
        return EVP_DigestVerify(
            context, signature, signature.count, message, message.count) == 1
    }
}
