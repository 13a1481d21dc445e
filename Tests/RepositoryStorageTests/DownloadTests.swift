// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Downloads: not visible before they are verified")
struct DownloadTests {
    private func receive(_ file: DownloadedFile, _ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { file.receive($0) }
    }

    @Test("what is no regular file is not replaced", arguments: ["folder", "link"])
    func notReplaceable(kind: String) throws {
        let folder = try TemporaryFolder()
        if kind == "folder" {
            try FileSystem.makeDirectory(folder("demo.whl"))
        } else {
            #expect(symlink("/dev/null", folder("demo.whl")) == 0)
        }
        #expect(
            throws: StorageError(
                path: folder("demo.whl"), reason: "not a regular file, it is left as it is")
        ) { try DownloadedFile(folder("demo.whl")) }
        #expect(try FileSystem.names(in: folder.path) == ["demo.whl"])
    }

    /// TUF 1.0.34 §5.7.3d: stored under its own name
    /// protocol: artifacts
    @Test("chunks come together without a name, and appear when published")
    func published() throws {
        let folder = try TemporaryFolder()
        let file = try DownloadedFile(folder("demo.whl"))
        #expect(receive(file, "whe") && receive(file, "") && receive(file, "el"))
        #expect(file.count == 5)
        #expect(try FileSystem.names(in: folder.path) == [])
        try file.publish()
        file.discard()
        #expect(try FileSystem.names(in: folder.path) == ["demo.whl"])
        #expect(try folder.text("demo.whl") == "wheel")
        #expect(file.failure == nil)
    }

    /// protocol: artifacts
    @Test("a discarded or forgotten download leaves nothing, and the old file as it was")
    func discarded() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "demo.whl")
        let file = try DownloadedFile(folder("demo.whl"))
        #expect(receive(file, "new"))
        file.discard()
        do {
            let forgotten = try DownloadedFile(folder("demo.whl"))
            #expect(receive(forgotten, "new"))
        }
        #expect(try folder.tree() == ["demo.whl": Array("old".utf8)])
    }

    @Test("a chunk that cannot be written is refused, and the reason kept")
    func full() throws {
        let folder = try TemporaryFolder()
        let file = try DownloadedFile(folder("demo.whl"))
        file.discard()
        #expect(!receive(file, "wheel"))
        #expect(
            file.failure == StorageError(path: folder("demo.whl"), reason: "Bad file descriptor"))
    }

    @Test("a folder that is not there is told before anything is asked for")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StorageError.self) { try DownloadedFile(folder("a/demo.whl")) }
    }

    @Test("length and digest of a file, larger than one read, and of an empty one")
    func digests() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<600_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try FileSystem.write(bytes, to: folder("large"))
        try FileSystem.write([], to: folder("empty"))
        let large = try FileDigest(of: folder("large"))
        #expect(large.length == 600_001)
        #expect(large.sha256 == DigestAlgorithm.sha256.hexDigest(of: bytes))
        #expect(large.digests == [.sha256: large.sha256])
        let empty = try FileDigest(of: folder("empty"))
        #expect(empty.length == 0)
        #expect(
            empty.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("only a regular file has a digest")
    func noDigest() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        for name in ["pipe", ""] {
            #expect(throws: StorageError(path: folder(name), reason: "not a regular file")) {
                try FileDigest(of: folder(name))
            }
        }
        #expect(throws: StorageError(path: folder("none"), reason: "No such file or directory")) {
            try FileDigest(of: folder("none"))
        }
    }
}
