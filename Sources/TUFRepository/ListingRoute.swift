// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Finds the roles that have to list files, and remembers the way.
///
/// Of very many files nearly all go into hash bins: which bin it is says the path's hash, and what
/// is known of a bin need not be found out again for each of its files.
struct ListingRoute: ~Copyable {
    /// A role on the way down from top-level targets.
    private struct Station {
        let role: RoleName
        let delegations: Delegations?
        /// The stations of its named roles; -1 where none was asked for.
        var next: [Int]
        /// How many bits of a path's hash say which hash bin it is; 0 if it has none.
        var bitLength = 0
        /// The places of its hash bins; -1 where none was asked for, or the bin delegates further.
        var bins: [Int]
        /// The place of the role itself; -1 if it was not asked for.
        var place = -1

        init(_ role: RoleName, _ delegations: Delegations?) {
            self.role = role
            self.delegations = delegations
            (next, bins) = ([], [])
            switch delegations?.roles {
            case .named(let roles)?: next = Array(repeating: -1, count: roles.count)
            case .succinct(let found)?:
                bitLength = found.bitLength
                bins = Array(repeating: -1, count: min(found.count, ListingRoute.limit))
            case nil: break
            }
        }
    }

    /// The roles that were found, in their order.
    private(set) var roles: [RoleName] = []
    private var places: [RoleName: Int] = [:]
    private var stations: [Station] = []
    private var digest = RunningDigest(.sha256)
    private let tree: RoleTree

    /// Number of bins of one role that are remembered: metadata may speak of 2^32.
    private static let limit = 1 << 16

    /// - Parameter tree: does not change meanwhile.
    init(_ tree: RoleTree) { self.tree = tree }

    /// The place in ``roles`` of the role that has to list a path.
    ///
    /// - Throws: ``RepositoryError/notDelegated(_:)`` for a path that nobody may list.
    mutating func place(of path: TargetPath) throws(RepositoryError) -> Int {
        if stations.isEmpty { try enter(.targets) }
        var station = 0
        // As many steps as there are roles: a circle of them is the tree's affair.
        for _ in stations.indices {
            if stations[station].bitLength > 0 { return try place(of: path, inBinsOf: station) }
            guard let position = stations[station].delegations?.firstPosition(covering: path) else {
                return try place(of: path, endingAt: station)
            }
            station = try next(station, position)
        }
        return try slowPlace(of: path)
    }

    private mutating func place(
        of path: TargetPath, endingAt station: Int
    ) throws(RepositoryError) -> Int {
        // Whether top-level targets lists files itself depends on more.
        guard station > 0 else { return try slowPlace(of: path) }
        if stations[station].place < 0 { stations[station].place = try slowPlace(of: path) }
        return stations[station].place
    }

    private mutating func place(
        of path: TargetPath, inBinsOf station: Int
    ) throws(RepositoryError) -> Int {
        let number = SuccinctRoles.number(for: path, stations[station].bitLength, with: &digest)
        guard number < ListingRoute.limit else { return try slowPlace(of: path) }
        let known = stations[station].bins[number]
        if known >= 0 { return known }
        guard case .succinct(let bins)? = stations[station].delegations?.roles else {
            return try slowPlace(of: path)
        }
        let bin = bins.name(of: number)
        // A bin that delegates further, or is also something else, is the tree's affair.
        guard !stations.contains(where: { $0.role == bin }), try tree.delegations(of: bin) == nil
        else { return try slowPlace(of: path) }
        let place = place(of: bin)
        stations[station].bins[number] = place
        return place
    }

    /// The same by asking role after role.
    private mutating func slowPlace(of path: TargetPath) throws(RepositoryError) -> Int {
        guard let role = try tree.role(listing: path) else { throw .notDelegated(path) }
        return place(of: role)
    }

    /// The place of a role, a new one if it was not found before.
    private mutating func place(of role: RoleName) -> Int {
        if let place = places[role] { return place }
        places[role] = roles.count
        roles.append(role)
        return roles.count - 1
    }

    /// The station of a named role.
    private mutating func next(
        _ station: Int, _ position: Int
    ) throws(RepositoryError) -> Int {
        let known = stations[station].next[position]
        if known >= 0 { return known }
        guard case .named(let named)? = stations[station].delegations?.roles else { return station }
        let role = named[position].name
        let found: Int
        if let known = stations.firstIndex(where: { $0.role == role }) {
            found = known
        } else {
            found = try enter(role)
        }
        stations[station].next[position] = found
        return found
    }

    @discardableResult
    private mutating func enter(_ role: RoleName) throws(RepositoryError) -> Int {
        stations.append(Station(role, try tree.delegations(of: role)))
        return stations.count - 1
    }
}
