// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Lists the files of paths, as the file resolver of Python's in-toto 3.1.0 does.
///
/// A path to a file stands for itself, one to a folder for all regular files below it.
/// Symbolic links to files are followed. Links to folders are followed if they were asked for
/// by name, and below that if `followsLinks` says so; one that leads back into a folder it is
/// in is an error. Missing paths, broken links, pipes, sockets and devices are passed over.
/// A folder that cannot be read is an error (Python leaves it out without a word).
struct TreeWalk: ~Copyable {
    /// Folders inside one another: each holds a descriptor and a part of the stack meanwhile.
    private static let maximumDepth = 256

    private let base: Int32
    private let excluding: ExcludePatterns
    private let followsLinks: Bool
    private var ancestors: [FolderIdentity] = []
    private var path: [UInt8] = []
    var files = FileList()

    /// - Parameter base: descriptor of the folder that relative paths start from.
    init(base: Int32, excluding: ExcludePatterns, followsLinks: Bool) throws(RecordingError) {
        self.base = base
        self.excluding = excluding
        self.followsLinks = followsLinks
        let identity = try TreeWalk.identity(of: base, path: ".")
        let path = files.append(".".utf8).lowerBound
        files.folders.append(FileList.Folder(path: path, identity: identity))
    }

    /// Lists a file or a folder's tree.
    ///
    /// - Parameter path: normalised, without NUL bytes.
    mutating func add(_ path: [UInt8]) throws(RecordingError) {
        self.path = path
        guard !isExcluded(), let kind = try kind(at: base, name: path, ofTarget: true) else {
            return
        }
        switch kind {
        case UInt32(S_IFREG):
            let isLink = try self.kind(at: base, name: path, ofTarget: false) == UInt32(S_IFLNK)
            try addFile(folder: 0, base: 0, isLink: isLink)
        case UInt32(S_IFDIR):
            // Names below `.` go without it.
            let shown = String(decoding: path, as: UTF8.self)
            let descriptor = openat(base, terminated(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .unreadable(path: shown, .latest) }
            if path == Array(".".utf8) { self.path = [] }
            try visit(descriptor, openedBy: path)
        default: skip(.notRegular)
        }
    }

    /// Lists what is in a folder; `path` is its path, as names below it begin.
    ///
    /// - Parameter descriptor: closed before it returns.
    private mutating func visit(
        _ descriptor: Int32, openedBy opened: [UInt8]
    ) throws(RecordingError) {
        guard let stream = fdopendir(descriptor) else {
            let error = SystemError.latest
            close(descriptor)
            throw .unreadable(path: shownPath, error)
        }
        defer { closedir(stream) }
        let identity = try TreeWalk.identity(of: descriptor, path: shownPath)
        guard !ancestors.contains(identity) else { throw .folderLoop(path: shownPath) }
        guard ancestors.count < TreeWalk.maximumDepth else {
            throw .tooDeep(path: shownPath, maximum: TreeWalk.maximumDepth)
        }
        ancestors.append(identity)
        defer { ancestors.removeLast() }
        let folder = files.folders.count
        let place = files.append(opened).lowerBound
        files.folders.append(FileList.Folder(path: place, identity: identity))
        let length = path.count
        if !path.isEmpty, path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        let prefix = path.count
        for (name, isLink) in try list(stream, descriptor, folder) {
            path.append(contentsOf: name)
            let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (isLink ? 0 : O_NOFOLLOW)
            let child = openat(descriptor, terminated(name), flags)
            guard child >= 0 else { throw .opening(shownPath, .latest) }
            try visit(child, openedBy: path)
            path.removeSubrange(prefix...)
        }
        path.removeSubrange(length...)
    }

    /// Adds the files of one folder; gives the folders in it, and which of them are links.
    private mutating func list(
        _ stream: OpaquePointer, _ descriptor: Int32, _ folder: Int
    ) throws(RecordingError) -> [(name: [UInt8], isLink: Bool)] {
        var folders: [(name: [UInt8], isLink: Bool)] = []
        let prefix = path.count
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let error = SystemError.latest
                guard error.number == 0 else { throw .unreadable(path: shownPath, error) }
                return folders
            }
            let name = TreeWalk.name(of: entry)
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            path.append(contentsOf: name)
            defer { path.removeSubrange(prefix...) }
            if isExcluded() { continue }
            var kind = TreeWalk.kind(of: entry)
            if kind == nil {
                kind = try self.kind(at: descriptor, name: Array(name), ofTarget: false)
            }
            let isLink = kind == UInt32(S_IFLNK)
            if isLink { kind = try self.kind(at: descriptor, name: Array(name), ofTarget: true) }
            switch kind {
            case nil: break
            case UInt32(S_IFREG):
                try addFile(folder: folder, base: prefix, isLink: isLink)
            case UInt32(S_IFDIR):
                if !isLink || followsLinks { folders.append((Array(name), isLink)) }
            default: skip(.notRegular)
            }
        }
    }

    private mutating func addFile(
        folder: Int, base: Int, isLink: Bool
    ) throws(RecordingError) {
        guard files.bytes.count + path.count < FileList.maximumBytes else {
            throw .tooManyFiles(maximumNameBytes: FileList.maximumBytes)
        }
        files.entries.append(
            FileList.Entry(
                path: files.append(path), base: base, folder: folder, isLink: isLink))
    }

    private mutating func skip(_ reason: SkippedPath.Reason) {
        files.skipped.append(SkippedPath(path: shownPath, reason: reason))
    }

    private var shownPath: String {
        path.isEmpty ? "." : String(decoding: path, as: UTF8.self)
    }

    private func isExcluded() -> Bool { path.withUnsafeBytes { excluding.excludes($0) } }

    /// The kind of a file; `nil`, with a note, if there is none.
    private mutating func kind(
        at folder: Int32, name: [UInt8], ofTarget: Bool
    ) throws(RecordingError) -> UInt32? {
        var status = stat()
        let flags = ofTarget ? 0 : AT_SYMLINK_NOFOLLOW
        if fstatat(folder, terminated(name), &status, flags) == 0 {
            return status.st_mode & UInt32(S_IFMT)
        }
        let error = SystemError.latest
        guard [ENOENT, ENOTDIR, ELOOP].contains(error.number) else {
            throw .unreadable(path: shownPath, error)
        }
        skip(.missing)
        return nil
    }

    private static func identity(
        of descriptor: Int32, path: String
    ) throws(RecordingError) -> FolderIdentity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, .latest) }
        return FolderIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// The kind, if the folder itself tells.
    private static func kind(of entry: UnsafeMutablePointer<dirent>) -> UInt32? {
        switch Int(entry.pointee.d_type) {
        case Int(DT_UNKNOWN): nil
        // `DTTOIF` of dirent.h, a macro with arguments.
        default: UInt32(entry.pointee.d_type) << 12
        }
    }

    static func name(
        of entry: UnsafeMutablePointer<dirent>
    ) -> UnsafeBufferPointer<UInt8> {
        // The name may be longer than the array that the type declares for it.
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
        let start = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: UInt8.self)
        let length = strlen(UnsafePointer<CChar>(OpaquePointer(start)))
        return UnsafeBufferPointer(start: start, count: length)
    }
}

/// A path as system calls take it.
func terminated(_ path: some Collection<UInt8>) -> [CChar] {
    var result = path.map { CChar(bitPattern: $0) }
    result.append(0)
    return result
}
