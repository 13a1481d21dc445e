// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
import MetadataSigning

/// A certificate of X.509.
struct X509Certificate: ~Copyable {
    private let pointer: OpaquePointer

    /// Reads the first certificate of a PEM.
    init?(pem: [UInt8]) {
        defer { ERR_clear_error() }
        guard let input = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { BIO_free(input) }
        guard let pointer = PEM_read_bio_X509(input, nil, nil, nil) else { return nil }
        self.pointer = pointer
    }

    deinit { X509_free(pointer) }

    /// The key that it is for; `nil` for one that is not used here.
    var publicKey: PublicKey? {
        guard let key = X509_get_pubkey(pointer) else { return nil }
        defer { EVP_PKEY_free(key) }
        let length = i2d_PUBKEY(key, nil)
        guard length > 0 else { return nil }
        var info = [UInt8](repeating: 0, count: Int(length))
        let written = info.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return i2d_PUBKEY(key, &place)
        }
        guard written == length else { return nil }
        return try? PublicKey(pem: Array(PublicPEM.pem(info).utf8))
    }

    /// Whether a chain leads from it to one of `roots`, all of it valid at `now`.
    ///
    /// - Parameters:
    ///   - roots: certificates in PEM, trusted as they are.
    ///   - intermediates: certificates in PEM that may stand between.
    func isTrusted(_ roots: [[UInt8]], _ intermediates: [[UInt8]], at now: Instant) -> Bool {
        defer { ERR_clear_error() }
        guard let store = X509_STORE_new(), let context = X509_STORE_CTX_new(),
            let untrusted = OPENSSL_sk_new_null()
        else { return false }
        defer {
            X509_STORE_CTX_free(context)
            X509_STORE_free(store)
            while let certificate = OPENSSL_sk_pop(untrusted) {
                X509_free(OpaquePointer(certificate))
            }
            OPENSSL_sk_free(untrusted)
        }
        for pem in roots {
            guard let root = X509Certificate(pem: pem),
                X509_STORE_add_cert(store, root.pointer) == 1
            else { return false }
        }
        for pem in intermediates {
            guard let certificate = X509Certificate(pem: pem) else { return false }
            X509_up_ref(certificate.pointer)
            OPENSSL_sk_push(untrusted, UnsafeRawPointer(certificate.pointer))
        }
        guard X509_STORE_CTX_init(context, store, pointer, untrusted) == 1 else { return false }
        // A root need not have signed itself.
        X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        X509_STORE_CTX_set_time(context, 0, now.seconds)
        return X509_verify_cert(context) == 1
    }

    // MARK: who it is for

    var commonNames: [String] { subject(NID_commonName) }
    var organizations: [String] { subject(NID_organizationName) }
    var emails: [String] { alternatives(GEN_EMAIL) }
    var dnsNames: [String] { alternatives(GEN_DNS) }
    var uris: [String] { alternatives(GEN_URI) }

    private func subject(_ attribute: Int32) -> [String] {
        guard let name = X509_get_subject_name(pointer) else { return [] }
        var result: [String] = []
        var place: Int32 = -1
        while true {
            place = X509_NAME_get_index_by_NID(name, attribute, place)
            guard place >= 0 else { return result }
            let entry = X509_NAME_get_entry(name, place)
            guard let data = X509_NAME_ENTRY_get_data(entry) else { continue }
            var text: UnsafeMutablePointer<UInt8>?
            let count = ASN1_STRING_to_UTF8(&text, data)
            guard count >= 0, let text else { continue }
            result.append(
                String(
                    decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self))
            CRYPTO_free(text, nil, 0)
        }
    }

    private func alternatives(_ type: Int32) -> [String] {
        guard let names = X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else {
            return []
        }
        let stack = OpaquePointer(names)
        defer {
            while let name = OPENSSL_sk_pop(stack) {
                GENERAL_NAME_free(name.assumingMemoryBound(to: GENERAL_NAME.self))
            }
            OPENSSL_sk_free(stack)
        }
        var result: [String] = []
        for place in 0..<max(0, OPENSSL_sk_num(stack)) {
            guard let value = OPENSSL_sk_value(stack, place) else { continue }
            let name = value.assumingMemoryBound(to: GENERAL_NAME.self).pointee
            guard name.type == type, let text = name.d.ia5,
                let start = ASN1_STRING_get0_data(text)
            else { continue }
            let bytes = UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(text)))
            result.append(String(decoding: bytes, as: UTF8.self))
        }
        return result
    }
}
