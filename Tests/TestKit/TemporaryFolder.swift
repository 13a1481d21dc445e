// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage

/// A folder of its own for a test, removed with all that is in it.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/carnet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StorageError.system(parent) }
        path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { TemporaryFolder.remove(path) }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        chmod(path, 0o700)
        for name in (try? FileSystem.names(in: path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// Path of a file in it.
    package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file plainly, with its folders.
    package func write(_ text: String, to name: String) throws {
        try FileSystem.makeDirectory(FileSystem.parent(of: self(name)))
        let file = fopen(self(name), "w")
        guard let file else { throw StorageError.system(self(name)) }
        defer { fclose(file) }
        fputs(text, file)
    }

    package func text(_ name: String) throws -> String? {
        try FileSystem.read(self(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// All that is in a folder: contents by path; a folder's path ends in a slash.
    package func tree(_ name: String = "") throws -> [String: [UInt8]] {
        var tree: [String: [UInt8]] = [:]
        for entry in try FileSystem.names(in: self(name)) where entry != ".carnet.lock" {
            let inner = name.isEmpty ? entry : "\(name)/\(entry)"
            if FileSystem.isDirectory(self(inner)) {
                tree["\(inner)/"] = []
                tree.merge(try self.tree(inner)) { first, _ in first }
            } else {
                tree[inner] = try FileSystem.read(self(inner)) ?? []
            }
        }
        return tree
    }
}
