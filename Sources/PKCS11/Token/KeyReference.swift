// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
import CanonicalJSON
import MetadataSigning

/// What finds a key again in a new session.
struct KeyReference: Sendable, Hashable {
    let name: KeyName
    let label: String
    /// The label of the URI, which tells keys apart that share an id.
    let wantedLabel: [UInt8]?
}

/// The keys that match; certificates alone only where there is nothing else.
private func candidates(_ catalog: [KeyObjects], _ uri: PKCS11URI) -> [KeyObjects] {
    let matching = catalog.filter { $0.matches(uri) }
    let keys = matching.filter { !$0.isCertificate }
    return keys.isEmpty ? matching : keys
}

extension TokenSession {
    /// The one key that the URI names and its public half.
    ///
    /// Logs in only if there is no such key among what everybody may see.
    mutating func find(_ uri: PKCS11URI) throws(TokenError) -> (KeyReference, PublicKey) {
        try closingOnFailure { session throws(TokenError) in
            var catalog = try session.catalog()
            var matching = candidates(catalog, uri)
            var isComplete = false
            if let only = matching.first, matching.count == 1 {
                isComplete = try session.publicKey(of: only) != nil
            }
            if !isComplete, matching.count < 2, session.info.needsLogin,
                try !session.isLoggedIn(session.handle())
            {
                _ = try session.login(for: uri.texts[.object]?.string)
                catalog = try session.catalog()
                matching = candidates(catalog, uri)
            }
            let key = try session.only(matching, of: catalog, uri)
            return try session.reference(to: key, uri)
        }
    }

    private mutating func only(
        _ matching: [KeyObjects], of catalog: [KeyObjects], _ uri: PKCS11URI
    ) throws(TokenError) -> KeyObjects {
        if let key = matching.first, matching.count == 1 { return key }
        if matching.isEmpty {
            throw .noKey(wanted: wanted(uri), token: label, present: try words(catalog))
        }
        throw .severalKeys(wanted: wanted(uri), token: label, matching: try words(matching))
    }

    private mutating func reference(
        to key: KeyObjects, _ uri: PKCS11URI
    ) throws(TokenError) -> (KeyReference, PublicKey) {
        let key = key.narrowed(to: uri)
        guard let publicKey = try publicKey(of: key) else {
            throw .unusableKey(
                key: key.label.string, token: label,
                reason: "no public half of a kind that is used here, "
                    + "expected ed25519, P-256, P-384, P-521 or RSA of 2048 bits")
        }
        let reference = KeyReference(
            name: key.name, label: key.label.string,
            wantedLabel: uri.texts[.object].map { Array($0.utf8) })
        return (reference, publicKey)
    }

    mutating func words(_ keys: [KeyObjects]) throws(TokenError) -> [String] {
        var words: [String] = []
        for key in keys { words.append("\(try describe(key))") }
        return words
    }

    private func wanted(_ uri: PKCS11URI) -> String {
        var words: [String] = []
        if let object = uri.texts[.object] { words.append("label \(quoted(object))") }
        if let id = uri.id { words.append("id \(hex(id.prefix(32)))") }
        if let type = uri.type { words.append("type \(type.rawValue)") }
        return words.isEmpty ? "a URI without object and id" : words.joined(separator: " and ")
    }

    /// The private half, which may be seen only now, after the login.
    mutating func privateKey(_ key: KeyReference) throws(TokenError) -> PrivateKeyObject {
        if let known = privateKeys[key] { return known }
        var attributes = key.name.attributes
        attributes.append(TokenAttribute(CKA_CLASS, number: CKO_PRIVATE_KEY))
        var handles = try objects(attributes)
        if handles.count > 1, let label = key.wantedLabel {
            attributes.append(TokenAttribute(CKA_LABEL, bytes: label))
            handles = try objects(attributes)
        }
        guard let handle = handles.first else {
            throw .noKey(
                wanted: "the private half of \(quoted(key.label))", token: label,
                present: try words(catalog().filter { !$0.of(.private).isEmpty }))
        }
        guard handles.count == 1 else {
            throw .unusableKey(
                key: key.label, token: label,
                reason: "\(handles.count) private keys of one id, one expected")
        }
        if try isTrue(CKA_SIGN, of: handle) == false {
            throw .unusableKey(key: key.label, token: label, reason: "not a key for signing")
        }
        let found = PrivateKeyObject(
            handle: handle,
            isAlwaysAuthenticated: try isTrue(CKA_ALWAYS_AUTHENTICATE, of: handle) ?? false)
        privateKeys[key] = found
        return found
    }
}
