// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file in the staging folder, whole.
struct StagedFile {
    private let path: String

    init(_ path: String) { self.path = path }

    /// Gives it its place; it is gone from the staging folder afterwards, whatever came of it.
    ///
    /// - Returns: `false` if the place is taken and not to be replaced.
    func move(to destination: String, replacing: Bool) throws(StorageError) -> Bool {
        defer { unlink(path) }
        if replacing {
            try FileSystem.expectReplaceable(destination)
            if rename(path, destination) == 0 { return true }
        } else {
            // Unlike a rename it never replaces a file.
            if link(path, destination) == 0 { return true }
            if errno == EEXIST { return false }
        }
        // Another file system, or one without links.
        guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP].contains(errno) else {
            throw .system(destination)
        }
        let file = try TemporaryFile(replacing: destination)
        try file.append(copyOf: path, sha256: nil, else: DirectoryStore.changed)
        if !replacing { return try file.publishNew() }
        try file.publish(durably: false)
        return true
    }
}
