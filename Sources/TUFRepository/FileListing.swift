// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A target file to be listed.
public struct FileListing: Sendable {
    public let path: TargetPath
    let file: ListedFile

    /// - Parameter sha256: in lower-case hexadecimal digits.
    public init(path: TargetPath, length: Int, sha256: String, custom: JSON?) {
        self.path = path
        if custom == nil, let digest = SHA256Digest(hex: sha256) {
            file = .plain(length: length, digest)
        } else {
            file = .entry(
                MetadataBuilder.targetFile(length: length, sha256: sha256, custom: custom))
        }
    }

    /// The same for one of very many files.
    public init(path: TargetPath, length: Int, sha256 digest: SHA256Digest, custom: JSON?) {
        self.path = path
        file =
            custom == nil
            ? .plain(length: length, digest)
            : .entry(
                MetadataBuilder.targetFile(length: length, sha256: digest.hex, custom: custom))
    }

    /// In lower-case hexadecimal digits.
    public var sha256: String {
        switch file {
        case .plain(_, let digest): digest.hex
        case .entry(let entry): entry["hashes"]?["sha256"]?.text?.string ?? ""
        }
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
        var groups = try ListingGroups(files, tree.remembering)
        for (place, role) in groups.roles.enumerated() {
            let (numbers, areDistinct) = groups.sortedNumbers(of: place, files)
            if !replacing { try refuseReplacing(files, numbers, areDistinct, in: role) }
            try change(role) { draft in
                draft.document.files.list(
                    numbers.map { (files[$0].path.text, files[$0].file) }, areDistinct)
            }
        }
    }

    private func refuseReplacing(
        _ files: [FileListing], _ numbers: ArraySlice<Int>, _ areDistinct: Bool,
        in role: RoleName
    ) throws(RepositoryError) {
        if !areDistinct {
            for (left, right) in zip(numbers, numbers.dropFirst())
            where files[left].path == files[right].path {
                try FileListing.expectSame(files[left].sha256, files[right])
            }
        }
        if drafts[role]?.isWithoutFiles ?? false { return }
        for number in numbers {
            let known = try entry(at: files[number].path, in: role)?["hashes"]?["sha256"]
            if let sha256 = known?.text?.string {
                try FileListing.expectSame(sha256, files[number])
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
