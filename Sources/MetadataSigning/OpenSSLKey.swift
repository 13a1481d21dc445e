// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// An `EVP_PKEY`, freed with its last reference.
///
/// The key is never changed after its initializer and every operation makes its own context,
/// so threads may share it.
final class OpenSSLKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// OpenSSL's number for the algorithm.
    var algorithm: Int32 { EVP_PKEY_get_base_id(pointer) }

    var bits: Int { Int(EVP_PKEY_get_bits(pointer)) }

    /// Name of the elliptic curve, such as `prime256v1`.
    var curve: String? {
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        guard EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1 else { return nil }
        return String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether the public point of an elliptic curve's key is on the curve and not at infinity,
    /// where anybody could sign for it; decoding lets that one through.
    var hasSoundPoint: Bool {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_public_check_quick(context) == 1
    }

    /// Whether the public half is the private one's; reading a file takes both as they stand, and
    /// signatures of the one would never count for the other.
    ///
    /// About 0.1 ms for P-256 and 1.3 ms for P-384. RSA is not checked: it would be tested for
    /// primes first, 320 ms for 4096 bits, and both of its halves have the same modulus.
    var hasMatchingHalves: Bool {
        guard algorithm == EVP_PKEY_EC || algorithm == EVP_PKEY_ED25519 else { return true }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_pairwise_check(context) == 1
    }

    /// SubjectPublicKeyInfo in DER, curve named and point uncompressed, whatever was read.
    func subjectPublicKeyInfo() -> [UInt8]? {
        if algorithm == EVP_PKEY_EC {
            let form = EVP_PKEY_set_utf8_string_param(
                pointer, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed")
            let encoding = EVP_PKEY_set_utf8_string_param(
                pointer, OSSL_PKEY_PARAM_EC_ENCODING, "named_curve")
            guard form == 1, encoding == 1 else { return nil }
        }
        let length = i2d_PUBKEY(pointer, nil)
        guard length > 0 else { return nil }
        var output = [UInt8](repeating: 0, count: Int(length))
        let written = output.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return i2d_PUBKEY(pointer, &cursor)
        }
        return written == length ? output : nil
    }

    /// Public key in PEM, with its trailing newline.
    func publicPEM() -> String? {
        withOutput { PEM_write_bio_PUBKEY($0, pointer) }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// What `write` put into a memory BIO; `nil` if it did not return 1.
func withOutput(_ write: (OpaquePointer) -> Int32) -> [UInt8]? {
    guard let bio = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { return nil }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = BIO_read(bio, &chunk, Int32(chunk.count))
        guard count > 0 else { return result }
        result.append(contentsOf: chunk[0..<Int(count)])
    }
}

/// Reads from `bytes` through a memory BIO.
func withInput<Result>(_ bytes: [UInt8], _ read: (OpaquePointer) -> Result?) -> Result? {
    bytes.withUnsafeBytes { buffer in
        guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else {
            return nil
        }
        defer { BIO_free(bio) }
        return read(bio)
    }
}

/// The newest error of OpenSSL's queue in words; empties the queue.
func openSSLWords() -> String {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_peek_last_error(), &text, text.count)
    ERR_clear_error()
    let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
}
