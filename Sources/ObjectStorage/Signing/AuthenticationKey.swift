// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// HMAC-SHA256 with one key.
///
/// Unchecked, because the context is only ever copied once it has its key, which leaves it as it is.
final class AuthenticationKey: @unchecked Sendable {
    private let context: OpaquePointer

    init(_ key: [UInt8]) {
        guard let context = EVP_MAC_CTX_new(FetchedHMAC.shared.pointer) else {
            preconditionFailure("out of memory")
        }
        self.context = context
        var name = Array("SHA256".utf8CString)
        let isReady = name.withUnsafeMutableBufferPointer { name in
            var parameters = [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, &parameters) == 1
        }
        precondition(isReady, "OpenSSL refused to authenticate")
    }

    deinit { EVP_MAC_CTX_free(context) }

    func code(of bytes: [UInt8]) -> [UInt8] {
        // A copy is keyed already; setting up the key costs as much as authenticating.
        guard let copy = EVP_MAC_CTX_dup(context) else { preconditionFailure("out of memory") }
        defer { EVP_MAC_CTX_free(copy) }
        return [UInt8](unsafeUninitializedCapacity: 32) { code, count in
            let isDone =
                EVP_MAC_update(copy, bytes, bytes.count) == 1
                && EVP_MAC_final(copy, code.baseAddress, &count, code.count) == 1
            precondition(isDone && count == 32, "OpenSSL refused to authenticate")
        }
    }
}

/// Looked up once. `EVP_MAC` is immutable and counted by OpenSSL.
private final class FetchedHMAC: @unchecked Sendable {
    static let shared = FetchedHMAC()

    let pointer: OpaquePointer

    private init() {
        guard let pointer = EVP_MAC_fetch(nil, "HMAC", nil) else {
            preconditionFailure("OpenSSL has no HMAC")
        }
        self.pointer = pointer
    }
}
