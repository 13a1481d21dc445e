// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoVerification
import MetadataSigning

/// A folder for one command, which nobody else can open.
struct ScratchFolder {
    let path: String
    let descriptor: Int32

    /// - Throws: `.notStarted`.
    init() throws(InspectionFailure) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/carnet-inspection-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ScratchFolder.failure }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let failure = ScratchFolder.failure
            rmdir(path)
            throw failure
        }
    }

    private static var failure: InspectionFailure {
        .notStarted(String(cString: strerror(errno)))
    }

    /// Copies the product into it, under its own name.
    ///
    /// - Throws: `.productChanged` if its bytes are not those that are verified.
    func add(_ product: Product, _ file: ProductFile) throws(InspectionFailure) {
        let copy = openat(
            descriptor, product.name.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard copy >= 0 else { throw ScratchFolder.failure }
        defer { close(copy) }
        var digest = RunningDigest(.sha256)
        do throws(ArchiveError) {
            try file.open().read { bytes throws(ArchiveError) in
                if Task.isCancelled { throw .cancelled }
                digest.update(bytes)
                var rest = bytes
                while !rest.isEmpty {
                    let count = write(copy, rest.baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw .unreadable(code: errno) }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            }
        } catch {
            throw InspectionFailure(error)
        }
        guard hex(digest.finish()).utf8.elementsEqual((product.digests[.sha256] ?? "").utf8) else {
            throw .productChanged
        }
    }

    /// Its files, as in-toto records them; no link is followed out of it.
    func record(
        _ algorithms: [DigestAlgorithm], _ limits: ArchiveLimits
    ) throws(InspectionFailure) -> Artifacts {
        var walk = ScratchWalk(
            contents: try FolderContents.empty(algorithms, limits), limits: limits)
        do throws(ArchiveError) {
            try walk.visit(descriptor, [])
            return try walk.contents.artifacts()
        } catch {
            throw InspectionFailure(error)
        }
    }

    /// Removes it with all that is in it.
    func remove() {
        ScratchFolder.empty(descriptor, depth: 0)
        close(descriptor)
        rmdir(path)
    }

    private static func empty(_ folder: Int32, depth: Int) {
        guard depth < 500 else { return }
        fchmod(folder, 0o700)
        for name in names(folder) where unlinkat(folder, name, 0) != 0 {
            fchmodat(folder, name, 0o700, 0)
            let child = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if child >= 0 {
                empty(child, depth: depth + 1)
                close(child)
            }
            unlinkat(folder, name, AT_REMOVEDIR)
        }
    }

    /// The names in a folder, as system calls take them.
    static func names(_ folder: Int32) -> [[CChar]] {
        guard let stream = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        else { return [] }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
            let start = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
            let name = Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
            let dot = CChar(bitPattern: UInt8(ascii: "."))
            if name != [dot, 0], name != [dot, dot, 0] { names.append(name) }
        }
        return names
    }
}

/// A look at all that a command left.
private struct ScratchWalk: ~Copyable {
    var contents: FolderContents
    let limits: ArchiveLimits
    private var files = 0
    private var bytes = 0

    init(contents: consuming FolderContents, limits: ArchiveLimits) {
        self.contents = contents
        self.limits = limits
    }

    mutating func visit(_ folder: Int32, _ path: [UInt8]) throws(ArchiveError) {
        for name in ScratchFolder.names(folder) {
            let text = name.dropLast().map(UInt8.init(bitPattern:))
            let raw = path.isEmpty ? text : path + [UInt8(ascii: "/")] + text
            files += 1
            guard files <= limits.files else {
                throw .limit(.files, found: files, maximum: limits.files)
            }
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw .unreadable(code: errno)
            }
            let entry = try EntryName(raw, limits: limits)
            switch status.st_mode & UInt32(S_IFMT) {
            case UInt32(S_IFDIR):
                try contents.begin(ArchiveEntry(name: entry, kind: .folder))
                let child = openat(
                    folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard child >= 0 else { throw .unreadable(code: errno) }
                defer { close(child) }
                try visit(child, raw)
            case UInt32(S_IFREG): try hash(folder, name, entry, Int(status.st_size))
            case UInt32(S_IFLNK):
                var room = [CChar](repeating: 0, count: 4096)
                let count = readlinkat(folder, name, &room, room.count)
                guard count > 0 else { throw .unreadable(code: errno) }
                try contents.begin(
                    ArchiveEntry(
                        name: entry,
                        kind: .symbolicLink(
                            target: room[..<count].map(UInt8.init(bitPattern:)))))
            case UInt32(S_IFIFO): throw .entry(name: raw, .pipe)
            default: throw .entry(name: raw, .device)
            }
        }
    }

    private mutating func hash(
        _ folder: Int32, _ name: [CChar], _ entry: EntryName, _ size: Int
    ) throws(ArchiveError) {
        bytes += size
        guard bytes <= limits.totalBytes else {
            throw .limit(.totalBytes, found: bytes, maximum: limits.totalBytes)
        }
        let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(code: errno) }
        defer { close(file) }
        try contents.begin(ArchiveEntry(name: entry, kind: .file(bytes: size)))
        try contents.add(ArchiveFile(descriptor: file))
        contents.end()
    }
}
