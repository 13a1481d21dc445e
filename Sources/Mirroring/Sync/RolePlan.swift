// SPDX-License-Identifier: Apache-2.0
package import TUFMetadata

/// The files of one role that a mirror must have and may not have yet, one after the other: what
/// the new version lists and the one that is mirrored completely does not.
///
/// Nothing is gathered: a role may list a million files.
package struct RolePlan: Sequence, IteratorProtocol {
    private var files: TargetFiles.Iterator
    private let known: TargetFiles?
    private let isWanted: (TargetPath) -> Bool

    /// - Parameters:
    ///   - mirrored: the version all of whose wanted files are there already, if there is one.
    ///   - isWanted: whether the mirror keeps a file.
    package init(
        _ targets: Targets, mirrored: Targets?, where isWanted: @escaping (TargetPath) -> Bool
    ) {
        files = targets.files.makeIterator()
        known = mirrored?.files
        self.isWanted = isWanted
    }

    package mutating func next() -> TargetFile? {
        while let file = files.next() {
            guard isWanted(file.path) else { continue }
            if let old = known?[file.path], old.length == file.length, old.hashes == file.hashes {
                continue
            }
            return file
        }
        return nil
    }
}
