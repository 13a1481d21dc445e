// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import Synchronization
import TestKit
import Testing

@Suite("Locks: one change at a time")
struct LockTests {
    /// The exit status of `flock -n FILE true` in a process of its own: 0 if the lock is free.
    private func tryLock(_ file: String) -> Int32 {
        let words = ["flock", "-n", file, "true"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, "flock", nil, nil, &arguments, environ) == 0 else {
            return -1
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return (status >> 8) & 0xFF
    }

    @Test("another process cannot have the lock before the transaction ends")
    func processes() throws {
        let folder = try storedRepository()
        let file = folder("repository/.carnet.lock")
        do {
            let transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
            #expect(tryLock(file) == 1)
            try transaction.commit()
            #expect(tryLock(file) == 1)
            withExtendedLifetime(transaction) {}
        }
        #expect(tryLock(file) == 0)
    }

    @Test("threads change one counter in turn, none loses another's change")
    func threads() async throws {
        let folder = try storedRepository()
        let directory = RepositoryDirectory(folder("repository"))
        try folder.write("0", to: "repository/metadata/timestamp.json")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var transaction = try RepositoryTransaction(directory)
                    let old = try folder.text("repository/metadata/timestamp.json") ?? ""
                    let new = (Int(old) ?? 0) + 1
                    transaction.add(metadata: Array("\(new)".utf8), as: "timestamp.json")
                    try transaction.commit()
                    withExtendedLifetime(transaction) {}
                }
            }
            try await group.waitForAll()
        }
        #expect(try folder.text("repository/metadata/timestamp.json") == "8")
    }

    @Test("a lock does not follow a symbolic link")
    func link() throws {
        let folder = try storedRepository()
        #expect(symlink(folder("elsewhere"), folder("repository/.carnet.lock")) == 0)
        #expect(throws: StorageError.self) {
            try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        }
        #expect(!FileSystem.exists(folder("elsewhere")))
    }

    @Test("no folder, no transaction")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        let error = StorageError(
            path: folder("none/.carnet.lock"), reason: "No such file or directory")
        #expect(throws: error) { try RepositoryTransaction(RepositoryDirectory(folder("none"))) }
    }
}
