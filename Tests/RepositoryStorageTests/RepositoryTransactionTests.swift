// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

func path(_ text: String) -> TargetPath { TargetPath(UTF8Text(text))! }

func digest(_ text: String) -> String { DigestAlgorithm.sha256.hexDigest(of: Array(text.utf8)) }

/// A repository of one version in a folder, and a file to be published.
func storedRepository() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("snapshot 1", to: "repository/metadata/1.snapshot.json")
    try folder.write("timestamp 1", to: "repository/metadata/timestamp.json")
    try folder.write("first", to: "repository/targets/demo/\(digest("first")).file")
    try folder.write("wheel", to: "dist/demo.whl")
    return folder
}

@Suite("Repository transactions: wholly or not at all")
struct RepositoryTransactionTests {
    @Test("files and folders appear under their names, and nothing else does")
    func committed() throws {
        let folder = try storedRepository()
        var expected = try folder.tree("repository")
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository/")))
        transaction.add(metadata: Array("snapshot 2".utf8), as: "2.snapshot.json")
        transaction.add(metadata: Array("timestamp 2".utf8), as: "timestamp.json")
        transaction.add(.bytes([1, 2]), at: path("new/a.link"), hash: "0a")
        transaction.add(
            .file(folder("dist/demo.whl"), sha256: digest("wheel")), at: path("new/1/demo.whl"),
            hash: digest("wheel"))
        try transaction.commit()
        expected["repository/metadata/2.snapshot.json"] = Array("snapshot 2".utf8)
        expected["repository/metadata/timestamp.json"] = Array("timestamp 2".utf8)
        expected["repository/targets/new/"] = []
        expected["repository/targets/new/0a.a.link"] = [1, 2]
        expected["repository/targets/new/1/"] = []
        expected["repository/targets/new/1/\(digest("wheel")).demo.whl"] = Array("wheel".utf8)
        #expect(try folder.tree("repository") == expected)
    }

    @Test("timestamp.json gets its name after all other files have theirs")
    func timestampLast() throws {
        let folder = try storedRepository()
        let queue = inotify_init1(Int32(IN_NONBLOCK))
        defer { close(queue) }
        for name in ["metadata", "targets/demo"] {
            let watch = inotify_add_watch(
                queue, folder("repository/\(name)"), UInt32(IN_CREATE | IN_MOVED_TO))
            #expect(watch > 0)
        }
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        for name in ["timestamp.json", "zzz.json", "2.snapshot.json"] {
            transaction.add(metadata: [1], as: name)
        }
        transaction.add(.bytes([2]), at: path("demo/z"), hash: "0a")
        try transaction.commit()
        #expect(
            names(in: queue) == ["0a.z", "2.snapshot.json", "zzz.json", "timestamp.json"])
    }

    /// The names in the events of an inotify queue, hidden ones left out: 16 bytes, the last four of them the length
    /// of the name that follows.
    private func names(in queue: Int32) -> [String] {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(queue, &bytes, bytes.count)
        var names: [String] = []
        var rest = bytes.prefix(max(0, count))
        while rest.count >= 16 {
            let length = rest.dropFirst(12).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            let name = rest.dropFirst(16).prefix(length).prefix { $0 != 0 }
            if name.first != UInt8(ascii: ".") {
                names.append(String(decoding: name, as: UTF8.self))
            }
            rest = rest.dropFirst(16 + length)
        }
        return names
    }

    @Test("without a new timestamp the files are written, and the old timestamp stays")
    func withoutTimestamp() throws {
        let folder = try storedRepository()
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        transaction.add(metadata: [1], as: "2.root.json")
        try transaction.commit()
        #expect(try folder.text("repository/metadata/timestamp.json") == "timestamp 1")
        #expect(try FileSystem.read(folder("repository/metadata/2.root.json")) == [1])
    }

    @Test("a file that is there already is replaced, as after a crash")
    func replacing() throws {
        let folder = try storedRepository()
        try folder.write("left behind", to: "repository/metadata/2.snapshot.json")
        var transaction = try RepositoryTransaction(RepositoryDirectory(folder("repository")))
        transaction.add(metadata: Array("snapshot 2".utf8), as: "2.snapshot.json")
        try transaction.commit()
        #expect(try folder.text("repository/metadata/2.snapshot.json") == "snapshot 2")
    }

    @Test("a folder is a repository once it has its first root")
    func isRepository() throws {
        let folder = try storedRepository()
        let directory = RepositoryDirectory(folder("repository/"))
        #expect(directory.path == folder("repository"))
        #expect(!directory.isRepository)
        try folder.write("{}", to: "repository/metadata/1.root.json")
        #expect(directory.isRepository)
        #expect(try directory.metadata("1.root.json") == Array("{}".utf8))
        #expect(try directory.metadata("2.root.json") == nil)
    }
}
