// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Writes new files of a change below one folder, and notes how to take them back.
struct TransactionWriter {
    typealias Content = RepositoryTransaction.Content

    private let base: String
    /// Number of the part that goes below it.
    private let partNumber: Int
    /// Whether each file is to be durable by itself; if not, the caller sees to all of them.
    private let durably: Bool
    private(set) var undo = TransactionUndo()
    /// Where the last file went: most go where the one before went.
    private var folder: Folder?
    /// Where the last file came from, if it was given a second name.
    private var source = SourceFolder()

    init(_ base: String, _ partNumber: Int, durably: Bool) {
        self.base = base
        self.partNumber = partNumber
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
        func isPrefix(of file: NewFileName.Path) -> Bool {
            name.withBytes { compareBytes($0, file.folder) == 0 }
        }
    }

    /// Writes files of the part one after the other.
    ///
    /// - Returns: why the first that failed did; those after it were not written.
    mutating func write(_ numbers: Range<Int>, of part: TransactionPart) -> StorageError? {
        for number in numbers {
            do throws(StorageError) { try write(number, of: part) } catch { return error }
        }
        return nil
    }

    private mutating func write(
        _ number: Int, of part: TransactionPart
    ) throws(StorageError) {
        if try writeNew(number, of: part) {
            undo.note(number, of: partNumber)
            if durably, let folder { undo.folders.insert(UTF8Text(folder.path)) }
        } else {
            try replace(number, of: part)
        }
    }

    /// Writes a file where there is none, if that can be done without a file under a hidden name.
    private mutating func writeNew(
        _ number: Int, of part: TransactionPart
    ) throws(StorageError) -> Bool {
        try part.files[number].name.withPath { (name) throws(StorageError) in
            let folder = try enter(name)
            switch part.files[number].content {
            case .link(let digest): return try link(digest, folder, name)
            case .bytes(let bytes) where !durably: return try make(bytes, folder, name)
            case .bytes, .file: return false
            }
        }
    }

    /// Writes a file that may be there already, under a hidden name first.
    private mutating func replace(
        _ number: Int, of part: TransactionPart
    ) throws(StorageError) {
        let path = part.path(of: number)
        let isNew = !FileSystem.exists(path)
        var old: [UInt8]?
        let file = try TemporaryFile(replacing: path)
        switch part.files[number].content {
        case .bytes(let bytes):
            if !isNew { old = try FileSystem.read(path) }
            try file.write(bytes)
        case .file(let source, let sha256): try file.append(copyOf: source, sha256: sha256)
        case .link(let digest): try file.append(copyOf: digest.path, sha256: digest.sha256)
        }
        try file.publish(durably: durably)
        if isNew { undo.note(number, of: partNumber) }
        if let folder, durably || !isNew { undo.folders.insert(UTF8Text(folder.path)) }
        if let old { undo.replaced.append((path, old)) }
    }

    /// The folder of a file, made if it is not there.
    private mutating func enter(_ name: NewFileName.Path) throws(StorageError) -> Folder {
        if let folder, folder.isPrefix(of: name) { return folder }
        let own = String(decoding: name.folder, as: UTF8.self)
        let path = own.isEmpty ? base : "\(base)/\(own.dropLast())"
        for made in try FileSystem.makeDirectory(path) {
            undo.made.append(made)
            undo.folders.insert(UTF8Text(FileSystem.parent(of: made)))
        }
        let entered = try Folder(UTF8Text(own), path)
        folder = entered
        return entered
    }

    /// - Returns: `false` if it takes a copy: another file system, or the name is taken.
    private mutating func link(
        _ digest: FileDigest, _ folder: Folder, _ name: NewFileName.Path
    ) throws(StorageError) -> Bool {
        let isLinked: Bool? = source.with(digest.path) { source, sourceName in
            guard digest.isUnchanged(source, sourceName) else { return nil }
            return linkat(
                source, sourceName, folder.descriptor, name.fileName, AT_SYMLINK_FOLLOW) == 0
        }
        guard let isLinked else {
            throw StorageError(path: digest.path, reason: "changed while it was being published")
        }
        return isLinked
    }

    /// Makes a file where there is none, not yet durably.
    ///
    /// - Returns: `false` if there is something.
    private func make(
        _ bytes: [UInt8], _ folder: Folder, _ name: NewFileName.Path
    ) throws(StorageError) -> Bool {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(folder.descriptor, name.fileName, flags, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw .system("\(base)/\(name.text)")
        }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = StorageError.system("\(base)/\(name.text)")
                unlinkat(folder.descriptor, name.fileName, 0)
                throw error
            }
            offset += count
        }
        return true
    }
}
