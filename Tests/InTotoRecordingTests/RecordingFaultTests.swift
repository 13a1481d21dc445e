// SPDX-License-Identifier: Apache-2.0
import Glibc
import InTotoRecording
import Synchronization
import Testing

@Suite("Recording artifacts: what is refused")
struct RecordingFaultTests {
    private let folder = TestFolder()

    /// A recorder that changes a file of more than one buffer while it reads it.
    private func changingRecorder(
        _ folder: TestFolder, by change: @escaping @Sendable () -> Void
    ) throws -> ArtifactRecorder {
        let isDone = SharedFlag()
        return try recorder(folder) { options in
            options.onProgress = { progress in
                if progress.bytes > 0, isDone.raise() { change() }
            }
        }
    }

    @Test("a file that grows, shrinks or is rewritten while it is hashed is an error")
    func changing() throws {
        let text = String(repeating: "x", count: 600 << 10)
        let changes: [@Sendable () -> Void] = [
            { folder.write("big", text + "more") },
            { folder.write("big", "less") },
            { folder.write("big", String(repeating: "y", count: 600 << 10)) },
            { folder.setModified("big", seconds: 5000) },
        ]
        for change in changes {
            folder.write("big", text)
            folder.setModified("big", seconds: 1000)
            let recorder = try changingRecorder(folder, by: change)
            #expect(throws: RecordingError.changed(path: "big")) { try recorder.record(["."]) }
        }
        folder.write("big", text)
        #expect(try changingRecorder(folder, by: {}).record(["."]).artifacts.count == 1)
    }

    @Test("a folder swapped for a link between listing and hashing is an error")
    func swapped() throws {
        // The first file is read before the folder of the second is opened again.
        folder.write("a/big", String(repeating: "x", count: 300 << 10))
        folder.write("b/file", "inside")
        folder.write("elsewhere/file", "outside")
        let recorder = try recorder(folder) { options in
            options.threads = 1
            options.onProgress = { progress in
                rename("\(folder.path)/b", "\(folder.path)/moved")
                symlink("elsewhere", "\(folder.path)/b")
            }
        }
        #expect(throws: RecordingError.changed(path: "b")) { try recorder.record(["a", "b"]) }
    }

    @Test("a file that cannot be read is an error")
    func unreadable() throws {
        // Regular and open to its owner, but its first page is never mapped.
        folder.link("memory", to: "/proc/self/mem")
        let error = RecordingError.unreadable(path: "memory", SystemError(number: EIO))
        #expect(throws: error) { try recorder(folder).record(["."]) }
        #expect("\(error)" == "\"memory\": input/output error")
    }

