// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

/// Files, by the role that has to list them.
///
/// Of very many files nearly all go into hash bins: which bin it is says the path's hash, and what
/// is known of a bin need not be found out again for each of its files.
struct ListingGroups {
    /// The roles in the order in which files came for them, and the numbers of their files.
    private(set) var all: [(role: RoleName, files: [Int])] = []
    private var places: [RoleName: Int] = [:]
    /// For the hash bins of each prefix, bin by bin, its place in ``all``; -1 if it has none, or
    /// if the bin delegates further.
    private var bins: [UTF8Text: [Int]] = [:]
    /// Remembers what it has read.
    private let tree: RoleTree

    init(_ tree: RoleTree) { self.tree = tree }

    /// - Throws: ``RepositoryError/notDelegated(_:)`` for a path that nobody may list.
    mutating func add(_ file: Int, at path: TargetPath) throws(RepositoryError) {
        let bin = try tree.bin(on: path)
        if let bin, let place = bins[bin.bins.namePrefix]?[bin.number], place >= 0 {
            return all[place].files.append(file)
        }
        guard let role = try tree.role(listing: path) else { throw .notDelegated(path) }
        let place = places[role] ?? all.count
        if place == all.count {
            places[role] = place
            all.append((role, []))
        }
        all[place].files.append(file)
        guard let (bins, number) = bin, bins.name(of: number) == role,
            try tree.delegations(of: role) == nil
        else { return }
        self.bins[bins.namePrefix, default: Array(repeating: -1, count: bins.count)][number] = place
    }
}
