// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import TestKit
import Testing

@Suite("Broken downloads: what came is kept, and gone on with")
struct PartialDownloadTests {
    private let folder: TemporaryFolder
    private let whole = digest("wheels")
    private var partial: String { ".demo.whl.\(whole.prefix(16)).carnet-part" }
    private var names: [String] { get throws { try FileSystem.names(in: folder.path) } }

    init() throws { folder = try TemporaryFolder() }

    /// A download of the wheels and what the earlier one gives it.
    private func download(length: Int = 6) throws -> (file: DownloadedFile, known: String) {
        var known: [UInt8] = []
        let file = try DownloadedFile(
            folder("demo.whl"), resuming: whole, length: length
        ) { known += Array($0) }
        return (file, String(decoding: known, as: UTF8.self))
    }

    private func receive(_ file: DownloadedFile, _ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { file.receive($0) }
    }

    private func keep(_ text: String) throws {
        let (file, _) = try download()
        #expect(receive(file, text))
        #expect(file.keepPartial())
        file.discard()
        #expect(!receive(file, text))
    }

    @Test("the second attempt begins with the bytes of the first, in order, and publishes all")
    func resumed() throws {
        try keep("whe")
        #expect(try names == [partial])
        let (file, known) = try download()
        #expect(known == "whe" && file.count == 3)
        #expect(receive(file, "els"))
        #expect(file.count == 6)
        try file.publish()
        #expect(try names == ["demo.whl"])
        #expect(try folder.text("demo.whl") == "wheels")
    }

    @Test("a download breaks as often as it likes, and an old file stays until it is published")
    func again() throws {
        try folder.write("old", to: "demo.whl")
        for text in ["w", "h", "e", "e"] { try keep(text) }
        #expect(try names == [partial, "demo.whl"])
        let (file, known) = try download()
        #expect(known == "whee" && receive(file, "ls"))
        #expect(try folder.text("demo.whl") == "old")
        try file.publish()
        #expect(try names == ["demo.whl"])
        #expect(try folder.text("demo.whl") == "wheels")
    }

    @Test("a discarded or forgotten attempt takes with it what the one before had kept")
    func discarded() throws {
        for discards in [true, false] {
            try keep("whe")
            do {
                let (file, _) = try download()
                if discards { file.discard() }
            }
            #expect(try names == [])
        }
    }

    @Test("nothing is kept of a file whose digest is not known, or of which nothing came")
    func nothingToKeep() throws {
        let unknown = try DownloadedFile(folder("demo.whl"))
        #expect(receive(unknown, "whe"))
        #expect(!unknown.keepPartial())
        #expect(!(try download().file.keepPartial()))
        for digest in ["", "0123", "../../../../../../x", String(repeating: "é", count: 32)] {
            let file = try DownloadedFile(folder("demo.whl"))
            try file.resume(digest, length: 6) { _ in }
            #expect(receive(file, "whe"))
            #expect(!file.keepPartial())
        }
        #expect(try names == [])
    }

    @Test("another digest, of the same file, is another download")
    func otherDigest() throws {
        try keep("whe")
        let file = try DownloadedFile(folder("demo.whl"))
        #expect(try file.resume(digest("other"), length: 6) { _ in } == 0)
        #expect(receive(file, "other"))
        try file.publish()
        #expect(try names == [partial, "demo.whl"])
    }

    @Test("what is longer than the file can be is removed; all of it may be there")
    func tooLong() throws {
        try keep("wheels")
        #expect(try download(length: 6).known == "wheels")
        try keep("wheels")
        #expect(try download(length: 5).known == "")
        #expect(try names == [])
    }

    @Test("a download that begins anew has nothing of what was there, kept or not")
    func restarted() throws {
        try keep("whe")
        let (resumed, _) = try download()
        let fresh = try DownloadedFile(folder("other.whl"))
        for file in [resumed, fresh] {
            #expect(receive(file, "xyz"))
            #expect(file.restart() && file.count == 0)
            #expect(receive(file, "wheels") && file.count == 6)
            try file.publish()
            #expect(!file.restart() && file.failure != nil)
        }
        #expect(try names == ["demo.whl", "other.whl"])
        #expect(try folder.text("demo.whl") == "wheels")
        #expect(try folder.text("other.whl") == "wheels")
    }

    @Test("what is kept as a download asks for it")
    func keptBytes() throws {
        try keep("whe")
        let file = try DownloadedFile(folder("demo.whl"))
        let kept = file.keptBytes(whole, length: 6)
        #expect(file.count == 0)
        var known: [UInt8] = []
        try kept { known += Array($0) }
        #expect(known == Array("whe".utf8) && file.count == 3)
    }

    @Test("two at once do not write to one file: the second begins anew and keeps nothing")
    func atOnce() throws {
        try keep("whe")
        let (first, _) = try download()
        let (second, known) = try download()
        #expect(known == "" && second.count == 0)
        #expect(receive(first, "e") && receive(second, "x"))
        #expect(!second.keepPartial())
        #expect(first.keepPartial())
        #expect(try folder.text(partial) == "whee")
        let (third, _) = try download()
        let (fourth, _) = try download()
        #expect(receive(fourth, "wheels"))
        try fourth.publish()
        #expect(receive(third, "ls"))
        try third.publish()
        #expect(try names == ["demo.whl"])
        #expect(try folder.text("demo.whl") == "wheels")
    }

    @Test(
        "only a regular file of one's own is gone on with",
        arguments: ["symbolic link", "second name", "folder", "pipe", "other user"])
    func foreign(kind: String) throws {
        try folder.write("precious", to: "precious")
        let place = folder(partial)
        switch kind {
        case "symbolic link": #expect(symlink(folder("precious"), place) == 0)
        case "second name": #expect(link(folder("precious"), place) == 0)
        case "folder": try FileSystem.makeDirectory(place)
        case "pipe": #expect(mkfifo(place, 0o600) == 0)
        default:
            guard geteuid() == 0 else { return }
            try folder.write("evil", to: partial)
            #expect(chown(place, 65534, 65534) == 0)
        }
        let (file, known) = try download()
        #expect(known == "")
        #expect(receive(file, "whe"))
        #expect(!file.keepPartial())
        #expect(try names == [partial, "precious"])
        #expect(try folder.text("precious") == "precious")
        let (next, _) = try download()
        #expect(receive(next, "wheels"))
        try next.publish()
        #expect(try folder.text("demo.whl") == "wheels")
    }
}
