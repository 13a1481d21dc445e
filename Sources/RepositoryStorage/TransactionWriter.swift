// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Writes the new files of a change below one folder, and notes how to take them back.
struct TransactionWriter {
    typealias Content = RepositoryTransaction.Content

    private let base: String
    /// Whether each file is to be durable by itself; if not, the caller sees to all of them.
    private let durably: Bool
    private(set) var undo = TransactionUndo()
    /// Where the last file went: most go where the one before went.
    private var folder: Folder?

    init(_ base: String, durably: Bool) {
        self.base = base
        self.durably = durably
    }

    /// A folder that files are put in.
    private final class Folder {
        /// Below the base: empty, or with a slash at its end.
        let name: UTF8Text
        let path: String
        let descriptor: Int32

        init(_ name: UTF8Text, _ path: String) throws(StorageError) {
            // It may be one that can be searched and written to, but not read.
            descriptor = open(path, 0o10000000 | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .system(path) }
            self.name = name
            self.path = path
        }

        deinit { close(descriptor) }

        /// Whether it is the one that a name begins with.
        func isPrefix(of name: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
            self.name.withBytes {
                compareBytes($0, UnsafeBufferPointer(rebasing: name[..<start])) == 0
            }
        }
    }

    /// Writes files one after the other.
    ///
    /// - Returns: why the first that failed did; those after it were not written.
    mutating func write(_ files: some Sequence<RepositoryTransaction.NewFile>) -> StorageError? {
        for file in files {
            do throws(StorageError) { try write(file.content, file.name) } catch { return error }
        }
        return nil
    }

    private mutating func write(_ content: Content, _ name: UTF8Text) throws(StorageError) {
        let (folder, start) = try enter(name)
        if case .link(let digest) = content, try link(digest, folder, name, start) {
            return note(name, folder)
        }
        if !durably, case .bytes(let bytes) = content, try make(bytes, folder, name, start) {
            return note(name, folder)
        }
        let path = "\(base)/\(name)"
        let isNew = !FileSystem.exists(path)
        var old: [UInt8]?
        let file = try TemporaryFile(replacing: path)
        switch content {
        case .bytes(let bytes):
            if !isNew { old = try FileSystem.read(path) }
            try file.write(bytes)
        case .file(let source, let sha256): try file.append(copyOf: source, sha256: sha256)
        case .link(let digest): try file.append(copyOf: digest.path, sha256: digest.sha256)
        }
        try file.publish(durably: durably)
        if isNew {
            note(name, folder)
        } else {
            undo.folders.insert(UTF8Text(folder.path))
        }
        if let old { undo.replaced.append((path, old)) }
    }

    private mutating func note(_ name: UTF8Text, _ folder: Folder) {
        undo.files.append((base, name))
        if durably { undo.folders.insert(UTF8Text(folder.path)) }
    }

    /// The folder of a file, made if it is not there, and where the file's own name begins.
    private mutating func enter(_ name: UTF8Text) throws(StorageError) -> (Folder, start: Int) {
        let start = name.withBytes { bytes in
            bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        }
        if let folder, name.withBytes({ folder.isPrefix(of: $0, start) }) { return (folder, start) }
        let own = name.withBytes { String(decoding: $0[..<start], as: UTF8.self) }
        let path = start == 0 ? base : "\(base)/\(own.dropLast())"
        for made in try FileSystem.makeDirectory(path) {
            undo.made.append(made)
            undo.folders.insert(UTF8Text(FileSystem.parent(of: made)))
        }
        let entered = try Folder(UTF8Text(own), path)
        folder = entered
        return (entered, start)
    }

    /// - Returns: `false` if it takes a copy: another file system, or the name is taken.
    private func link(
        _ digest: FileDigest, _ folder: Folder, _ name: UTF8Text, _ start: Int
    ) throws(StorageError) -> Bool {
        guard digest.isUnchanged else {
            throw StorageError(path: digest.path, reason: "changed while it was being published")
        }
        return name.string.withCString { name in
            linkat(AT_FDCWD, digest.path, folder.descriptor, name + start, AT_SYMLINK_FOLLOW) == 0
        }
    }

    /// Makes a file where there is none, not yet durably.
    ///
    /// - Returns: `false` if there is something.
    private func make(
        _ bytes: [UInt8], _ folder: Folder, _ name: UTF8Text, _ start: Int
    ) throws(StorageError) -> Bool {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = name.string.withCString {
            openat(folder.descriptor, $0 + start, flags, 0o644)
        }
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw .system("\(base)/\(name)")
        }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = StorageError.system("\(base)/\(name)")
                _ = name.string.withCString { unlinkat(folder.descriptor, $0 + start, 0) }
                throw error
            }
            offset += count
        }
        return true
    }
}
