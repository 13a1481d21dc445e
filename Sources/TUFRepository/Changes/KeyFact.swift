// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// A change of the list of keys. Being listed gives a key nothing: see ``SigningFact``.
package enum KeyFact: Sendable, Equatable {
    case listed(KeyLabel, KeyContent)
    case unlisted(KeyLabel)
    /// Another key under the same id.
    case replaced(KeyLabel, KeyContent, before: KeyContent)
    /// The same key, written in another way.
    case rewritten(KeyLabel, KeyContent, before: KeyContent)
    case holder(KeyLabel, member: UTF8Text, UTF8Text?, before: UTF8Text?)
    /// One key under several ids.
    case twins([KeyLabel])
}

/// What a key object holds, apart from names.
package struct KeyContent: Sendable, Equatable {
    package let type: UTF8Text
    package let scheme: UTF8Text
    /// SHA-256 over type, scheme and value, as in python-securesystemslib; mostly the key id.
    package let fingerprint: KeyID
    /// Whether this program can check signatures of it.
    package let isUsable: Bool

    init(_ key: PublicKey) {
        type = key.type
        scheme = key.scheme
        fingerprint = key.keyID
        isUsable = key.material != nil
    }

    fileprivate var words: String {
        let kind =
            type == scheme
            ? ChangeText.name(type) : "\(ChangeText.name(type)), \(ChangeText.name(scheme))"
        return kind + (isUsable ? "" : ", of no use: nothing can be checked with it")
    }

    fileprivate var json: JSON {
        [
            "keytype": .string(type), "scheme": .string(scheme),
            "fingerprint": .string(fingerprint.text), "usable": .boolean(isUsable),
        ]
    }
}

extension KeyFact: FactWords {
    var kind: String {
        switch self {
        case .listed: "key-listed"
        case .unlisted: "key-unlisted"
        case .replaced: "key-replaced"
        case .rewritten: "key-rewritten"
        case .holder: "key-holder"
        case .twins: "key-twins"
        }
    }

    var weight: Change.Weight { .trust }

    var urgency: Change.Urgency {
        switch self {
        case .listed(_, let content): content.isUsable ? .plain : .warning
        case .unlisted: .plain
        case .replaced, .twins: .alarm
        case .rewritten: .warning
        case .holder(_, _, _, let old): old == nil ? .plain : .warning
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .listed(let key, let content):
            let owner = key.holder.map { " of \(ChangeText.name($0))" } ?? ""
            // The whole id: it is what the holder reads out on the telephone.
            let id = ChangeText.name(key.id.text)
            let content =
                key.id == content.fingerprint
                ? content.words
                : "\(content.words), fingerprint \(content.fingerprint)"
            return "new key \(id)\(owner) (\(content))"
        case .unlisted(let key): return "key \(key.shownID)\(KeyFact.owner(key)) is listed no more"
        case .replaced(let key, let content, let old):
            return "under the id of key \(key.shownID)\(KeyFact.owner(key)) stands another key: "
                + "\(content.words), fingerprint \(content.fingerprint), before \(old.words), "
                + "fingerprint \(old.fingerprint)"
        case .rewritten(let key, let content, let old):
            return "key \(key.shownID)\(KeyFact.owner(key)) is written in another way "
                + "(\(content.words), fingerprint \(content.fingerprint); before \(old.words)); "
                + "it is the same key"
        case .holder(let key, let member, let holder, let old):
            let before = old.map { ", before \(ChangeText.name($0))" } ?? ""
            let now = holder.map { "is said to be held by \(ChangeText.name($0))" }
            return "key \(key.shownID) \(now ?? "names no holder any more")\(before) "
                + "(\(ChangeText.name(member)))"
        case .twins(let keys):
            return "keys \(ChangeText.joined(keys.map(\.shownID))) are one and the same: "
                + "together they count once"
        }
    }

    private static func owner(_ key: KeyLabel) -> String {
        key.holder.map { " of \(ChangeText.name($0))" } ?? ""
    }

    var details: [JSON.Member] {
        switch self {
        case .listed(let key, let content):
            [JSON.Member("key", key.json), JSON.Member("after", content.json)]
        case .unlisted(let key): [JSON.Member("key", key.json)]
        case .replaced(let key, let content, let old), .rewritten(let key, let content, let old):
            [
                JSON.Member("key", key.json), JSON.Member("after", content.json),
                JSON.Member("before", old.json),
            ]
        case .holder(let key, let member, let holder, let old):
            [
                JSON.Member("key", key.json), fact("member", member.string),
                fact("after", holder?.string), fact("before", old?.string),
            ]
        case .twins(let keys): [JSON.Member("keys", .array(keys.map(\.json)))]
        }
    }
}
