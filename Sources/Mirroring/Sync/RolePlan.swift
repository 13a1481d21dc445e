// SPDX-License-Identifier: Apache-2.0
package import TUFMetadata

/// The files of one role that a mirror must have and may not have yet, one after the other: what
/// the new version lists and the one that is mirrored completely does not.
///
/// Nothing is gathered: a role may list a million files.
package struct RolePlan: Sequence, IteratorProtocol {
    private var files: AnyIterator<TargetFile>
    private let known: TargetFiles?

    /// - Parameters:
    ///   - mirrored: the version all of whose wanted files are there already, if there is one.
    ///   - isWanted: whether the mirror keeps a file; `nil` if it keeps all.
    package init(
        _ targets: Targets, mirrored: Targets?, where isWanted: ((TargetPath) -> Bool)?
    ) {
        known = mirrored?.files
        guard let isWanted else {
            files = AnyIterator(targets.files.makeIterator())
            return
        }
        // Most paths of a large role are not wanted, and no more of them is read than the path.
        var paths = targets.files.paths.lazy.filter(isWanted).makeIterator()
        files = AnyIterator {
            while let path = paths.next() {
                if let file = targets.files[path] { return file }
            }
            return nil
        }
    }

    package mutating func next() -> TargetFile? {
        while let file = files.next() {
            if let old = known?[file.path], old.length == file.length, old.hashes == file.hashes {
                continue
            }
            return file
        }
        return nil
    }
}
