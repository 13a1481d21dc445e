// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file being written beside the place where it will appear.
///
/// It has no name before ``publish()`` where the file system allows that (`O_TMPFILE`), so that
/// not even a killed process leaves anything; elsewhere it has a hidden one. Unless it is
/// published or kept, nothing of it stays.
package final class TemporaryFile {
    /// Where it will appear.
    package let destination: String
    /// Its hidden name; `nil` while it has none.
    private var path: String?
    private var descriptor: Int32

    /// - Parameter mode: permissions of the file, less the process's mask.
    package init(replacing destination: String, mode: UInt32 = 0o644) throws(StorageError) {
        self.destination = destination
        let folder = FileSystem.parent(of: destination)
        descriptor = open(folder, O_RDWR | TemporaryFile.withoutName | O_CLOEXEC, mode)
        if descriptor >= 0 {
            // A name can be given only through /proc.
            if access(TemporaryFile.link(to: descriptor), F_OK) == 0 { return }
            close(descriptor)
        } else if ![EOPNOTSUPP, EISDIR, EINVAL].contains(errno) {
            throw .system(destination)
        }
        (path, descriptor) = try TemporaryFile.hidden(destination, mode)
    }

    /// Goes on with a file that ``keep(as:)`` left, at its end; `nil` if there is none of this
    /// user's that no other process is writing to.
    ///
    /// - Returns: also the bytes that are there already, piece by piece, to `take`.
    package init?(
        resuming kept: String, to destination: String, maximumBytes: Int,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) {
        guard let held = HeldFile(existing: kept, O_RDWR) else { return nil }
        self.destination = destination
        path = kept
        descriptor = held.descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size <= maximumBytes else {
            discard()
            return nil
        }
        do throws(StorageError) { try read(take) } catch {
            discard()
            throw error
        }
    }

    deinit { discard() }

    /// For reading at any place what was written.
    package var readable: Int32 { descriptor }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(destination) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws(StorageError) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in try write(buffer) }
        }
        try outcome.get()
    }

    /// Throws away what was written.
    package func restart() throws(StorageError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .system(destination)
        }
    }

    /// Makes the content durable and gives the file its name.
    ///
    /// The folder is not yet synchronized: who publishes many files does that once for all.
    ///
    /// - Parameter durably: `false` if the caller makes all of many files durable at once.
    /// - Returns: whether there was no file of this name before.
    @discardableResult
    package func publish(durably: Bool = true) throws(StorageError) -> Bool {
        guard !durably || fsync(descriptor) == 0 else { throw .system(destination) }
        let isNew = FileIdentity(destination) == nil
        if path == nil {
            switch try link(to: destination) {
            case .made:
                discard()
                return true
            // A link never replaces a file, and a file without a name cannot be renamed.
            case .taken: path = try hiddenLink()
            case .impossible: try copy()
            }
        }
        guard let path, rename(path, destination) == 0 else { throw .system(destination) }
        self.path = nil
        discard()
        return isNew
    }

    /// Gives the file its name if nothing has it; not durably.
    ///
    /// - Returns: `false` if the name is taken: what has it stays, and this file is gone.
    package func publishNew() throws(StorageError) -> Bool {
        defer { discard() }
        if path == nil {
            switch try link(to: destination) {
            case .made: return true
            case .taken: return false
            case .impossible: try copy()
            }
        }
        guard let path else { return false }
        // Unlike a rename it never replaces a file.
        if Glibc.link(path, destination) == 0 { return true }
        guard errno == EEXIST else { throw .system(destination) }
        return false
    }

    /// Publishes the file and makes its name durable as well; if that fails, a new file is gone
    /// again.
    package func publishDurably() throws(StorageError) {
        let isNew = try publish()
        do throws(StorageError) {
            try FileSystem.synchronize(directory: FileSystem.parent(of: destination))
        } catch {
            if isNew { unlink(destination) }
            throw error
        }
    }

    /// Leaves the file under a hidden name, for ``init(resuming:to:maximumBytes:_:)``.
    ///
    /// - Returns: `false` if that cannot be done, or the name is taken; nothing stays then.
    package func keep(as kept: String) -> Bool {
        defer { discard() }
        guard descriptor >= 0, path != kept else {
            path = nil
            return descriptor >= 0
        }
        guard let old = path else { return (try? link(to: kept)) == .made }
        // Unlike a rename it never replaces a file that somebody else keeps or writes.
        return Glibc.link(old, kept) == 0
    }

    /// Removes what was written, unless it is published or kept.
    package func discard() {
        guard descriptor >= 0 else { return }
        // Before the lock is let go: the name may be another one's right after.
        if let path { unlink(path) }
        close(descriptor)
        path = nil
        descriptor = -1
    }
}

extension TemporaryFile {
    /// `O_TMPFILE`, which Swift does not import.
    private static let withoutName: Int32 = 0o20000000 | O_DIRECTORY

    private static func link(to descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    private enum LinkOutcome { case made, taken, impossible }

    /// Gives the file without a name this one.
    private func link(to name: String) throws(StorageError) -> LinkOutcome {
        let source = TemporaryFile.link(to: descriptor)
        if linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 { return .made }
        switch errno {
        case EEXIST: return .taken
        // Containers and security modules that allow the file but not its name.
        case EXDEV, EPERM, EACCES, EOPNOTSUPP: return .impossible
        default: throw .system(destination)
        }
    }

    /// Puts a durable copy under a hidden name in the place of the file without one.
    private func copy() throws(StorageError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(destination) }
        let (hidden, copied) = try TemporaryFile.hidden(destination, status.st_mode & 0o777)
        let source = descriptor
        defer { close(source) }
        (path, descriptor) = (hidden, copied)
        var offset = off_t(0)
        while offset < status.st_size {
            let count = sendfile(copied, source, &offset, Int(status.st_size - offset))
            guard count > 0 else { throw .system(destination) }
        }
        guard fsync(copied) == 0 else { throw .system(destination) }
    }

    /// Gives the file without a name a hidden one.
    private func hiddenLink() throws(StorageError) -> String {
        HiddenFile.sweep(destination)
        // Before the name is there, or it could be taken for a dead one.
        flock(descriptor, LOCK_EX | LOCK_NB)
        for name in HiddenFile.names(for: destination) where try link(to: name) == .made {
            return name
        }
        throw StorageError(path: destination, reason: "too many processes write it")
    }

    private static func hidden(
        _ destination: String, _ mode: UInt32
    ) throws(StorageError) -> (path: String, descriptor: Int32) {
        HiddenFile.sweep(destination)
        for name in HiddenFile.names(for: destination) {
            do throws(StorageError) {
                if let made = try HeldFile(making: name, mode: mode) {
                    return (name, made.descriptor)
                }
            } catch {
                throw StorageError(path: destination, reason: error.reason)
            }
        }
        throw StorageError(path: destination, reason: "too many processes write it")
    }

    private func read(_ take: (UnsafeRawBufferPointer) -> Void) throws(StorageError) {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            let count = Glibc.read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(destination) }
            if count == 0 { return }
            take(UnsafeRawBufferPointer(rebasing: chunk[0..<count]))
        }
    }
}
