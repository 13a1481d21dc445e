// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import MetadataSigning

/// The value of a `Content-MD5` field (RFC 1864), which protects against nothing but chance.
///
/// - Returns: `nil` where OpenSSL is kept from it, in FIPS mode.
func contentMD5(of bytes: [UInt8]) -> String? {
    var digest = [UInt8](repeating: 0, count: 16)
    var count = digest.count
    guard EVP_Q_digest(nil, "MD5", nil, bytes, bytes.count, &digest, &count) == 1,
        count == digest.count
    else { return nil }
    return base64(digest)
}
