// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
public import TUFMetadata

extension RepositoryEdit {
    /// Spreads a role's files over hash bins (TAP 15), or over more bins than it has.
    ///
    /// The bins have the keys of the role. Bins of another number that are left behind stay
    /// listed in snapshot, as clients insist, but nobody asks for them any more.
    ///
    /// - Parameters:
    ///   - count: number of bins: a power of two from 2 to 65,536.
    ///   - prefix: beginning of the bins' names; by default the role's name.
    ///   - days: how long the bins' signatures are good for.
    /// - Returns: number of files moved.
    @discardableResult
    public mutating func spread(
        _ role: RoleName, over count: Int, prefix: RoleName? = nil, days: Int? = nil
    ) throws(RepositoryError) -> Int {
        let bits = count.trailingZeroBitCount
        guard (2...65536).contains(count), count == 1 << bits else {
            throw .senseless(
                "role \(role): \(count) bins found, a power of two from 2 to 65536 expected")
        }
        let document = try document(of: role)
        let old = try bins(of: role, document)
        if let old, old.count == count, prefix == nil || prefix?.text == old.namePrefix {
            throw .senseless("role \(role): has \(count) bins already")
        }
        let prefix = prefix?.text ?? old?.namePrefix ?? role.text
        let keys = try old == nil ? keys(of: role) : keys(of: RoleName(old?.namePrefix ?? ""))
        let period =
            days ?? MetadataBuilder.period(document) ?? RepositoryEdit.days(role)
        let description: JSON = [
            "bit_length": .integer(bits), "name_prefix": .string(prefix),
            "keyids": .array(keys.holders.map { .string($0.id.text) }),
            "threshold": .integer(keys.threshold),
        ]
        let new: SuccinctRoles
        do throws(JSONError) {
            new = try SuccinctRoles(JSONDocument(description.compactBytes()).root)
        } catch {
            throw .senseless("role \(role): \(error)")
        }
        let files = try files(of: role, document, old)
        // What this change did to the old bins is in the new ones now.
        for number in 0..<(old?.count ?? 0) { drafts[old?.name(of: number) ?? role] = nil }
        try edit(role) { document in
            var delegations: JSON = [
                "succinct_roles": description,
                "keys": .object(keys.holders.map { JSON.Member($0.id.text, $0.json) }),
            ]
            for member in document["delegations"]?.members ?? []
            where delegations[member.key] == nil && member.key != "roles" {
                delegations.set(member.key, member.value)
            }
            document.set("delegations", delegations)
            document.set("targets", [:])
        }
        // They are in the bins now, whether published or listed by this change.
        drafts[role]?.hasPublishedFiles = false
        drafts[role]?.document.files = FileChanges()
        fill(new, with: files, days: period)
        return files.count
    }

    /// The bins that a role has; `nil` if it has none.
    private func bins(
        of role: RoleName, _ document: JSON
    ) throws(RepositoryError) -> SuccinctRoles? {
        switch try tree.delegations(of: role)?.roles {
        case .succinct(let bins)?: return bins
        case .named(let roles)? where !roles.isEmpty:
            throw .senseless(
                "role \(role): delegates to \(roles[0].name), only a role without delegations "
                    + "can have hash bins")
        default: return nil
        }
    }

    /// The files of the role and of its bins.
    private func files(
        of role: RoleName, _ document: JSON, _ old: SuccinctRoles?
    ) throws(RepositoryError) -> [JSON.Member] {
        var files = document["targets"]?.members ?? []
        guard let old else { return files }
        for number in 0..<old.count {
            let bin = old.name(of: number)
            guard state.version(of: bin) > 0 || drafts[bin] != nil else { continue }
            files += try self.document(of: bin)["targets"]?.members ?? []
        }
        return files
    }

    private mutating func fill(_ bins: SuccinctRoles, with files: [JSON.Member], days: Int) {
        var contents = [[JSON.Member]](repeating: [], count: bins.count)
        for file in files {
            // What is no path can be asked for by nobody, in a bin as little as before.
            guard let path = TargetPath(file.key) else { continue }
            contents[bins.number(for: path)].append(file)
        }
        let empty = MetadataBuilder.targets(days: days, now: now)
        drafts.reserveCapacity(drafts.count + bins.count)
        for (number, files) in contents.enumerated() {
            var document = empty
            if !files.isEmpty { document.set("targets", .object(files)) }
            replace(bins.name(of: number), document)
        }
    }
}
