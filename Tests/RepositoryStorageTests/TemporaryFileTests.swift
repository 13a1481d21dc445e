// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import TestKit
import Testing

@Suite("Temporary files: without a name, or with one that the next process clears away")
struct TemporaryFileTests {
    private static let hidden = ".file.0.carnet-tmp"

    private func replace(_ folder: TemporaryFolder, by text: String = "new") throws {
        try FileSystem.write(Array(text.utf8), to: folder("file"))
    }

    @Test("a file that is written has no name before it is published")
    func nameless() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "file")
        for name in ["file", "other"] {
            let file = try TemporaryFile(replacing: folder(name))
            try file.write(Array("new".utf8))
            #expect(try folder.tree() == ["file": Array("old".utf8)])
        }
        #expect(try folder.tree() == ["file": Array("old".utf8)])
    }

    @Test("publishing says whether the file is a new one")
    func isNew() throws {
        let folder = try TemporaryFolder()
        for expected in [true, false] {
            let file = try TemporaryFile(replacing: folder("file"))
            try file.write(Array("new".utf8))
            #expect(try file.publish() == expected)
            #expect(try folder.tree() == ["file": Array("new".utf8)])
        }
    }

    @Test("what a killed process left of a file is gone once the file is written again")
    func swept() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "file")
        try folder.write("dead", to: Self.hidden)
        try folder.write("dead", to: ".file.3.carnet-tmp")
        try folder.write("dead, of another file", to: ".other.0.carnet-tmp")
        try replace(folder)
        #expect(try FileSystem.names(in: folder.path) == [".other.0.carnet-tmp", "file"])
        #expect(try folder.text("file") == "new")
    }

    @Test("a hidden file that a process holds stays, and is not written to")
    func held() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "file")
        try folder.write("alive", to: Self.hidden)
        let holder = open(folder(Self.hidden), O_RDONLY)
        defer { close(holder) }
        #expect(flock(holder, LOCK_EX | LOCK_NB) == 0)
        try replace(folder)
        #expect(try FileSystem.names(in: folder.path) == [Self.hidden, "file"])
        #expect(try folder.text(Self.hidden) == "alive")
        #expect(try folder.text("file") == "new")
    }

    @Test(
        "what is not provably ours stays, and is not followed",
        arguments: ["symbolic link", "second name", "folder", "pipe", "other user"])
    func foreign(kind: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "file")
        try folder.write("precious", to: "precious")
        let place = folder(Self.hidden)
        let isMade =
            switch kind {
            case "symbolic link": symlink(folder("precious"), place)
            case "second name": link(folder("precious"), place)
            case "folder": mkdir(place, 0o700)
            case "pipe": mkfifo(place, 0o600)
            default: try makeForeign(place)
            }
        guard isMade == 0 else { return }
        try replace(folder)
        #expect(try FileSystem.names(in: folder.path) == [Self.hidden, "file", "precious"])
        #expect(try folder.text("file") == "new")
        #expect(try folder.text("precious") == "precious")
    }

    /// A file of another user's; only root can make one.
    private func makeForeign(_ place: String) throws -> Int32 {
        guard geteuid() == 0 else { return -1 }
        try FileSystem.write([], to: place)
        return chown(place, 65534, 65534)
    }

    @Test("when all hidden names are taken there is one more")
    func allTaken() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "file")
        for slot in 0..<8 { try FileSystem.makeDirectory(folder(".file.\(slot).carnet-tmp")) }
        try replace(folder)
        #expect(try folder.text("file") == "new")
        #expect(try FileSystem.names(in: folder.path).count == 9)
    }

    @Test("a new file whose name cannot be made durable is gone again; an old one stays replaced")
    func notDurable() throws {
        let folder = try TemporaryFolder()
        #expect(chmod(folder.path, 0o300) == 0)
        #expect(chown(folder.path, commonUser, getegid()) == 0)
        let refusal = StorageError(path: folder.path, reason: "Permission denied")
        withRights(of: commonUser) {
            #expect(throws: refusal) { try replace(folder) }
        }
        #expect(!FileSystem.exists(folder("file")))
        try FileSystem.write(Array("old".utf8), to: folder("file"))
        withRights(of: commonUser) {
            #expect(throws: refusal) { try replace(folder) }
        }
        #expect(try folder.tree() == ["file": Array("new".utf8)])
    }

    @Test("many threads replace one file at once: it is always whole, and nothing else is left")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        let texts = (0..<24).map { String(repeating: "\($0 % 10)", count: 5000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for text in texts {
                group.addTask { try FileSystem.write(Array(text.utf8), to: folder("file")) }
                group.addTask {
                    guard let found = try folder.text("file") else { return }
                    #expect(texts.contains(found))
                }
            }
            try await group.waitForAll()
        }
        #expect(try FileSystem.names(in: folder.path) == ["file"])
    }
}
