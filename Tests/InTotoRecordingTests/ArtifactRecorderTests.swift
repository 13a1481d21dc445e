// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoRecording
import Testing

@Suite("Recording artifacts: what is recorded, and under which name")
struct ArtifactRecorderTests {
    private let folder = TestFolder()

    @Test("a tree's files are recorded with their digests, empty folders and excludes are not")
    func tree() throws {
        folder.write("a.txt", "alpha")
        folder.write("src/deep/b.c", "beta")
        folder.write("empty.txt")
        folder.write("src/old.c~", "x")
        folder.write(".git/HEAD", "x")
        folder.write("build.12345678.link", "x")
        folder.makeFolder("nothing")
        let artifacts = try recorder(folder).record(["."]).artifacts
        #expect(artifacts.names == ["a.txt", "empty.txt", "src/deep/b.c"])
        #expect(artifacts["a.txt"]?.sha256 == sha256("alpha"))
        #expect(artifacts["src/deep/b.c"]?.sha256 == sha256("beta"))
        #expect(artifacts["empty.txt"]?.sha256 == sha256(""))
    }

    @Test(
        "paths are recorded as normpath makes them",
        arguments: [
            ("src/b.c", ["src/b.c"]), ("./src/b.c", ["src/b.c"]), ("src//./b.c", ["src/b.c"]),
            ("a/../src", ["src/b.c", "src/c.c"]), ("src/", ["src/b.c", "src/c.c"]),
            ("", ["src/b.c", "src/c.c", "top"]), ("../sub/src/b.c", ["../sub/src/b.c"]),
            ("file:src", ["file:src/b.c", "file:src/c.c"]), ("nothing", []), ("src/b.c/x", []),
        ])
    func names(_ path: String, _ expected: [String]) throws {
        folder.write("sub/src/b.c")
        folder.write("sub/src/c.c")
        folder.write("sub/top")
        let recorder = try recorder(folder) { $0.basePath = "\(folder.path)/sub" }
        let recording = try recorder.record([path])
        #expect(recording.artifacts.hasNames(expected))
        #expect(recording.skipped.isEmpty == !expected.isEmpty)
    }

    @Test("absolute paths keep their names, whatever the base")
    func absolute() throws {
        folder.write("d/x", "1")
        let recorder = try recorder(folder) { $0.basePath = "/usr" }
        #expect(
            try recorder.record(["\(folder.path)//d"]).artifacts.names == ["\(folder.path)/d/x"])
    }

    @Test("prefixes are stripped as text")
    func stripping() throws {
        folder.write("dist/a")
        folder.write("distance")
        folder.write("other/b")
        let recorder = try recorder(folder) { $0.lstripPaths = ["dist/", "oth"] }
        let artifacts = try recorder.record(["."]).artifacts
        #expect(artifacts.names == ["a", "distance", "er/b"])
    }

    @Test("a path given twice is recorded once")
    func twice() throws {
        folder.write("a/b", "x")
        #expect(try recorder(folder).record([".", "a", "./a/b"]).artifacts.names == ["a/b"])
    }

    @Test("names differ by bytes: composed and decomposed letters, control characters, spaces")
    func oddNames() throws {
        let names = [
            "caf\u{E9}", "cafe\u{301}", "two\nlines", "tab\there", " lead", "\u{1F469}\u{200D}",
        ]
        for (index, name) in names.enumerated() { folder.write(name, "\(index)") }
        let artifacts = try recorder(folder).record(["."]).artifacts
        #expect(artifacts.hasNames(names))
        #expect(artifacts["caf\u{E9}"]?.sha256 == sha256("0"))
        #expect(artifacts["cafe\u{301}"]?.sha256 == sha256("1"))
    }

    @Test("a backslash in a name becomes a slash")
    func backslash() throws {
        folder.write("a\\b", "x")
        #expect(try recorder(folder).record(["."]).artifacts.names == ["a/b"])
    }

    @Test("links to files are followed; broken links and pipes are passed over, and told")
    func links() throws {
        folder.write("real", "content")
        folder.link("alias", to: "real")
        folder.link("broken", to: "nowhere")
        folder.link("circle", to: "circle")
        mkfifo("\(folder.path)/pipe", 0o644)
        let recording = try recorder(folder).record([".", "missing", "pipe", "alias"])
        #expect(recording.artifacts.names == ["alias", "real"])
        #expect(recording.artifacts["alias"]?.sha256 == sha256("content"))
        let skipped = Set(recording.skipped.map { "\($0.path) \($0.reason)" })
        let missing = ["broken missing", "circle missing", "missing missing"]
        #expect(skipped == Set(missing + ["pipe notRegular"]))
    }

    @Test("links to folders are followed by default, and not if that is switched off")
    func linkedFolders() throws {
        folder.write("real/x", "1")
        folder.link("alias", to: "real")
        #expect(try recorder(folder).record(["."]).artifacts.names == ["alias/x", "real/x"])
        let strict = try recorder(folder) { $0.followSymlinkDirs = false }
        #expect(try strict.record(["."]).artifacts.names == ["real/x"])
        #expect(try strict.record(["alias"]).artifacts.names == ["alias/x"])
    }

    @Test("line ends are made equal before hashing, over the borders of buffers too")
    func lineEnds() throws {
        folder.write("crlf", "one\r\ntwo\r\n")
        folder.write("cr", "one\rtwo\r")
        folder.write("mixed", "\r\r\n\n\rx")
        // The `\r` is the last byte of the first buffer of 256 KiB.
        let border = String(repeating: "a", count: (256 << 10) - 1)
        folder.write("border-crlf", border + "\r\nb")
        folder.write("border-cr", border + "\rb")
        folder.write("border-end", border + "\r")
        let recorder = try recorder(folder) { $0.normalizeLineEndings = true }
        let artifacts = try recorder.record(["."]).artifacts
        #expect(artifacts["crlf"]?.sha256 == sha256("one\ntwo\n"))
        #expect(artifacts["cr"]?.sha256 == sha256("one\ntwo\n"))
        #expect(artifacts["mixed"]?.sha256 == sha256("\n\n\n\nx"))
        #expect(artifacts["border-crlf"]?.sha256 == sha256(border + "\nb"))
        #expect(artifacts["border-cr"]?.sha256 == sha256(border + "\nb"))
        #expect(artifacts["border-end"]?.sha256 == sha256(border + "\n"))
    }

    @Test("the number of threads does not change the result", arguments: [1, 2, 7])
    func threads(_ count: Int) throws {
        for index in 0..<500 { folder.write("d\(index % 9)/f\(index)", "content \(index)") }
        let recorder = try recorder(folder) { $0.threads = count }
        let artifacts = try recorder.record(["."]).artifacts
        #expect(artifacts.count == 500)
        for index in 0..<500 {
            let name = UTF8Text("d\(index % 9)/f\(index)")
            #expect(artifacts[name]?.sha256 == sha256("content \(index)"))
        }
    }

    @Test("no paths give no artifacts")
    func nothing() throws {
        #expect(try ArtifactRecorder().record([]).artifacts.isEmpty)
    }
}
