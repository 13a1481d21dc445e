// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A folder that links are written to, kept open: what happens to its path later does not
/// matter.
struct LinkFolder: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// - Throws: `.unreadable` if there is no such folder, `.notWritten` if it cannot be
    ///   written to.
    init(_ path: String) throws(RecordingError) {
        try expectNoNUL(path)
        let path = path.isEmpty ? "." : path
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .unreadable(path: path, .latest) }
        guard faccessat(folder, ".", W_OK | X_OK, 0) == 0 else {
            let error = SystemError.latest
            close(folder)
            throw .notWritten(path: path, error)
        }
        self.path = path
        descriptor = folder
    }

    deinit { close(descriptor) }

    /// The path of a file in the folder.
    func path(of name: String) -> String {
        if path == "." { return name }
        return path.utf8.last == UInt8(ascii: "/") ? path + name : "\(path)/\(name)"
    }

    /// Writes a whole file or nothing, and returns when it is on the disk.
    ///
    /// - Parameters:
    ///   - replacing: whether a file of this name may be there.
    ///   - content: writes the file piece by piece.
    /// - Throws: `.notWritten`; `.alreadyStarted` if there is one and it may not; what `content`
    ///   throws.
    func write(
        to name: String, replacing: Bool,
        _ content: (inout FileOutput) throws(RecordingError) -> Void
    ) throws(RecordingError) {
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        // in-toto's own exclude patterns cover this name too.
        let temporary = ".\(name).\(random).tmp"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = openat(descriptor, temporary, flags, 0o644)
        guard file >= 0 else { throw .notWritten(path: path(of: name), .latest) }
        do throws(RecordingError) {
            var output = FileOutput(file, path: path(of: name))
            try content(&output)
            try output.finish()
        } catch {
            unlinkat(descriptor, temporary, 0)
            throw error
        }
        guard let error = place(temporary, as: name, replacing: replacing) else { return }
        unlinkat(descriptor, temporary, 0)
        if !replacing, error.number == EEXIST { throw .alreadyStarted(path: path(of: name)) }
        throw .notWritten(path: path(of: name), error)
    }

    /// Gives a complete file its name.
    private func place(_ temporary: String, as name: String, replacing: Bool) -> SystemError? {
        // Unlike a rename, a link never takes the place of a file.
        if !replacing, linkat(descriptor, temporary, descriptor, name, 0) == 0 {
            unlinkat(descriptor, temporary, 0)
            return fsync(descriptor) == 0 ? nil : .latest
        }
        if !replacing {
            let error = SystemError.latest
            let hasNoLinks = [EPERM, EOPNOTSUPP, ENOSYS].contains(error.number)
            guard hasNoLinks, !contains(name) else { return error }
        }
        guard renameat(descriptor, temporary, descriptor, name) == 0 else { return .latest }
        return fsync(descriptor) == 0 ? nil : .latest
    }

    /// The bytes of a file; `nil` if there is none.
    ///
    /// - Throws: `.unreadable`, also for what is no regular file and for a symbolic link.
    func read(_ name: String, maximumBytes: Int) throws(RecordingError) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw .unreadable(path: path(of: name), .latest) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            throw .unreadable(path: path(of: name), .latest)
        }
        guard status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            throw .unreadable(path: path(of: name), SystemError(number: EINVAL))
        }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path(of: name), .latest) }
            if count == 0 { return result }
            guard result.count + count <= maximumBytes else {
                throw .unreadable(path: path(of: name), SystemError(number: EFBIG))
            }
            result.append(contentsOf: chunk[0..<count])
        }
    }

    /// Whether there is anything of this name, a broken link included.
    func contains(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// The first name, in the order of bytes, that is wanted; `nil` if there is none.
    func firstName(where isWanted: (String) -> Bool) -> String? {
        let listing = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listing >= 0, let stream = fdopendir(listing) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(String(decoding: TreeWalk.name(of: entry), as: UTF8.self))
        }
        return names.filter(isWanted).min { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Removes a file, durably.
    func remove(_ name: String) throws(RecordingError) {
        guard unlinkat(descriptor, name, 0) == 0, fsync(descriptor) == 0 else {
            throw .notWritten(path: path(of: name), .latest)
        }
    }
}
