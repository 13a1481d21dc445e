// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

/// What snapshot says of the roles of a change.
struct SnapshotListing {
    private let roles: [SignedRole]
    /// What they are called in snapshot, in the order of ``roles``; `nil` for root.
    private let names: [UTF8Text?]

    init(_ roles: [SignedRole]) {
        self.roles = roles
        names = roles.map { $0.role == .root ? nil : $0.role.metaName }
    }

    /// The members of `meta`.
    ///
    /// - Parameter old: what they were.
    func members(replacing old: [JSON.Member]) -> [JSON.Member] {
        let found = places(in: old)
        var isListed = [Bool](repeating: false, count: roles.count)
        var members: [JSON.Member] = []
        members.reserveCapacity(old.count + roles.count)
        for (member, place) in zip(old, found) {
            guard let place else {
                members.append(member)
                continue
            }
            isListed[place] = true
            members.append(
                JSON.Member(
                    member.key, MetadataBuilder.listed(roles[place], replacing: member.value)))
        }
        // New roles mostly have the same version, and say no more than that.
        var last: (version: Int, entry: JSON)?
        for (place, name) in names.enumerated() where !isListed[place] {
            guard let name else { continue }
            let version = roles[place].version
            let entry =
                last?.version == version
                ? last?.entry : MetadataBuilder.listed(roles[place], replacing: [:])
            guard let entry else { continue }
            last = (version, entry)
            members.append(JSON.Member(name, entry))
        }
        return members
    }

    /// For each of these members the place of its role, if that is one of the change.
    private func places(in old: [JSON.Member]) -> [Int?] {
        // A change of very many roles mostly makes them, and one of few is of many that there are.
        var places: [UTF8Text: Int] = [:]
        if names.count < old.count {
            for (place, name) in names.enumerated() {
                if let name { places[name] = place }
            }
            return old.map { places[$0.key] }
        }
        for (number, member) in old.enumerated() { places[member.key] = number }
        var found = [Int?](repeating: nil, count: old.count)
        for (place, name) in names.enumerated() {
            if let number = name.flatMap({ places[$0] }) { found[number] = place }
        }
        return found
    }
}
