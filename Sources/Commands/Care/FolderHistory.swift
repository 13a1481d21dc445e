// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

/// The metadata files in a repository's folder, old ones included.
struct FolderHistory: MetadataLister {
    let directory: RepositoryDirectory

    init(_ path: String) throws {
        directory = RepositoryDirectory(path)
        guard directory.isRepository else {
            throw PublishingError.repository(.noRepository(path: path))
        }
    }

    func read(metadata fileName: String) throws(RepositoryError) -> [UInt8]? {
        try StagedRepository(directory).read(metadata: fileName)
    }

    func metadataFileNames() throws(RepositoryError) -> [String] {
        do throws(StorageError) {
            return try FileSystem.names(in: "\(directory.path)/metadata")
        } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
    }

    /// A whole state: of this version of snapshot, or the current one.
    func contents(atSnapshot version: Int?) throws -> RepositoryContents {
        let current = try PublishedState(reading: self).snapshot.document.version
        return try RepositoryHistory(reading: self).contents(atSnapshot: version ?? current)
    }
}
