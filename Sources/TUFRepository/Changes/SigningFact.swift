// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// Who signs: a role, or all bins of a name space at once.
package enum SigningRole: Sendable, Equatable, CustomStringConvertible {
    case role(RoleName)
    case bins(prefix: UTF8Text)

    package var description: String {
        switch self {
        case .role(let role): ChangeText.name(role.text)
        case .bins(let prefix): "the bins \(ChangeText.name(prefix))-…"
        }
    }

    fileprivate var verb: String {
        switch self {
        case .role: "needs"
        case .bins: "need"
        }
    }
}

/// How many of how many different keys must sign.
package struct Quorum: Sendable, Equatable {
    package let threshold: Int
    /// Different keys that can sign: one under two ids counts once, one of no use not at all.
    package let keys: Int

    fileprivate var words: String { "\(threshold) of \(ChangeText.count(keys, "signature"))" }

    fileprivate var json: JSON {
        ["threshold": .integer(threshold), "keys": .integer(keys)]
    }
}

/// A change of who must sign a role.
package enum SigningFact: Sendable, Equatable {
    case may(KeyLabel, SigningRole)
    case mayNot(KeyLabel, SigningRole)
    /// - Parameter before: `nil` if the role is new.
    case needs(SigningRole, Quorum, before: Quorum?)
    /// The list has another order, or names a key twice.
    case order(SigningRole, [KeyLabel])
}

extension SigningFact: FactWords {
    var kind: String {
        switch self {
        case .may: "may-sign"
        case .mayNot: "may-not-sign"
        case .needs: "threshold"
        case .order: "key-order"
        }
    }

    var weight: Change.Weight {
        if case .order = self { .other } else { .trust }
    }

    var urgency: Change.Urgency {
        switch self {
        case .may(let key, _): key.isListed ? .plain : .warning
        case .mayNot, .order: .plain
        case .needs(_, let new, let old):
            if new.threshold > new.keys {
                .alarm
            } else if let old, new.threshold < old.threshold {
                .warning
            } else {
                .plain
            }
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .may(let key, let role): return "\(key) may now sign for \(role)"
        case .mayNot(let key, let role): return "\(key) may no longer sign for \(role)"
        case .needs(let role, let new, let old):
            let before = old.map { ", before \($0.words)" } ?? ""
            let end = new.threshold > new.keys ? ": it can never be signed" : ""
            return "\(role) \(role.verb) \(new.words)\(before)\(end)"
        case .order(let role, let keys):
            return "the keys of \(role) stand in another order, which means nothing: "
                + ChangeText.joined(keys.map(\.description))
        }
    }

    var details: [JSON.Member] {
        switch self {
        case .may(let key, let role), .mayNot(let key, let role):
            [JSON.Member("key", key.json), fact("signs", "\(role)")]
        case .needs(let role, let new, let old):
            [
                fact("signs", "\(role)"), JSON.Member("after", new.json),
                JSON.Member("before", old?.json ?? .null),
            ]
        case .order(let role, let keys):
            [fact("signs", "\(role)"), JSON.Member("keys", .array(keys.map(\.json)))]
        }
    }
}
