// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// To whom one role delegates a path, found fast: an audit asks it for every file.
struct DelegationIndex: Sendable {
    struct Entry: Sendable {
        let role: RoleName
        let isTerminating: Bool
    }

    private enum Kind: Sendable {
        case none
        case bins(SuccinctRoles)
        case named(Named)
    }

    private struct Named: Sendable {
        let roles: [DelegatedRole]
        /// Places of the roles that go by patterns.
        var patterned: [Int] = []
        /// Places of the roles that go by hash, by prefix.
        var hashed: [UTF8Text: [Int]] = [:]
        /// Lengths of the prefixes, in digits.
        var lengths: Set<Int> = []
    }

    private let kind: Kind

    init(_ delegations: Delegations?) {
        switch delegations?.roles {
        case nil: kind = .none
        case .succinct(let bins)?: kind = .bins(bins)
        case .named(let roles)?:
            var named = Named(roles: roles)
            for (place, role) in roles.enumerated() {
                switch role.scope {
                case .paths: named.patterned.append(place)
                case .hashPrefixes(let prefixes):
                    for prefix in prefixes {
                        named.hashed[UTF8Text(prefix), default: []].append(place)
                        named.lengths.insert(prefix.utf8.count)
                    }
                }
            }
            kind = .named(named)
        }
    }

    /// The roles that may speak for `path`, in order of priority.
    func entries(covering path: TargetPath) -> [Entry] {
        switch kind {
        case .none: return []
        case .bins(let bins): return [Entry(role: bins.bin(for: path), isTerminating: false)]
        case .named(let named):
            var places = named.patterned.filter { named.roles[$0].covers(path) }
            if !named.lengths.isEmpty {
                let digits = Array(hex(path.hash).utf8)
                for length in named.lengths {
                    let prefix = UTF8Text(String(decoding: digits.prefix(length), as: UTF8.self))
                    places += named.hashed[prefix] ?? []
                }
            }
            return Set(places).sorted().map {
                Entry(role: named.roles[$0].name, isTerminating: named.roles[$0].isTerminating)
            }
        }
    }
}
