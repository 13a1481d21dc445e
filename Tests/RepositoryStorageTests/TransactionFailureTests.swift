// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

@Suite("Repository transactions: a failure takes everything back")
struct TransactionFailureTests {
    /// Commits a change in which `spoil` put one thing wrong.
    private func failure(
        _ folder: TemporaryFolder, _ spoil: (inout RepositoryTransaction) throws -> Void
    ) throws -> StorageError? {
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        transaction.add(metadata: Array("snapshot 2".utf8), as: "2.snapshot.json")
        transaction.add(metadata: Array("timestamp 2".utf8), as: "timestamp.json")
        // Sorted before and after what the tests spoil.
        transaction.add(.bytes([1]), at: path("a/b/c"), hash: "0a")
        transaction.add(.bytes([2]), at: path("z/b/c"), hash: "0a")
        try spoil(&transaction)
        do {
            try transaction.commit()
            return nil
        } catch {
            return error
        }
    }

    @Test("a source that changed since it was hashed")
    func changedSource() throws {
        let folder = try storedRepository()
        let before = try folder.tree()
        let error = try failure(folder) { transaction in
            transaction.add(
                .file(folder("dist/demo.whl"), sha256: digest("another wheel")),
                at: path("demo/demo.whl"), hash: digest("another wheel"))
        }
        #expect(
            error
                == StorageError(
                    path: folder("dist/demo.whl"),
                    reason: "changed while it was being published"))
        #expect(try folder.tree() == before)
    }

    @Test("a source that is gone")
    func missingSource() throws {
        let folder = try storedRepository()
        let before = try folder.tree()
        let error = try failure(folder) { transaction in
            transaction.add(
                .file(folder("dist/gone"), sha256: digest("")), at: path("demo/gone"), hash: "0a")
        }
        #expect(
            error == StorageError(path: folder("dist/gone"), reason: "No such file or directory"))
        #expect(try folder.tree() == before)
    }

    @Test("a folder in the place of a target file")
    func folderInPlaceOfTarget() throws {
        let folder = try storedRepository()
        try FileSystem.makeDirectory(folder("repository/targets/demo/0a.file"))
        let before = try folder.tree()
        let error = try failure(folder) { transaction in
            transaction.add(.bytes([3]), at: path("demo/file"), hash: "0a")
        }
        #expect(
            error?.path == folder("repository/targets/demo/0a.file"))
        #expect(try folder.tree() == before)
    }

    @Test("a file in the place of a target's folder")
    func fileInPlaceOfFolder() throws {
        let folder = try storedRepository()
        try folder.write("", to: "repository/targets/file")
        let before = try folder.tree()
        let error = try failure(folder) { transaction in
            transaction.add(.bytes([3]), at: path("file/x"), hash: "0a")
        }
        #expect(error?.path == folder("repository/targets/file"))
        #expect(try folder.tree() == before)
    }

    @Test("timestamp.json itself, after all the others")
    func timestamp() throws {
        let folder = try storedRepository()
        try FileSystem.remove(folder("repository/metadata/timestamp.json"))
        try FileSystem.makeDirectory(folder("repository/metadata/timestamp.json"))
        let before = try folder.tree()
        let error = try failure(folder) { _ in }
        #expect(
            error
                == StorageError(
                    path: folder("repository/metadata/timestamp.json"), reason: "Is a directory"))
        #expect(try folder.tree() == before)
    }

    @Test("a file that was replaced has its old bytes again")
    func replacedIsRestored() throws {
        let folder = try storedRepository()
        try folder.write("left behind", to: "repository/metadata/2.snapshot.json")
        try folder.write("left behind", to: "repository/targets/a/b/0a.c")
        try FileSystem.remove(folder("repository/metadata/timestamp.json"))
        try FileSystem.makeDirectory(folder("repository/metadata/timestamp.json"))
        let before = try folder.tree()
        #expect(try failure(folder) { _ in } != nil)
        #expect(try folder.tree() == before)
    }

    @Test("once timestamp.json has its name nothing of the new state is taken back")
    func afterTheLastRename() throws {
        let folder = try storedRepository()
        let metadata = folder("repository/metadata")
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        transaction.add(metadata: Array("timestamp 2".utf8), as: "timestamp.json")
        transaction.add(.bytes([1]), at: path("demo/a"), hash: "0a")
        // A folder that can be written to but not opened cannot be synchronized. The system
        // lets root do all, so a test of root goes without that right for a moment, and the
        // folders belong to whom it is then.
        let other: UInt32 = geteuid() == 0 ? 65534 : geteuid()
        for name in ["metadata", "targets", "targets/demo"] {
            #expect(chown(folder("repository/\(name)"), other, getegid()) == 0)
        }
        #expect(chmod(folder.path, 0o755) == 0)
        #expect(chmod(metadata, 0o300) == 0)
        let error = withRights(of: other) { () -> StorageError? in
            do throws(StorageError) { try transaction.commit() } catch { return error }
            return nil
        }
        #expect(chmod(metadata, 0o755) == 0)
        #expect(error == StorageError(path: metadata, reason: "Permission denied"))
        #expect(try folder.text("repository/metadata/timestamp.json") == "timestamp 2")
        #expect(try FileSystem.read(folder("repository/targets/demo/0a.a")) == [1])
    }
}
