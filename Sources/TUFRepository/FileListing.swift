// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// A target file to be listed.
public struct FileListing: Sendable {
    public let path: TargetPath
    /// In lower-case hexadecimal digits.
    public let sha256: String
    /// The entry of `targets`.
    public let entry: JSON

    public init(path: TargetPath, length: Int, sha256: String, custom: JSON?) {
        self.path = path
        self.sha256 = sha256
        entry = MetadataBuilder.targetFile(length: length, sha256: sha256, custom: custom)
    }
}

extension RepositoryEdit {
    /// Lists many target files, each in the role that has to list it.
    ///
    /// - Parameter replacing: whether other bytes may take the place of a file listed before.
    /// - Throws: ``RepositoryError/notDelegated(_:)`` for a path that nobody may list,
    ///   ``RepositoryError/listedBefore(_:sha256:)``, `.invalid`.
    public mutating func list(
        _ files: [FileListing], replacing: Bool
    ) throws(RepositoryError) {
        // Who delegates to whom does not change meanwhile.
        let tree = tree.remembering
        var order: [RoleName] = []
        var groups: [RoleName: [FileListing]] = [:]
        for file in files {
            guard let role = try tree.role(listing: file.path) else {
                throw .notDelegated(file.path)
            }
            if groups[role] == nil { order.append(role) }
            groups[role, default: []].append(file)
        }
        for role in order {
            let group = groups[role] ?? []
            if !replacing { try refuseReplacing(group, in: role) }
            try change(role) { draft in
                for file in group { draft.files[file.path.text] = .some(file.entry) }
            }
        }
    }

    private func refuseReplacing(
        _ files: [FileListing], in role: RoleName
    ) throws(RepositoryError) {
        var listed: [UTF8Text: String] = [:]
        for file in files {
            let known = try entry(at: file.path, in: role)?["hashes"]?["sha256"]?.text?.string
            let first = listed.updateValue(file.sha256, forKey: file.path.text)
            for sha256 in [known, first] {
                guard let sha256, sha256 != file.sha256 else { continue }
                throw .listedBefore(file.path, sha256: sha256)
            }
        }
    }

    /// Spreads the role that lists `path` over hash bins, unless it has that many.
    ///
    /// - Parameter count: number of bins: a power of two from 2 to 65,536.
    public mutating func spreadRole(
        listing path: TargetPath, over count: Int
    ) throws(RepositoryError) {
        let tree = tree
        guard var role = try tree.role(listing: path) else { throw .notDelegated(path) }
        if let place = try tree.place(of: role),
            case .succinct(let bins)? = try tree.delegations(of: place.delegator)?.roles
        {
            if bins.count == count { return }
            role = place.delegator
        }
        try spread(role, over: count)
    }
}
