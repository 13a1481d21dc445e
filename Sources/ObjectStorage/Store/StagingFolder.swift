// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage

/// A folder for files on their way to a store.
final class StagingFolder: Sendable {
    let path: String
    private let isOurs: Bool

    /// One that somebody else made and removes.
    init(existing path: String) {
        self.path = path
        isOurs = false
    }

    /// A new one for us alone, removed with its last reference and all that is in it.
    init() throws(StorageError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/carnet-staging-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StorageError.system(parent) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        isOurs = true
    }

    deinit {
        guard isOurs else { return }
        for name in (try? FileSystem.names(in: path)) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// The system's clock, in seconds since 1970.
@Sendable package func systemSeconds() -> Int { time(nil) }
