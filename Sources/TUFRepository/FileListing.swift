// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// A target file to be listed.
public struct FileListing: Sendable {
    public let path: TargetPath
    /// In lower-case hexadecimal digits.
    public let sha256: String
    let file: ListedFile

    public init(path: TargetPath, length: Int, sha256: String, custom: JSON?) {
        self.path = path
        self.sha256 = sha256
        file =
            custom == nil
            ? .plain(length: length, sha256: sha256)
            : .entry(MetadataBuilder.targetFile(length: length, sha256: sha256, custom: custom))
    }

    /// The entry of `targets`.
    public var entry: JSON { file.entry }
}

extension FileListing {
    fileprivate static func expectSame(
        _ sha256: String, _ file: FileListing
    ) throws(RepositoryError) {
        guard sha256.utf8.elementsEqual(file.sha256.utf8) else {
            throw .listedBefore(file.path, sha256: sha256)
        }
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
        var groups = ListingGroups(tree.remembering)
        for (number, file) in files.enumerated() { try groups.add(number, at: file.path) }
        for (role, numbers) in groups.all {
            // In their order, so that of two with one path the last stays the last.
            let sorted = numbers.sorted {
                (files[$0].path.text, $0) < (files[$1].path.text, $1)
            }
            if !replacing { try refuseReplacing(sorted.lazy.map { files[$0] }, in: role) }
            try change(role) { draft in
                draft.document.files.list(sorted.map { (files[$0].path.text, files[$0].file) })
            }
        }
    }

    private func refuseReplacing(
        _ files: some Sequence<FileListing>, in role: RoleName
    ) throws(RepositoryError) {
        let isEmpty = drafts[role]?.isWithoutFiles ?? false
        var last: FileListing?
        for file in files {
            if let last, last.path.text == file.path.text {
                try FileListing.expectSame(last.sha256, file)
            }
            last = file
            if isEmpty { continue }
            if let known = try entry(at: file.path, in: role)?["hashes"]?["sha256"]?.text?.string {
                try FileListing.expectSame(known, file)
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
