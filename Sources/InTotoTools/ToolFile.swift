// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Files as python's `open` reads and writes them.
package enum ToolFile {
    private static let maximumBytes = 512 << 20

    /// - Throws: one of the kinds of `OSError`, see ``ToolError/isOSError``; `ValueError` for a NUL
    ///   in the path.
    package static func read(_ path: String) throws(ToolError) -> [UInt8] {
        try expectNoNUL(path)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ToolError(errno: errno, path: path) }
        defer { close(file) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ToolError(errno: errno, path: path) }
            if count == 0 { return result }
            guard result.count + count <= maximumBytes else {
                throw ToolError(.refused, "\(path): more than \(maximumBytes) bytes")
            }
            result.append(contentsOf: chunk[0..<count])
        }
    }

    /// Writes a whole file, or leaves what was there; what is no regular file, such as a terminal,
    /// is written to as it is.
    package static func write(_ bytes: [UInt8], to path: String) throws(ToolError) {
        try expectNoNUL(path)
        var status = stat()
        let isThere = stat(path, &status) == 0
        guard !isThere || status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            try fill(path, bytes, flags: O_WRONLY | O_CREAT | O_TRUNC)
            return
        }
        // A link to a file stays a link.
        let target = realpath(path, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let place = target ?? path
        if isThere, access(place, W_OK) != 0 { throw ToolError(errno: errno, path: path) }
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let slash = place.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(place[...$0]) } ?? ""
        let temporary = "\(folder).\(random).link.tmp"
        do throws(ToolError) {
            try fill(temporary, bytes, flags: O_WRONLY | O_CREAT | O_EXCL)
        } catch {
            throw ToolError(error.kind, error.message.replacing(temporary, with: path))
        }
        if isThere { chmod(temporary, status.st_mode & 0o7777) }
        guard rename(temporary, place) == 0 else {
            let error = ToolError(errno: errno, path: path)
            unlink(temporary)
            throw error
        }
    }

    /// Removes a file.
    static func remove(_ path: String) throws(ToolError) {
        guard unlink(path) == 0 else { throw ToolError(errno: errno, path: path) }
    }

    private static func fill(
        _ path: String, _ bytes: [UInt8], flags: Int32
    ) throws(ToolError) {
        let file = open(path, flags | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw ToolError(errno: errno, path: path) }
        var written = 0
        var failure: ToolError?
        while written < bytes.count, failure == nil {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(file, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                failure = ToolError(errno: errno, path: path)
            }
        }
        if failure == nil, fsync(file) != 0, errno != EINVAL, errno != EROFS {
            failure = ToolError(errno: errno, path: path)
        }
        if close(file) != 0, failure == nil { failure = ToolError(errno: errno, path: path) }
        guard let failure else { return }
        if flags & O_EXCL != 0 { unlink(path) }
        throw failure
    }

    /// - Throws: `ValueError`.
    static func expectNoNUL(_ path: String) throws(ToolError) {
        if path.utf8.contains(0) { throw ToolError(.valueError, "embedded null byte") }
    }

    /// Whether a name leads out of the folder that it is looked up in.
    static func escapes(_ name: String) -> Bool {
        if name.utf8.first == UInt8(ascii: "/") { return true }
        var depth = 0
        for part in name.utf8.split(separator: UInt8(ascii: "/")) where !part.elementsEqual([0x2E])
        {
            depth += part.elementsEqual([0x2E, 0x2E]) ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    /// `os.path.join`.
    static func joined(_ folder: String, _ name: String) -> String {
        if name.utf8.first == UInt8(ascii: "/") { return name }
        if folder.isEmpty || folder.utf8.last == UInt8(ascii: "/") { return folder + name }
        return "\(folder)/\(name)"
    }
}

extension ToolError {
    /// An error of the system, by the name of its class in python.
    init(errno number: Int32, path: String) {
        let kind: Kind =
            switch number {
            case ENOENT: .fileNotFoundError
            case EISDIR: .isADirectoryError
            case ENOTDIR: .notADirectoryError
            case EACCES, EPERM: .permissionError
            default: .osError
            }
        self.init(kind, "[Errno \(number)] \(String(cString: strerror(number))): '\(path)'")
    }

    /// Whether python's `except OSError` takes it.
    var isOSError: Bool {
        switch kind {
        case .fileNotFoundError, .isADirectoryError, .notADirectoryError, .permissionError,
            .osError:
            true
        default: false
        }
    }
}

extension ToolFile {
    /// Whether there is a folder, or a symbolic link to one.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
    }
}
