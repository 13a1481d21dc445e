// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The names of files that are not yet, or only for a moment, beside the place where they will
/// appear: `.NAME.0.carnet-tmp`.
///
/// The names are few and always the same, so that whoever writes `NAME` next finds what a killed
/// process left, without reading the folder. Whoever uses such a file holds a lock on it for as
/// long as it lives; a file without a holder is a dead one.
enum HiddenFile {
    static let ending = ".carnet-tmp"
    /// Writers of one file at one time that get a name; one more gets a random one.
    private static let slots = 8

    /// The hidden names for `destination`, the lasting ones first.
    static func names(for destination: String) -> [String] {
        let stem = stem(of: destination)
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        return ((0..<slots).map(String.init) + [random]).map { "\(stem).\($0)\(ending)" }
    }

    /// `FOLDER/.NAME`, cut by bytes: with what is added it must not be longer than a file name
    /// may be.
    static func stem(of destination: String) -> String {
        let name = FileSystem.name(of: destination).utf8.prefix(60)
        return "\(FileSystem.parent(of: destination))/.\(String(decoding: name, as: UTF8.self))"
    }

    /// Removes what killed processes left of `destination`.
    static func sweep(_ destination: String) {
        for name in names(for: destination).dropLast() { removeIfDead(name) }
    }

    /// Removes what killed processes left in a folder of ours.
    static func sweep(folder: String) {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            // The folder may hold thousands of files: only a hidden one gets a string.
            guard entry.pointee.d_name.0 == CChar(UInt8(ascii: ".")) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(ending) { removeIfDead("\(folder)/\(name)") }
        }
    }

    /// Removes a hidden file that is ours and that nobody holds any more.
    private static func removeIfDead(_ path: String) {
        guard let held = HeldFile(existing: path, O_RDONLY) else { return }
        // Under the lock: its maker looks whether the name is still there once it has the lock.
        unlink(path)
        close(held.descriptor)
    }
}

/// An open file with a name of its own that this process alone has locked.
struct HeldFile {
    let descriptor: Int32

    /// A file that is there already: a regular one of this user's, under this one name, that no
    /// process holds. Symbolic links are not followed.
    init?(existing path: String, _ access: Int32) {
        let opened = open(path, access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        var status = stat()
        guard flock(opened, LOCK_EX | LOCK_NB) == 0, fstat(opened, &status) == 0,
            status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_nlink == 1, HeldFile.names(path, opened)
        else {
            close(opened)
            return nil
        }
        descriptor = opened
    }

    /// A new file; `nil` if the name is taken.
    init?(making path: String, mode: UInt32) throws(StorageError) {
        let opened = open(
            path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard opened >= 0 else {
            if errno == EEXIST { return nil }
            throw .system(path)
        }
        // Where there are no locks, nobody takes the file for a dead one either.
        if flock(opened, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
            || !HeldFile.names(path, opened)
        {
            close(opened)
            return nil
        }
        descriptor = opened
    }

    /// Whether the path still names the open file.
    static func names(_ path: String, _ descriptor: Int32) -> Bool {
        guard let named = FileIdentity(path) else { return false }
        return named.isSameFile(as: FileIdentity(descriptor))
    }
}
