// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// A change of to whom a role delegates what. Whose keys count is told by ``SigningFact``.
package enum DelegationFact: Sendable, Equatable {
    /// - Parameter number: when it is asked, from 1 up, of `count`.
    case delegated(RoleName, number: Int, of: Int)
    case withdrawn(RoleName, Paths)
    case may(RoleName, Paths)
    case mayNot(RoleName, Paths)
    /// The patterns are the same in another order, or one stands there twice.
    case order(RoleName, Paths)
    case terminating(RoleName, Bool, isNew: Bool)
    case moved(RoleName, to: Int, from: Int, of: Int)
    case bins(prefix: UTF8Text, bits: Int)
    case binsWithdrawn(prefix: UTF8Text, bits: Int)
    case binBits(prefix: UTF8Text, Int, before: Int)
    case binPrefix(UTF8Text, before: UTF8Text)

    /// What a role may list: paths by patterns, or paths by the beginnings of their SHA-256.
    package enum Paths: Sendable, Equatable {
        case patterns([UTF8Text])
        case hashPrefixes([UTF8Text])

        fileprivate var words: String {
            switch self {
            case .patterns(let patterns): ChangeText.list(patterns, or: "no files")
            case .hashPrefixes(let prefixes):
                "files whose path has a SHA-256 that begins with "
                    + ChangeText.list(prefixes, or: "nothing")
            }
        }

        fileprivate var details: JSON.Member {
            switch self {
            case .patterns(let patterns): fact("patterns", patterns)
            case .hashPrefixes(let prefixes): fact("hash-prefixes", prefixes)
            }
        }
    }
}

extension DelegationFact: FactWords {
    var kind: String {
        switch self {
        case .delegated: "delegated"
        case .withdrawn: "delegation-withdrawn"
        case .may: "may-list"
        case .mayNot: "may-not-list"
        case .order: "pattern-order"
        case .terminating: "terminating"
        case .moved: "delegation-moved"
        case .bins: "bins"
        case .binsWithdrawn: "bins-withdrawn"
        case .binBits: "bin-bits"
        case .binPrefix: "bin-prefix"
        }
    }

    var weight: Change.Weight {
        if case .order = self { .other } else { .trust }
    }

    var urgency: Change.Urgency {
        switch self {
        case .withdrawn, .binsWithdrawn, .moved, .binPrefix: .warning
        case .terminating(_, let isOn, let isNew): isOn || isNew ? .plain : .warning
        default: .plain
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .delegated(let role, let number, let count):
            return "files are now delegated to \(name(role)), asked as number \(number) of \(count)"
        case .withdrawn(let role, let paths):
            return "nothing is delegated to \(name(role)) any more; it could list \(paths.words)"
        case .may(let role, let paths): return "\(name(role)) may now list \(paths.words)"
        case .mayNot(let role, let paths):
            return "\(name(role)) may no longer list \(paths.words)"
        case .order(let role, let paths):
            return "what \(name(role)) may list stands in another order, which means nothing: "
                + paths.words
        case .terminating(let role, true, _):
            return "the search for a file that \(name(role)) may list ends with \(name(role))"
        case .terminating(let role, false, let isNew):
            return "the search for a file that \(name(role)) may list but does not "
                + "\(isNew ? "goes on" : "now goes on") with the roles after it"
        case .moved(let role, let new, let old, let count):
            return "\(name(role)) is now asked as number \(new) of \(count), "
                + "before as number \(old)"
        case .bins(let prefix, let bits):
            return "files are now delegated to \(bins(bits)) \(shown(prefix))-…"
        case .binsWithdrawn(let prefix, let bits):
            return "nothing is delegated to the \(bins(bits)) \(shown(prefix))-… any more"
        case .binBits(let prefix, let bits, let old):
            return "files are spread over \(bins(bits)) \(shown(prefix))-…, before \(bins(old))"
        case .binPrefix(let prefix, let old):
            return "the bins are named \(shown(prefix))-…, before \(shown(old))-…"
        }
    }

    private func name(_ role: RoleName) -> String { ChangeText.name(role.text) }

    private func shown(_ prefix: UTF8Text) -> String { ChangeText.name(prefix) }

    private func bins(_ bits: Int) -> String {
        (0...32).contains(bits)
            ? ChangeText.count(1 << bits, "bin") : "bins by \(bits) bits of a SHA-256"
    }

    var details: [JSON.Member] {
        switch self {
        case .delegated(let role, let number, let count):
            [delegate(role), fact("number", number), fact("count", count)]
        case .withdrawn(let role, let paths), .may(let role, let paths),
            .mayNot(let role, let paths), .order(let role, let paths):
            [delegate(role), paths.details]
        case .terminating(let role, let isOn, _):
            [delegate(role), JSON.Member("terminating", .boolean(isOn))]
        case .moved(let role, let new, let old, let count):
            [
                delegate(role), fact("number", new), fact("before", old),
                fact("count", count),
            ]
        case .bins(let prefix, let bits), .binsWithdrawn(let prefix, let bits):
            [fact("prefix", prefix.string), fact("bits", bits)]
        case .binBits(let prefix, let bits, let old):
            [fact("prefix", prefix.string), fact("bits", bits), fact("before", old)]
        case .binPrefix(let prefix, let old):
            [fact("prefix", prefix.string), fact("before", old.string)]
        }
    }

    private func delegate(_ role: RoleName) -> JSON.Member {
        fact("delegate", role.text.string)
    }
}
