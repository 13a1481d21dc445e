// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("Many processes at once on one home")
struct ManyProcessesTests {
    private static let release = [
        "release", "notes/NOTES-2.0.txt", "--repository", "repository", "--links", "notes",
        "--as", CrashWorld.notes, "--keys", "keys",
    ]

    @Test("50 gets, while the repository gets new states: all verified, the newest is kept")
    func gets() throws {
        let world = try CrashWorld.shared.get()
        let place = try CrashPlace()
        defer { Files.remove(place.folder) }
        try Files.copy(world.publisher, to: place.folder)
        try world.moveRepository(place)
        try Files.makeFolder(place.path("out"))
        let snapshots = try snapshots(place)
        var running = try (0..<45).map { try get($0, place) }
        for _ in 0..<4 {
            let release = try place.carnet(Self.release)
            #expect(release.status == 0, "\(release)")
        }
        // There is nothing newer than what these find.
        running += try (45..<50).map { try get($0, place) }
        for process in running {
            let outcome = process.end()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.hasPrefix("VERIFIED"), "\(outcome)")
        }
        #expect(try self.snapshots(place) == snapshots + 4)
        try expectFiles(place)
        try expectNewest(place)
    }

    private func get(_ number: Int, _ place: CrashPlace) throws -> Running {
        let file = number % 2 == 0 ? CrashWorld.old : Fixture.file
        return try Running(place, ["get", "demo/\(file)", "-o", "out/\(number).txt"])
    }

    /// How many states there were.
    private func snapshots(_ place: CrashPlace) throws -> Int {
        try place.tree("repository/metadata").keys.filter { $0.hasSuffix(".snapshot.json") }.count
    }

    /// Every file is the released one, and there is no other.
    private func expectFiles(_ place: CrashPlace) throws {
        let files = try place.tree("out")
        #expect(files.count == 50)
        for (name, bytes) in files {
            let isOld = name.utf8.dropLast(4).last.map { $0 % 2 == 0 } == true
            let text = String(repeating: "all of demo \(isOld ? "1.0" : "1.1")\n", count: 1000)
            #expect(bytes == Array(text.utf8), "\(name)")
        }
        #expect(try place.leftovers().isEmpty)
    }

    /// The home has, byte for byte, the newest file of each role.
    private func expectNewest(_ place: CrashPlace) throws {
        let kept = try place.tree("user/repositories/demo/metadata")
        let published = try place.tree("repository/metadata")
        for role in ["root", "snapshot", "targets", "layouts", "releases", "links"] {
            let versions = published.keys.compactMap { name -> Int? in
                let parts = name.split(separator: ".")
                return parts.count == 3 && parts[1] == role ? Int(parts[0]) : nil
            }
            let newest = try needed(versions.max(), role)
            #expect(kept["\(role).json"] == published["\(newest).\(role).json"], "\(role)")
        }
        #expect(kept["timestamp.json"] == published["timestamp.json"])
        #expect(kept.count == 8, "\(kept.keys.sorted())")
    }
}

/// A command that runs by itself.
private final class Running {
    private let process: Int32
    private let output: Pipe
    private let errors: Pipe

    init(_ place: CrashPlace, _ words: [String]) throws {
        output = try Pipe()
        errors = try Pipe()
        process = try place.program([Carnet.path] + words).start(
            output: output.writing, errors: errors.writing)
        output.closeWriting()
        errors.closeWriting()
    }

    func end() -> Outcome {
        let texts = Pipe.readAll([output, errors], seconds: 60) { kill(process, SIGKILL) }
        return Outcome(status: wait(for: process), output: texts[0], errors: texts[1])
    }
}