    @Test("a path that the system refuses is an error, not a missing file")
    func refused() throws {
        let name = String(repeating: "n", count: 300)
        #expect(throws: RecordingError.unreadable(path: name, SystemError(number: ENAMETOOLONG))) {
            try ArtifactRecorder().record([name])
        }
    }

    @Test("a missing base folder is an error")
    func missingBase() throws {
        var options = ArtifactRecorder.Options()
        options.basePath = "/nowhere/at/all"
        let recorder = try ArtifactRecorder(options)
        let error = RecordingError.unreadable(
            path: "/nowhere/at/all", SystemError(number: ENOENT))
        #expect(throws: error) { try recorder.record(["."]) }
    }

    @Test("a name that is not UTF-8 is an error, unless it is excluded")
    func notUTF8() throws {
        folder.write(rawName: [0x61, 0xFF, 0x62], Array("x".utf8))
        #expect(throws: RecordingError.nameNotUTF8(path: "a\u{FFFD}b")) {
            try recorder(folder).record(["."])
        }
        let excluding = try recorder(folder) { $0.exclude = ["a?b"] }
        #expect(try excluding.record(["."]).artifacts.isEmpty)
    }

    @Test("two files under one name are an error")
    func collision() throws {
        folder.write("one/x", "1")
        folder.write("two/x", "2")
        let recorder = try recorder(folder) { $0.lstripPaths = ["one/", "two/"] }
        let error = RecordingError.collision(name: "x", first: "one/x", second: "two/x")
        #expect(throws: error) { try recorder.record(["."]) }
        #expect("\(error)" == #"artifact "x": stands for both "one/x" and "two/x""#)
    }

    @Test("a name of which nothing is left is an error")
    func nothingLeft() throws {
        folder.write("x", "1")
        let recorder = try recorder(folder) { $0.lstripPaths = ["x"] }
        #expect(throws: RecordingError.nameEmpty(path: "x")) { try recorder.record(["."]) }
    }

    @Test("prefixes of which one begins the other are refused")
    func prefixes() {
        var options = ArtifactRecorder.Options()
        options.lstripPaths = ["src/", "lib", "src/deep"]
        #expect(throws: RecordingError.overlappingPrefixes("src/", "src/deep")) {
            try ArtifactRecorder(options)
        }
    }

    @Test("a link that leads back into its own folder is an error")
    func loop() throws {
        folder.write("a/b/x")
        folder.link("a/b/up", to: "..")
        #expect(throws: RecordingError.folderLoop(path: "a/b/up")) {
            try recorder(folder).record(["."])
        }
        let strict = try recorder(folder) { $0.followSymlinkDirs = false }
        #expect(try strict.record(["."]).artifacts.names == ["a/b/x"])
    }

    @Test("folders may be 256 deep, and no deeper")
    func deep() throws {
        let names = [String](repeating: "d", count: 255)
        folder.write((names + ["file"]).joined(separator: "/"), "x")
        #expect(try recorder(folder).record(["."]).artifacts.count == 1)
        folder.write((names + ["d", "file"]).joined(separator: "/"), "x")
        let path = (names + ["d"]).joined(separator: "/")
        #expect(throws: RecordingError.tooDeep(path: path, maximum: 256)) {
            try recorder(folder).record(["."])
        }
    }

    @Test("a scheme that needs another resolver is refused")
    func schemes() throws {
        #expect(throws: RecordingError.unsupportedScheme(path: "ostree:x")) {
            try ArtifactRecorder().record(["ostree:x"])
        }
    }

    @Test("what is no folder is not recorded as one")
    func noFolder() throws {
        folder.write("file", "x")
        for path in ["dir:", "dir:/nowhere/at/all", "dir:\(folder.path)/file"] {
            #expect(throws: RecordingError.notAFolder(path: path)) {
                try ArtifactRecorder().record([path])
            }
        }
    }

    @Test("two folders under one name, or a folder and a file, are an error")
    func folderCollision() throws {
        folder.write("one/x", "1")
        folder.write("two/x", "2")
        let both = ["dir:\(folder.path)/one", "dir:\(folder.path)/two"]
        let recorder = try recorder(folder) {
            $0.lstripPaths = ["\(folder.path)/one", "\(folder.path)/two"]
        }
        let error = RecordingError.collision(
            name: "dir:", first: "\(folder.path)/one", second: "\(folder.path)/two")
        #expect(throws: error) { try recorder.record(both) }
        #expect(try recorder.record([both[0], both[0]]).artifacts.names == ["dir:"])
        folder.write("dir:", "a file")
        #expect(throws: RecordingError.self) { try recorder.record([both[0], "."]) }
    }

    @Test("git's names are not given to files with normalised line endings")
    func gitoidOfNormalized() {
        #expect(throws: RecordingError.gitoidOfNormalized) {
            try recorder(folder) {
                $0.normalizeLineEndings = true
                $0.digests = [.gitoidSHA1]
            }
        }
    }

    @Test("a NUL byte in a path is refused")
    func nul() throws {
        #expect(throws: RecordingError.containsNUL("a\0b")) {
            try ArtifactRecorder().record(["a\0b"])
        }
    }

    @Test("of several errors the first by name is told, also if it comes later")
    func firstError() throws {
        // Threads take 64 files at a time: the second run begins with f1064.
        for index in 1..<127 { folder.write("f\(1000 + index)", "x") }
        folder.write("f1000", String(repeating: "x", count: 600 << 10))
        folder.link("f1127", to: "/proc/self/mem")
        folder.setModified("f1000", seconds: 1000)
        let read = Maximum()
        let isDone = SharedFlag()
        let recorder = try recorder(folder) { options in
            options.threads = 2
            options.onProgress = { [folder] progress in
                // Both runs are under way before the first file is changed.
                read.take(progress.bytes)
                let limit = ContinuousClock.now.advanced(by: .seconds(2))
                while read.value <= 256 << 10, ContinuousClock.now < limit {}
                if isDone.raise() { folder.setModified("f1000", seconds: 2000) }
            }
        }
        #expect(throws: RecordingError.changed(path: "f1000")) { try recorder.record(["."]) }
    }
}

/// A flag that is raised once.
final class SharedFlag: Sendable {
    private let isRaised = Mutex(false)

    /// Whether this call raised it.
    func raise() -> Bool {
        isRaised.withLock { isRaised in
            defer { isRaised = true }
            return !isRaised
        }
    }
}
