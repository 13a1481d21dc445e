// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoRecording
import Synchronization
import Testing

@Suite("Recording artifacts: files that were not touched are not read again")
struct KnownDigestsTests {
    private let folder = TestFolder()

    /// Records, with files taken for old however young they are; gives the bytes read.
    private func record(
        _ folder: TestFolder, known: KnownDigests? = nil
    ) throws -> (ArtifactRecorder.Recording, bytesRead: Int) {
        let read = Maximum()
        let recorder = try recorder(folder) { options in
            options.marginSeconds = -3600
            options.onProgress = { read.take($0.bytes) }
        }
        return (try recorder.record(["."], known: known), read.value)
    }

    /// Whether digests of this folder's files are kept at all: on tmpfs or a network
    /// filesystem they must not be.
    private func isStamping(_ folder: TestFolder) -> Bool {
        var status = stat()
        stat(folder.path, &status)
        return KnownDigests.stampingDevices().contains(UInt64(status.st_dev))
    }

    @Test("untouched files are taken over, and the artifacts are the same")
    func untouched() throws {
        for index in 0..<100 { folder.write("d/f\(index)", "content \(index)") }
        folder.link("alias", to: "d/f1")
        let (first, bytes) = try record(folder)
        let (second, again) = try record(folder, known: first.known)
        #expect(first.artifacts.count == 101)
        #expect(first.artifacts == second.artifacts)
        #expect(first.known.count == (isStamping(folder) ? 100 : 0))
        #expect(again == (isStamping(folder) ? 0 : bytes))
    }

    @Test("any change of a file makes it be read again")
    func touched() throws {
        let changes: [(String, () -> Void)] = [
            ("longer", { folder.write("f", "content and more") }),
            ("same length", { folder.write("f", "CONTENT") }),
            (
                "another file",
                {
                    folder.write("g", "Content")
                    rename("\(folder.path)/g", "\(folder.path)/f")
                }
            ),
            (
                "same length and time",
                {
                    folder.write("f", "cONTENT")
                    folder.setModified("f", seconds: 1000)
                }
            ),
        ]
        for (name, change) in changes {
            folder.write("f", "content")
            folder.setModified("f", seconds: 1000)
            let (first, _) = try record(folder)
            waitForTick(folder)
            change()
            let (second, bytes) = try record(folder, known: first.known)
            #expect(bytes > 0, "\(name)")
            #expect(first.artifacts["f"] != second.artifacts["f"], "\(name)")
        }
    }

    @Test("a file that changed shortly before it was recorded is not kept")
    func young() throws {
        folder.write("f", "content")
        folder.setModified("f", seconds: 1000)
        #expect(try recorder(folder).record(["."]).known.count == 0)
    }

    @Test("tmpfs is never trusted: it does not stamp writes through mapped memory")
    func temporaryFilesystem() {
        var status = stat()
        guard stat("/dev/shm", &status) == 0 else { return }
        #expect(!KnownDigests.stampingDevices().contains(UInt64(status.st_dev)))
    }

    /// Until the clock that stamps files has gone on.
    private func waitForTick(_ folder: TestFolder) {
        func now() -> Int {
            folder.write("clock", "x")
            var status = stat()
            stat("\(folder.path)/clock", &status)
            return status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
        }
        let start = now()
        while now() == start {}
        unlink("\(folder.path)/clock")
    }
}

/// The largest of some numbers.
final class Maximum: Sendable {
    private let largest = Mutex(0)

    var value: Int { largest.withLock { $0 } }

    func take(_ number: Int) { largest.withLock { $0 = max($0, number) } }
}
