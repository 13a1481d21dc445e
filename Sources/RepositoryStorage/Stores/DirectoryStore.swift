// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import Glibc
import Synchronization
package import TUFClient

/// A repository in a folder, whose files appear whole or not at all.
///
/// The folder is made with the first file. Names lead to plain files: a symbolic link in the
/// place of a file is refused, one in the place of a folder is the operator's own.
package final class DirectoryStore: RepositoryStore {
    package let place: String
    package let guarantees = StoreGuarantees(isConditional: true, isDurable: false)
    let path: String
    private let wait: LockWait
    /// Folders that are there, by their names below the store.
    private let folders = Mutex<Set<UTF8Text>>([])
    private let isStaging = Mutex(false)

    /// Where files lie until they are taken over.
    static let staging = ".carnet-staging"
    /// Seconds after which nobody comes back for a file there.
    private static let stagedSeconds = 7 * 86400

    /// - Parameter wait: for the lock under which a file is replaced.
    package init(_ path: String, waiting wait: LockWait = LockWait()) {
        place = path
        self.path = RepositoryDirectory(path).path
        self.wait = wait
    }

    /// Keeps every other writer of the repository waiting until the lock is let go.
    package func lock() async throws(RepositoryStoreError) -> FileLock {
        try makeFolder("")
        do throws(StorageError) {
            return try await FileLock.awaiting("\(path)/.carnet.lock", wait)
        } catch {
            throw self.error(error)
        }
    }

    // MARK: reading

    package func read(
        _ name: UTF8Text, maximumBytes: Int
    ) async throws(RepositoryStoreError) -> StoredFile? {
        guard let file = try OpenStoredFile(try path(of: name), self) else { return nil }
        return try file.whole(maximumBytes)
    }

    package func find(_ name: UTF8Text) async throws(RepositoryStoreError) -> StoredEntry? {
        let path = try path(of: name)
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if DirectoryStore.isAbsence(errno) { return nil }
            throw error(.system(path))
        }
        try expectRegular(status, path)
        return StoredEntry(length: Int(status.st_size), tag: StoreTag(status))
    }

    package func stream(
        _ name: UTF8Text, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(RepositoryStoreError) -> Bool {
        guard let file = try OpenStoredFile(try path(of: name), self) else { return false }
        try file.stream(from: offset, maximumBytes, into: sink)
        return true
    }

    // MARK: writing

    package func create(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) -> Bool {
        try await writing(name) { path throws(StorageError) in
            if case .received(let staged, _, _) = content {
                return try StagedFile(staged).move(to: path, replacing: false)
            }
            return try self.file(content, at: path).publishNew()
        }
    }

    package func put(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) {
        try await writing(name) { path throws(StorageError) in
            if case .received(let staged, _, _) = content {
                _ = try StagedFile(staged).move(to: path, replacing: true)
            } else {
                try FileSystem.expectReplaceable(path)
                try self.file(content, at: path).publish(durably: false)
            }
        }
    }

    package func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool {
        let lock = try await lock()
        defer { withExtendedLifetime(lock) {} }
        guard try await find(name)?.tag == tag else { return false }
        return try await writing(name) { path throws(StorageError) in
            try FileSystem.write(bytes, to: path)
            return true
        }
    }

    package func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError) {
        for name in names {
            let path = try path(of: name)
            do throws(StorageError) { try FileSystem.remove(path) } catch {
                throw self.error(error)
            }
            removeEmptyFolders(above: name)
        }
    }

    package func synchronize() async throws(RepositoryStoreError) {
        guard FileSystem.isDirectory(path) else { return }
        do throws(StorageError) { try FileSystem.synchronizeAll(around: path) } catch {
            throw self.error(error)
        }
    }

    package func stagingFolder() async throws(RepositoryStoreError) -> String {
        let folder = "\(path)/\(DirectoryStore.staging)"
        let isFirst = isStaging.withLock { known in
            defer { known = true }
            return !known
        }
        guard isFirst else { return folder }
        do throws(StorageError) {
            try FileSystem.makeDirectory(folder, mode: 0o700)
            try sweep(folder)
        } catch {
            throw self.error(error)
        }
        return folder
    }

    // MARK: parts

    /// Makes the file's folder, then runs `body`; once more if somebody took the empty folder away
    /// in between.
    private func writing<Result>(
        _ name: UTF8Text, _ body: (String) throws(StorageError) -> Result
    ) async throws(RepositoryStoreError) -> Result {
        let path = try path(of: name)
        let folder = UTF8Text(FileSystem.parent(of: name.string))
        for isLast in [false, true] {
            try makeFolder(folder)
            do throws(StorageError) { return try body(path) } catch {
                if !isLast, !FileSystem.isDirectory(FileSystem.parent(of: path)) {
                    _ = folders.withLock { $0.remove(folder) }
                    continue
                }
                if error.reason == DirectoryStore.changed {
                    throw RepositoryStoreError(shown(name), .changed)
                }
                throw self.error(error)
            }
        }
        throw RepositoryStoreError(shown(name), .noPlace)
    }

    /// A file with this content that has no name yet.
    private func file(
        _ content: StoreContent, at path: String
    ) throws(StorageError) -> TemporaryFile {
        let file = try TemporaryFile(replacing: path)
        switch content {
        case .bytes(let bytes): try file.write(bytes)
        case .file(let digest):
            guard digest.isUnchanged else {
                throw StorageError(path: digest.path, reason: DirectoryStore.changed)
            }
            try file.append(
                copyOf: digest.path, sha256: digest.sha256, else: DirectoryStore.changed)
        case .received(let staged, _, let sha256):
            try file.append(copyOf: staged, sha256: sha256, else: DirectoryStore.changed)
        }
        return file
    }

    static let changed = "changed while it was being stored"

    private func makeFolder(_ folder: UTF8Text) throws(RepositoryStoreError) {
        if folders.withLock({ $0.contains(folder) }) { return }
        do throws(StorageError) {
            try FileSystem.makeDirectory(folder.isEmpty ? path : "\(path)/\(folder)")
        } catch {
            throw self.error(error)
        }
        _ = folders.withLock { $0.insert(folder) }
    }

    /// Folders below `targets/` in which nothing is left.
    private func removeEmptyFolders(above name: UTF8Text) {
        var folder = FileSystem.parent(of: name.string)
        while folder.utf8.contains(UInt8(ascii: "/")), rmdir("\(path)/\(folder)") == 0 {
            _ = folders.withLock { $0.remove(UTF8Text(folder)) }
            folder = FileSystem.parent(of: folder)
        }
    }

    /// Removes what nobody came back for.
    private func sweep(_ folder: String) throws(StorageError) {
        let oldest = time(nil) - DirectoryStore.stagedSeconds
        for name in try FileSystem.names(in: folder) {
            var status = stat()
            let path = "\(folder)/\(name)"
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                status.st_mtim.tv_sec < oldest
            else { continue }
            try FileSystem.remove(path)
        }
    }

    // MARK: names and errors

    /// - Throws: `.unexpected` for a name that leads elsewhere, or to what is hidden.
    func path(of name: UTF8Text) throws(RepositoryStoreError) -> String {
        guard name.withBytes(DirectoryStore.isName) else {
            throw RepositoryStoreError(
                shown(name), .unexpected("a path of plain segments expected"))
        }
        return "\(path)/\(name)"
    }

    private static func isName(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = name.first, first != UInt8(ascii: ".") else { return false }
        var start = 0
        for place in 0...name.count
        where place == name.count || name[place] == UInt8(ascii: "/") {
            let segment = name[start..<place]
            let isDots = segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") }
            if segment.isEmpty || isDots || segment.contains(0) { return false }
            start = place + 1
        }
        return true
    }

    func shown(_ name: UTF8Text) -> String { "\(place)/\(quotedIfOdd(name))" }

    private func quotedIfOdd(_ name: UTF8Text) -> String {
        name.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? name.string : quoted(name)
    }

    static func isAbsence(_ code: Int32) -> Bool {
        code == ENOENT || code == ENOTDIR || code == ENAMETOOLONG
    }

    func error(_ error: StorageError) -> RepositoryStoreError {
        RepositoryStoreError(error.path, .local(error.reason))
    }

    func expectRegular(_ status: stat, _ path: String) throws(RepositoryStoreError) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RepositoryStoreError(path, .local("not a regular file"))
        }
    }
}

extension StoreTag {
    /// Which file it is, and in which state: another file, or a changed one, has another.
    init(_ status: stat) {
        let numbers = [
            UInt64(status.st_dev), UInt64(status.st_ino), UInt64(status.st_size),
            UInt64(bitPattern: Int64(status.st_mtim.tv_sec)), UInt64(status.st_mtim.tv_nsec),
        ]
        self.init(numbers.flatMap { number in withUnsafeBytes(of: number) { Array($0) } })
    }
}
