// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Files, by the role that has to list them.
///
/// Only numbers are moved, in two lists for all roles: a release may list a hundred thousand files
/// in sixteen thousand hash bins.
struct ListingGroups {
    /// The roles in the order in which files came for them.
    let roles: [RoleName]
    /// The numbers of the files, role by role, in their order.
    private var numbers: [Int]
    /// Where the numbers of each role end.
    private let ends: [Int]

    /// - Throws: ``RepositoryError/notDelegated(_:)`` for a path that nobody may list.
    init(_ files: [FileListing], _ tree: RoleTree) throws(RepositoryError) {
        var route = ListingRoute(tree)
        var groups: [Int32] = []
        groups.reserveCapacity(files.count)
        for index in files.indices {
            groups.append(Int32(try route.place(of: files[index].path)))
        }
        roles = route.roles
        var counts = [Int](repeating: 0, count: roles.count)
        for group in groups { counts[Int(group)] += 1 }
        var next: [Int] = []
        next.reserveCapacity(counts.count)
        var total = 0
        for count in counts {
            next.append(total)
            total += count
        }
        numbers = [Int](repeating: 0, count: files.count)
        for (number, group) in groups.enumerated() {
            numbers[next[Int(group)]] = number
            next[Int(group)] += 1
        }
        ends = next
    }

    /// The numbers of a role's files in the order of their paths; of those with one path in their
    /// own order, so that the last stays the last.
    ///
    /// - Returns: also whether no path is there twice.
    mutating func sortedNumbers(
        of role: Int, _ files: [FileListing]
    ) -> (numbers: ArraySlice<Int>, areDistinct: Bool) {
        let range = (role == 0 ? 0 : ends[role - 1])..<ends[role]
        // They mostly come in order.
        if areAscending(range, files) { return (numbers[range], true) }
        numbers[range].sort { (files[$0].path.text, $0) < (files[$1].path.text, $1) }
        return (numbers[range], areAscending(range, files))
    }

    private func areAscending(_ range: Range<Int>, _ files: [FileListing]) -> Bool {
        range.dropFirst().allSatisfy {
            files[numbers[$0 - 1]].path.text < files[numbers[$0]].path.text
        }
    }
}
