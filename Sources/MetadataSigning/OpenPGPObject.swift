// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import OpenPGP

/// A key object of in-toto for a key of gpg, as python-securesystemslib 1.6 writes it:
/// `{"method": "pgp+eddsa-ed25519", "type": "eddsa", "hashes": ["pgp+SHA2"], "keyid": "…",
/// "creation_time": 1, "validity_period": 2, "keyval": {"private": "", "public": {"q": "…"}},
/// "subkeys": {"…": {…}}}`.
extension OpenPGPKey {
    /// More subkeys than this make the key one that cannot be used.
    private static let maximumSubkeys = OpenPGPCertificate.maximumSubkeys

    /// Decodes a key object; `nil` for one that cannot be used. Subkeys that cannot be are left
    /// out.
    init?(inToto object: JSONObject) {
        guard let primary = OpenPGPKey(object, subkeys: []) else { return nil }
        var subkeys: [OpenPGPKey] = []
        if let listed = object["subkeys"] {
            guard let members = try? listed.object() else { return nil }
            var count = 0
            for member in members {
                count += 1
                guard count <= OpenPGPKey.maximumSubkeys else { return nil }
                guard let inner = try? member.value.object(),
                    let subkey = OpenPGPKey(inner, subkeys: []),
                    subkey.fingerprint.utf8.elementsEqual(member.key.utf8)
                else { continue }
                subkeys.append(subkey)
            }
        }
        self.init(
            fingerprint: primary.fingerprint, creationTime: primary.creationTime,
            validityPeriod: primary.validityPeriod, numbers: primary.numbers, subkeys: subkeys)
    }

    private init?(_ object: JSONObject, subkeys: [OpenPGPKey]) {
        guard let id = try? object.required("keyid").text(), id.count == 40,
            KeyID(id).isHexadecimal,
            let type = try? object.required("type").text(),
            let method = try? object.required("method").text(),
            let values = try? object.required("keyval").object().required("public").object(),
            let numbers = OpenPGPKey.numbers(type, method, values)
        else { return nil }
        var times: [Int?] = []
        for name in ["creation_time", "validity_period"] as [UTF8Text] {
            guard let value = object[name] else {
                times.append(nil)
                continue
            }
            guard let number = try? value.integer(in: 0...Int(UInt32.max)) else { return nil }
            times.append(number)
        }
        self.init(
            fingerprint: id.string, creationTime: times[0], validityPeriod: times[1],
            numbers: numbers, subkeys: subkeys)
    }

    private static func numbers(
        _ type: UTF8Text, _ method: UTF8Text, _ values: JSONObject
    ) -> OpenPGPNumbers? {
        func number(_ name: UTF8Text) -> [UInt8]? {
            guard let text = try? values.required(name).text() else { return nil }
            return bytes(fromHex: text.string, lowerCaseOnly: false)
                .map { Array($0.drop { $0 == 0 }) }
        }
        let numbers: OpenPGPNumbers
        switch (type, method) {
        case ("rsa", "pgp+rsa-pkcsv1.5"):
            guard let n = number("n"), let e = number("e") else { return nil }
            numbers = .rsa(modulus: n, exponent: e)
        case ("dsa", "pgp+dsa-fips-180-2"):
            guard let p = number("p"), let q = number("q"), let g = number("g"),
                let y = number("y")
            else { return nil }
            numbers = .dsa(p: p, q: q, g: g, y: y)
        case ("eddsa", "pgp+eddsa-ed25519"):
            guard let text = try? values.required("q").text(),
                let point = bytes(fromHex: text.string, lowerCaseOnly: false), point.count == 32
            else { return nil }
            numbers = .ed25519(point)
        default: return nil
        }
        return numbers.isSound ? numbers : nil
    }

    /// `type` and `method` of the key object.
    package var names: (type: String, method: String) {
        switch numbers {
        case .rsa: ("rsa", "pgp+rsa-pkcsv1.5")
        case .dsa: ("dsa", "pgp+dsa-fips-180-2")
        case .ed25519: ("eddsa", "pgp+eddsa-ed25519")
        }
    }

    /// The key object, without the subkeys that are revoked: it has no word for that.
    package var json: JSON {
        let values: JSON =
            switch numbers {
            case .rsa(let modulus, let exponent):
                ["e": .text(hex(exponent)), "n": .text(hex(modulus))]
            case .dsa(let p, let q, let g, let y):
                ["p": .text(hex(p)), "q": .text(hex(q)), "g": .text(hex(g)), "y": .text(hex(y))]
            case .ed25519(let point): ["q": .text(hex(point))]
            }
        var object: JSON = [
            "method": .text(names.method), "type": .text(names.type), "hashes": ["pgp+SHA2"],
            "keyid": .text(fingerprint), "keyval": ["private": "", "public": values],
        ]
        if let creationTime { object.set("creation_time", .integer(creationTime)) }
        if let validityPeriod { object.set("validity_period", .integer(validityPeriod)) }
        let listed = subkeys.filter { $0.revokedSince == nil }
        if !listed.isEmpty {
            let members = listed.map { JSON.Member(UTF8Text($0.fingerprint), $0.json) }
            object.set("subkeys", .object(members))
        }
        return object
    }
}

extension OpenPGPNumbers {
    /// Whether nobody but the holder can sign.
    var isSound: Bool {
        guard (try? check()) != nil else { return false }
        if case .ed25519(let point) = self { return !isWeakEdwardsPoint(point) }
        return true
    }

    var material: KeyMaterial { KeyMaterial(bytes: subjectPublicKeyInfo) }
}

extension Signature {
    /// An entry as python-securesystemslib writes it, all in hexadecimal digits:
    /// `{"keyid": "…", "other_headers": "…", "signature": "…"}`.
    package init(openPGP signature: OpenPGPSignature) {
        let keyID = UTF8Text(signature.issuer ?? "")
        self.init(
            keyID: KeyID(keyID), value: signature.value, headers: signature.headers,
            json: [
                "keyid": .string(keyID), "other_headers": .text(hex(signature.headers)),
                "signature": .text(hex(signature.value)),
            ])
    }
}
