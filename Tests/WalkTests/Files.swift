// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What the operating system refused the test itself.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// Files and folders, by plain system calls.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw SystemFailure(path) }
            if count == 0 { return bytes }
            bytes += chunk[0..<count]
        }
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Writes a file, and makes the folders above it.
    static func write(_ bytes: [UInt8], to path: String) throws {
        if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemFailure(path) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemFailure(path)
        }
    }

    static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    static func makeFolder(_ path: String) throws {
        var partial = ""
        for segment in path.split(separator: "/") {
            partial += "/\(segment)"
            guard mkdir(partial, 0o755) == 0 || errno == EEXIST else { throw SystemFailure(path) }
        }
    }

    static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw SystemFailure(folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Copies a folder with all that is in it.
    static func copy(_ source: String, to destination: String) throws {
        guard isFolder(source) else { return try write(try read(source), to: destination) }
        try makeFolder(destination)
        for name in try names(in: source) {
            try copy("\(source)/\(name)", to: "\(destination)/\(name)")
        }
    }

    /// Removes a folder with all that is in it; what is not there is no error.
    static func remove(_ path: String) {
        if isFolder(path) {
            for name in (try? names(in: path)) ?? [] { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// Every file and folder below `folder`, by its relative path, hidden ones too.
    static func tree(_ folder: String) throws -> [String: [UInt8]] {
        var tree: [String: [UInt8]] = [:]
        for name in try names(in: folder) {
            let path = "\(folder)/\(name)"
            if isFolder(path) {
                tree["\(name)/"] = []
                for (inner, bytes) in try self.tree(path) { tree["\(name)/\(inner)"] = bytes }
            } else {
                tree[name] = try read(path)
            }
        }
        return tree
    }

    /// A new folder of the test's own.
    static func temporaryFolder() throws -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/carnet-walk-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(base) }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Relative paths at which two trees differ, sorted.
func differences(_ before: [String: [UInt8]], _ after: [String: [UInt8]]) -> [String] {
    Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
}
