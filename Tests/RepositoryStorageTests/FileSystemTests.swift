// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import TestKit
import Testing

@Suite("Files: written wholly or not at all")
struct FileSystemTests {
    @Test("a written file has its bytes and mode, and nothing else is left in the folder")
    func written() throws {
        let folder = try TemporaryFolder()
        try FileSystem.write([1, 2, 3], to: folder("key.pem"), mode: 0o600)
        #expect(try FileSystem.read(folder("key.pem")) == [1, 2, 3])
        #expect(try FileSystem.names(in: folder.path) == ["key.pem"])
        var status = stat()
        #expect(stat(folder("key.pem"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("a replaced file is another one: who has the old one open keeps its bytes")
    func replaced() throws {
        let folder = try TemporaryFolder()
        try FileSystem.write(Array("old".utf8), to: folder("file"))
        let old = open(folder("file"), O_RDONLY)
        defer { close(old) }
        try FileSystem.write(Array("new!".utf8), to: folder("file"))
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(old, &bytes, 8) == 3)
        #expect(try folder.text("file") == "new!")
        #expect(try FileSystem.names(in: folder.path) == ["file"])
    }

    @Test("where a folder stands the write fails and leaves nothing behind")
    func failed() throws {
        let folder = try TemporaryFolder()
        try FileSystem.makeDirectory(folder("place"))
        #expect(throws: StorageError(path: folder("place"), reason: "Is a directory")) {
            try FileSystem.write([1], to: folder("place"))
        }
        #expect(try folder.tree() == ["place/": []])
    }

    @Test("a write into a folder that is not there names the file")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        let error = StorageError(path: folder("a/b"), reason: "No such file or directory")
        #expect(throws: error) { try FileSystem.write([1], to: folder("a/b")) }
        #expect("\(error)" == "\(folder.path)/a/b: No such file or directory")
    }

    @Test(
        "a file name as long as the system allows can be written",
        arguments: [
            String(repeating: "n", count: 255), String(repeating: "👨‍👩‍👧‍👦", count: 10),
        ])
    func longName(name: String) throws {
        let folder = try TemporaryFolder()
        try FileSystem.write([7], to: folder(name))
        #expect(try FileSystem.read(folder(name)) == [7])
    }

    @Test("reading: nil where nothing is, refused when too long or no regular file")
    func reading() throws {
        let folder = try TemporaryFolder()
        try folder.write("12345", to: "five")
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        #expect(try FileSystem.read(folder("none")) == nil)
        #expect(try FileSystem.read(folder("five/none")) == nil)
        #expect(try FileSystem.read(folder("five"), maximumBytes: 5)?.count == 5)
        #expect(throws: StorageError(path: folder("five"), reason: "longer than 4 bytes")) {
            try FileSystem.read(folder("five"), maximumBytes: 4)
        }
        for name in ["pipe", ""] {
            #expect(throws: StorageError(path: folder(name), reason: "not a regular file")) {
                try FileSystem.read(folder(name))
            }
        }
    }

    @Test("made folders are told, outermost first; those there before are not")
    func folders() throws {
        let folder = try TemporaryFolder()
        #expect(try FileSystem.makeDirectory(folder("a")) == [folder("a")])
        let made = try FileSystem.makeDirectory(folder("a/b/c"))
        #expect(made == [folder("a/b"), folder("a/b/c")])
        #expect(try FileSystem.makeDirectory(folder("a/b/c")) == [])
        try folder.write("", to: "a/b/file")
        FileSystem.removeEmpty(made)
        #expect(try folder.tree() == ["a/": [], "a/b/": [], "a/b/file": []])
    }

    @Test("a file in the way of a folder fails, and what was made above it is taken back")
    func folderOverFile() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "a")
        #expect(throws: StorageError(path: folder("a"), reason: "not a folder")) {
            try FileSystem.makeDirectory(folder("a"))
        }
        let long = String(repeating: "n", count: 256)
        #expect(throws: StorageError(path: folder("b/\(long)"), reason: "File name too long")) {
            try FileSystem.makeDirectory(folder("b/\(long)"))
        }
        #expect(try folder.tree() == ["a": []])
    }

    @Test("removing what is not there is no error, a folder is")
    func removing() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "a")
        try FileSystem.remove(folder("a"))
        try FileSystem.remove(folder("a"))
        #expect(!FileSystem.exists(folder("a")))
        #expect(throws: StorageError.self) { try FileSystem.remove(folder.path) }
    }

    @Test(
        "names and parents of paths",
        arguments: [
            ("a", ".", "a"), ("/a", "/", "a"), ("a/b", "a", "b"), ("/a/b", "/a", "b"),
            ("a/é", "a", "é"),
        ])
    func paths(path: String, parent: String, name: String) {
        #expect(FileSystem.parent(of: path) == parent)
        #expect(FileSystem.name(of: path) == name)
    }

    @Test("names in a folder are sorted; a folder that is not there has none, a file is refused")
    func names() throws {
        let folder = try TemporaryFolder()
        for name in ["b", "a", ".c"] { try folder.write("", to: name) }
        #expect(try FileSystem.names(in: folder.path) == [".c", "a", "b"])
        #expect(try FileSystem.names(in: folder("none")) == [])
        #expect(throws: StorageError(path: folder("a"), reason: "Not a directory")) {
            try FileSystem.names(in: folder("a"))
        }
    }

    @Test("files below a folder come in the order of their paths' bytes, hidden ones and links not")
    func below() throws {
        let folder = try TemporaryFolder()
        let paths = ["B", "a", "a.b", "a-/x", "a/b/c", "a/b.c", "a0", "e\u{301}", "z", "\u{e9}/1"]
        for path in paths where path != "a" { try folder.write("", to: path) }
        for path in [".hidden", "a/.hidden", ".folder/x"] { try folder.write("", to: path) }
        #expect(symlink("B", folder("link")) == 0)
        let expected = paths.filter { $0 != "a" }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let found = try FileSystem.files(below: folder.path)
        #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        #expect(throws: StorageError(path: folder("B"), reason: "not a folder")) {
            try FileSystem.files(below: folder("B"))
        }
    }
}
