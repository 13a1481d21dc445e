// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A folder for one piece of work, which nobody else can open and which goes with it.
package final class WorkFolder: Sendable {
    package let path: String

    /// - Parameter base: where it is made, such as the value of `TMPDIR`.
    package init(in base: String) throws(StorageError) {
        var template = Array("\(base)/carnet-work-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system("\(base)/carnet-work-XXXXXX") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { WorkFolder.remove(path) }

    /// A symbolic link is removed, not followed.
    private static func remove(_ path: String) {
        guard unlink(path) != 0, errno == EISDIR else { return }
        for name in (try? FileSystem.names(in: path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
