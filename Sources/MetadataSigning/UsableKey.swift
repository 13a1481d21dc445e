// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
import CanonicalJSON
import Synchronization

/// A public key that OpenSSL has taken.
struct UsableKey: Sendable {
    let openSSL: OpenSSLKey
    let scheme: KeyScheme
    let material: KeyMaterial

    /// The key of a key object's three texts; `nil` if they make none.
    init?(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text) {
        defer { ERR_clear_error() }
        guard let scheme = KeyScheme(type: type.string, scheme: scheme.string),
            let read = UsableKey.read(publicValue.string, scheme)
        else { return nil }
        openSSL = OpenSSLKey(owning: read.pointer)
        self.scheme = scheme
        guard scheme.accepts(openSSL),
            let info = read.info ?? openSSL.subjectPublicKeyInfo()
        else { return nil }
        material = KeyMaterial(bytes: info)
    }

    /// - Returns: the key, and its SubjectPublicKeyInfo where it is known without asking
    ///   OpenSSL, which takes its time for that.
    private static func read(
        _ value: String, _ scheme: KeyScheme
    ) -> (pointer: OpaquePointer, info: [UInt8]?)? {
        switch scheme {
        case .ed25519: return edwardsKey(value)
        case .ecdsa(let curve, _):
            if let key = ellipticKey(value, curve) { return key }
        case .rsaPSS, .rsaPKCS1: break
        }
        if let der = PublicKeyPEM.der(value) { return key(der: der).map { ($0, nil) } }
        guard PublicKeyPEM.isBegun(value) else { return nil }
        return withInput(Array(value.utf8)) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
            .map { ($0, nil) }
    }

    private static func key(der: [UInt8]) -> OpaquePointer? {
        der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let key = d2i_PUBKEY(nil, &cursor, buffer.count) else { return nil }
            guard cursor == buffer.baseAddress?.advanced(by: buffer.count) else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
    }

    private static func edwardsKey(_ value: String) -> (pointer: OpaquePointer, info: [UInt8]?)? {
        guard let raw = bytes(fromHex: value, lowerCaseOnly: false), raw.count == 32,
            !isWeakEdwardsPoint(raw),
            let pointer = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count)
        else { return nil }
        return (pointer, PublicKeyInfo.ed25519 + raw)
    }

    /// A key from its bare point, as the first roots of sigstore have it, or from a PEM in the
    /// usual form: all by name, the point uncompressed.
    private static func ellipticKey(
        _ value: String, _ curve: String
    ) -> (pointer: OpaquePointer, info: [UInt8]?)? {
        guard let prefix = PublicKeyInfo.prefix(curve: curve) else { return nil }
        if let der = PublicKeyPEM.der(value) {
            guard der.starts(with: prefix), der.dropFirst(prefix.count).first == 4 else {
                return nil
            }
            return key(curve: curve, point: Array(der.dropFirst(prefix.count))).map { ($0, der) }
        }
        guard let point = bytes(fromHex: value), let key = key(curve: curve, point: point) else {
            return nil
        }
        return (key, point.first == 4 ? prefix + point : nil)
    }

    private static func key(curve: String, point: [UInt8]) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_paramgen_init(context) == 1,
            EVP_PKEY_CTX_set_group_name(context, curve) == 1,
            EVP_PKEY_paramgen(context, &key) == 1,
            EVP_PKEY_set1_encoded_public_key(key, point, point.count) == 1
        else {
            EVP_PKEY_free(key)
            return nil
        }
        return key
    }
}

/// A key that is read when it is first needed, and once.
final class LazyKey: Sendable {
    private enum State {
        case unread(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text)
        case read(UsableKey?)
    }

    private let state: Mutex<State>

    init(type: UTF8Text, scheme: UTF8Text, publicValue: UTF8Text) {
        state = Mutex(.unread(type: type, scheme: scheme, publicValue: publicValue))
    }

    var key: UsableKey? {
        state.withLock { state in
            switch state {
            case .read(let key): return key
            case .unread(let type, let scheme, let publicValue):
                let key = UsableKey(type: type, scheme: scheme, publicValue: publicValue)
                state = .read(key)
                return key
            }
        }
    }
}
