// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
import MetadataSigning

/// Private keys in PEM as pyca/cryptography reads them: PKCS#8, or the older forms of OpenSSL.
enum PrivateKeyFile {
    /// - Parameter password: `nil` if none was given; one for a key that is not encrypted is an
    ///   error, as in python.
    /// - Throws: one of the kinds of `OSError`; `TypeError` for a password that is missing or one
    ///   too many; `ValueError` for a wrong one, and for what is no key.
    static func key(_ path: String, password: [UInt8]?) throws(ToolError) -> PrivateKey {
        let pem = try ToolFile.read(path)
        guard let encryption = KeyEncryption(pem: pem) else {
            throw ToolError(.valueError, "Unable to load PEM file: no private key in it")
        }
        if encryption == .none, password != nil {
            throw ToolError(
                .typeError, "Password was given but private key is not encrypted.")
        }
        if encryption != .none, password?.isEmpty ?? true {
            throw ToolError(.typeError, "Password was not given but private key is encrypted")
        }
        do throws(SigningError) {
            guard let password, String(decoding: pem, as: UTF8.self).contains("4,ENCRYPTED") else {
                return try PrivateKey(pem: pem, passphrase: password)
            }
            guard let opened = decrypted(pem, password) else { throw .wrongPassphrase }
            return try PrivateKey(pem: opened, passphrase: nil)
        } catch {
            throw ToolError(
                .valueError,
                error == .wrongPassphrase
                    ? "Incorrect password, could not decrypt key" : "\(error)")
        }
    }

    /// A key in OpenSSL's older form of encryption, as PKCS#8 in the clear.
    private static func decrypted(_ pem: [UInt8], _ password: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        let characters = password.map(CChar.init(bitPattern:)) + [0]
        guard let input = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { BIO_free(input) }
        // Without a callback of its own OpenSSL takes the last argument for the password.
        let key = characters.withUnsafeBufferPointer {
            PEM_read_bio_PrivateKey(
                input, nil, nil, UnsafeMutableRawPointer(mutating: $0.baseAddress))
        }
        guard let key else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let info = EVP_PKEY2PKCS8(key), let output = BIO_new(BIO_s_mem()) else { return nil }
        defer {
            PKCS8_PRIV_KEY_INFO_free(info)
            BIO_free(output)
        }
        guard PEM_write_bio_PKCS8_PRIV_KEY_INFO(output, info) == 1 else { return nil }
        var result = [UInt8](repeating: 0, count: 64 << 10)
        let count = BIO_read(output, &result, Int32(result.count))
        return count > 0 ? Array(result[..<Int(count)]) : nil
    }
}
