// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("A disk that is full or read-only, and files that may not grow")
struct FullDiskTests {
    private static let release = [
        "release", "work/dist/demo-1.1.txt", "--repository", "small/repository", "--links",
        "links",
    ]

    /// A release in a repository on a disk of its own.
    private func expectUnchanged(
        saying words: [String], _ spoil: (SmallDisk) throws -> Void
    ) throws {
        let stage = try Stage.withRelease()
        let disk = try stage.mountDisk("small", kilobytes: 512)
        try Files.copy(stage.path("repository"), to: "\(disk.path)/repository")
        try spoil(disk)
        try stage.expectFailure(Self.release, saying: words)
    }

    @Test("a release on a full disk changes nothing", .enabled(if: SmallDisk.isPossible))
    func releaseFull() throws {
        try expectUnchanged(saying: ["small/repository", "No space left on device"]) {
            try $0.fill()
        }
    }

    @Test("a release on a read-only disk changes nothing", .enabled(if: SmallDisk.isPossible))
    func releaseReadOnly() throws {
        try expectUnchanged(saying: ["small/repository", "Read-only file system"]) {
            try $0.makeReadOnly()
        }
    }

    @Test("a download to a full disk leaves nothing", .enabled(if: SmallDisk.isPossible))
    func getFull() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "honest.txt"], home: "user")
        try stage.mountDisk("small", kilobytes: 8)
        let before = try Files.tree(stage.folder)
        let get = try stage.carnet(
            ["get", "demo/\(Fixture.file)", "-o", "small"], home: "user")
        expectOneError(get, status: 2, saying: ["small/", "No space left on device"])
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("a consumer's state on a full disk", .enabled(if: SmallDisk.isPossible))
    func homeFull() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        let disk = try stage.mountDisk("small", kilobytes: 64)
        try disk.fill()
        try stage.expectFailure(
            ["trust", "add", "demo", url, "--fingerprint", try stage.fingerprint],
            home: "small", saying: ["No space left on device"])
    }

    /// As `ulimit -f` has it; the signal that comes with it is ignored.
    private func limited(_ words: [String]) -> [String] {
        ["sh", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", Carnet.path] + words
    }

    @Test("a release that may not write long files changes nothing")
    func releaseLimited() throws {
        let stage = try Stage.withRelease()
        try Files.copy(stage.path("repository"), to: stage.path("small/repository"))
        let before = try Files.tree(stage.folder)
        let release = try stage.run(limited(Self.release))
        expectOneError(release, status: 2, saying: ["small/repository", "File too large"])
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("a download that may not write long files leaves nothing")
    func getLimited() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "honest.txt"], home: "user")
        let before = try Files.tree(stage.folder)
        let get = try stage.run(
            limited(["get", "demo/\(Fixture.file)", "-o", "new.txt"]), home: "user")
        expectOneError(get, status: 2, saying: ["new.txt", "File too large"])
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }
}
