// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import Synchronization

/// A folder on this machine for files on their way to a registry; it goes with its owner.
final class StagingFolder: Sendable {
    private let parent: String
    private let made = Mutex<String?>(nil)

    /// - Parameter parent: an existing folder with room for the largest files.
    init(in parent: String) { self.parent = parent }

    deinit {
        guard let folder = made.withLock({ $0 }) else { return }
        for name in (try? FileSystem.names(in: folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// Its path; it is made when it is first asked for, for this user alone.
    func path() throws(StorageError) -> String {
        try made.withLock { made throws(StorageError) in
            if let made { return made }
            var template = Array("\(parent)/carnet-staging-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw .system(parent) }
            let path = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            made = path
            return path
        }
    }
}
