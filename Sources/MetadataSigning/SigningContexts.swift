// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
import Synchronization

/// What OpenSSL needs to sign with a key, kept from one signature to the next.
///
/// To find the implementations of the key and of its algorithm takes as long as a tenth of an
/// ed25519 signature, of which a repository may need 65,536 at once.
final class SigningContexts: Sendable {
    private let key: OpenSSLKey
    private let scheme: KeyScheme
    /// Those that nobody uses at the moment: one for each thread that has signed.
    private let idle = Mutex<[Context]>([])

    init(_ key: OpenSSLKey, _ scheme: KeyScheme) {
        self.key = key
        self.scheme = scheme
    }

    /// An `EVP_MD_CTX`, used by one thread at a time: by who has taken it out of ``idle``.
    private final class Context: @unchecked Sendable {
        let pointer: OpaquePointer
        /// Whether a signature was made with it.
        var isUsed = false

        init() throws(SigningError) {
            guard let pointer = EVP_MD_CTX_new() else { throw .openSSL("out of memory") }
            self.pointer = pointer
        }

        deinit { EVP_MD_CTX_free(pointer) }
    }

    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        let context: Context
        if let known = idle.withLock({ $0.popLast() }) {
            context = known
        } else {
            context = try Context()
        }
        try begin(context)
        var length = try signatureLength(context, message)
        var signature = [UInt8](repeating: 0, count: length)
        guard
            EVP_DigestSign(context.pointer, &signature, &length, message, message.count) == 1
        else { throw .openSSL(openSSLWords()) }
        if length < signature.count { signature.removeLast(signature.count - length) }
        // The others would have to be told of their padding again. One that failed is freed.
        if case .ed25519 = scheme { idle.withLock { $0.append(context) } }
        return signature
    }

    private func begin(_ context: Context) throws(SigningError) {
        if context.isUsed {
            // Without a key it goes on with the one that it has.
            guard EVP_DigestSignInit(context.pointer, nil, nil, nil, nil) == 1 else {
                throw .openSSL(openSSLWords())
            }
            return
        }
        var operation: OpaquePointer?
        guard
            EVP_DigestSignInit(
                context.pointer, &operation, scheme.digest?.evp, nil, key.pointer) == 1,
            scheme.setPadding(operation, verifying: false)
        else { throw .openSSL(openSSLWords()) }
        context.isUsed = true
    }

    /// The most bytes that the signature can have.
    private func signatureLength(
        _ context: Context, _ message: [UInt8]
    ) throws(SigningError) -> Int {
        if case .ed25519 = scheme { return 64 }
        var length = 0
        guard EVP_DigestSign(context.pointer, nil, &length, message, message.count) == 1 else {
            throw .openSSL(openSSLWords())
        }
        return length
    }
}
