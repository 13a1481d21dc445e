// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

@Suite("Repository transactions of very many files")
struct LargeTransactionTests {
    /// More than one thread writes.
    private let count = 5000

    private func transaction(_ folder: TemporaryFolder) throws -> RepositoryTransaction {
        try folder.write("source", to: "dist/source")
        let source = try FileDigest(of: folder("dist/source"))
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        transaction.reserve(count)
        for number in 0..<count {
            let path = path("demo/\(number % 7)/\(number)")
            if number.isMultiple(of: 2) {
                transaction.add(.link(source), at: path, hash: "0a")
            } else {
                transaction.add(.bytes(Array("\(number)".utf8)), at: path, hash: "0a")
            }
        }
        for number in 0..<100 {
            transaction.add(metadata: Array("\(number)".utf8), as: "2.bin-\(number).json")
        }
        transaction.add(metadata: Array("timestamp 2".utf8), as: "timestamp.json")
        return transaction
    }

    @Test("all appear, linked or written, and timestamp.json is replaced")
    func committed() throws {
        let folder = try storedRepository()
        var expected = try folder.tree("repository")
        try transaction(folder).commit()
        for number in 0..<7 { expected["repository/targets/demo/\(number)/"] = [] }
        for number in 0..<count {
            expected["repository/targets/demo/\(number % 7)/0a.\(number)"] =
                Array((number.isMultiple(of: 2) ? "source" : "\(number)").utf8)
        }
        for number in 0..<100 {
            expected["repository/metadata/2.bin-\(number).json"] = Array("\(number)".utf8)
        }
        expected["repository/metadata/timestamp.json"] = Array("timestamp 2".utf8)
        #expect(try folder.tree("repository") == expected)
        var status = stat()
        #expect(stat(folder("dist/source"), &status) == 0)
        #expect(Int(status.st_nlink) == count / 2 + 1)
    }

    @Test("one that cannot be written takes all of them back", arguments: [true, false])
    func takenBack(isMetadata: Bool) throws {
        let folder = try storedRepository()
        let taken = isMetadata ? "metadata/2.bin-50.json" : "targets/demo/3/0a.3"
        try FileSystem.makeDirectory(folder("repository/\(taken)"))
        // What a crash left is replaced, and has its old bytes again in the end.
        try folder.write("left behind", to: "repository/metadata/2.bin-7.json")
        try folder.write("left behind", to: "repository/targets/demo/1/0a.1")
        try folder.write("source", to: "dist/source")
        let before = try folder.tree()
        let transaction = try transaction(folder)
        #expect(throws: StorageError.self) { try transaction.commit() }
        #expect(try folder.tree() == before)
    }

    @Test("a source that is written to meanwhile takes all of them back")
    func changedSource() throws {
        let folder = try storedRepository()
        try folder.write("source", to: "dist/source")
        let before = try folder.tree("repository")
        let transaction = try transaction(folder)
        try folder.write("another", to: "dist/source")
        let failure = StorageError(
            path: folder("dist/source"), reason: "changed while it was being published")
        #expect(throws: failure) { try transaction.commit() }
        #expect(try folder.tree("repository") == before)
    }

    @Test("a path added twice is written once, with what was added last")
    func twice() throws {
        let folder = try storedRepository()
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        transaction.add(.bytes([1]), at: path("demo/a"), hash: "0a")
        transaction.add(.bytes([2]), at: path("demo/a"), hash: "0a")
        #expect(transaction.targetDigests.count == 1)
        guard case .bytes([2])? = transaction.target(UTF8Text("demo/0a.a")) else {
            Issue.record("not the last one")
            return
        }
        try transaction.commit()
        #expect(try FileSystem.read(folder("repository/targets/demo/0a.a")) == [2])
    }

    @Test("a name is one name, whether it was given whole or as a path with a digest")
    func oneName() throws {
        let folder = try storedRepository()
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        let digest = String(repeating: "0a", count: 32)
        for number in 0..<3000 {
            transaction.add(
                .bytes([1]), named: UTF8Text("demo/\(number % 7)/\(digest).\(number)"))
            transaction.add(.bytes([2]), at: path("plain/\(number)"), hash: "0a")
        }
        for number in 0..<3000 {
            transaction.add(
                .bytes(Array("\(number)".utf8)), at: path("demo/\(number % 7)/\(number)"),
                hash: digest)
            transaction.add(.bytes([3]), named: UTF8Text("plain/0a.\(number)"))
        }
        #expect(transaction.newTargets.count == 6000)
        #expect(transaction.targetDigests.count == 3000)
        #expect(transaction.targetDigests.first?.path == "plain/0a.0")
        for number in 0..<3000 {
            let name = UTF8Text("demo/\(number % 7)/\(digest).\(number)")
            guard case .bytes(Array("\(number)".utf8))? = transaction.target(name) else {
                Issue.record("\(name): not what was added last")
                return
            }
        }
        #expect(transaction.target("demo/0").map { _ in 0 } == nil)
    }

    @Test("sources in many folders, in no order and through links, are all given second names")
    func sources() throws {
        let folder = try storedRepository()
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        var running = RunningDigest(.sha256)
        var last = SourceFolder()
        for number in 0..<200 {
            let name = "dist/\(number * 7 % 13)/\(number)"
            try folder.write("\(number)", to: name)
            let digest = try FileDigest(of: folder(name), in: &last, with: &running)
            #expect(digest.sha256 == (try FileDigest(of: folder(name))).sha256)
            transaction.add(.link(digest), at: path("demo/\(number)"), hash: digest.digest)
        }
        #expect(symlink(folder("dist/1"), folder("dist/alias")) == 0)
        #expect(symlink(folder("dist/0/0"), folder("dist/file")) == 0)
        for name in ["dist/alias/2", "dist/file"] where FileSystem.exists(folder(name)) {
            let digest = try FileDigest(of: folder(name), in: &last, with: &running)
            transaction.add(.link(digest), at: path("demo/\(name)"), hash: digest.digest)
        }
        #expect(throws: StorageError(path: folder("none/0"), reason: "No such file or directory")) {
            try FileDigest(of: folder("none/0"), in: &last, with: &running)
        }
        #expect(throws: StorageError(path: folder("dist/"), reason: "not a regular file")) {
            try FileDigest(of: folder("dist/"), in: &last, with: &running)
        }
        try transaction.commit()
        for (name, digest) in transaction.targetDigests {
            let file = try FileDigest(of: folder("repository/targets/\(name)"))
            #expect(file.sha256 == digest)
        }
        var status = stat()
        #expect(stat(folder("dist/0/0"), &status) == 0)
        #expect(Int(status.st_nlink) == 3)
    }
}
