// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The hash algorithms that are read here, by their numbers (RFC 4880 §9.4).
enum HashAlgorithm: UInt8 {
    /// For fingerprints (RFC 4880 §12.2), for revocations, and where Python takes it.
    case sha1 = 2
    case sha256 = 8
    case sha384 = 9
    case sha512 = 10

    var isStrong: Bool { self != .sha1 }

    var evp: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }

    /// The digest of a message and what follows it; empty if OpenSSL does not give it.
    func digest(of message: UnsafeRawBufferPointer, _ trailer: [UInt8] = []) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { return [] }
        defer { EVP_MD_CTX_free(context) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard EVP_DigestInit_ex(context, evp, nil) == 1,
            message.isEmpty
                || EVP_DigestUpdate(context, message.baseAddress, message.count) == 1,
            trailer.isEmpty || EVP_DigestUpdate(context, trailer, trailer.count) == 1,
            EVP_DigestFinal_ex(context, &digest, &count) == 1
        else {
            ERR_clear_error()
            return []
        }
        return Array(digest.prefix(Int(count)))
    }

    func digest(of message: [UInt8], _ trailer: [UInt8] = []) -> [UInt8] {
        message.withUnsafeBytes { digest(of: $0, trailer) }
    }
}

/// Lower-case hexadecimal digits.
func digits(_ bytes: some Collection<UInt8>) -> String {
    let letters = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.flatMap { [letters[Int($0 >> 4)], letters[Int($0 & 15)]] }, as: UTF8.self)
}
