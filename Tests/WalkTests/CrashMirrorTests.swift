// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// A mirror of an earlier state, its source with a later one, and a consumer of the mirror.
///
/// The source is as small as one can be that has each kind of file once, as every change to a file
/// costs several runs: a release that is received in memory, and one that is long enough to be
/// received in a file of its own.
private struct MirrorWorld: Sendable {
    static let shared = Result { try MirrorWorld() }

    private let folder: String

    /// `mirror`, and `user` who trusts it and has seen its state.
    var mirrored: String { "\(folder)/mirrored" }
    /// The same user, and no mirror yet.
    var unmirrored: String { "\(folder)/unmirrored" }
    /// What the mirror follows, and the same with its first release alone.
    var source: String { "\(folder)/repository" }
    var earlier: String { "\(folder)/earlier" }
    var root: String { "\(source)/metadata/1.root.json" }

    private init() throws {
        let stage = try Stage()
        try stage.succeed([
            "init", "repository", "--name", "demo", "--unattested", "demo/*/*", "--yes",
        ])
        try MirrorWorld.release("short", "1", stage)
        try Files.copy(stage.path("repository"), to: stage.path("earlier"))
        try MirrorWorld.release(String(repeating: "long ", count: 60_000), "2", stage)
        try stage.succeed([
            "mirror", "sync", "earlier", "mirrored/mirror", "--root",
            "repository/metadata/1.root.json",
        ])
        for name in ["mirrored", "unmirrored"] {
            try Files.makeFolder(stage.path("\(name)/user"))
            try stage.succeed(
                [
                    "trust", "add", "demo", "file://\(stage.path("\(name)/mirror"))", "--root",
                    "repository/metadata/1.root.json",
                ], home: "\(name)/user")
        }
        try stage.succeed(["list"], home: "mirrored/user")
        folder = try stage.keep()
    }

    private static func release(_ text: String, _ version: String, _ stage: Stage) throws {
        try Files.write(text, to: stage.path("file.txt"))
        try stage.succeed([
            "release", "file.txt", "--as", "demo/\(version)/file.txt", "--repository",
            "repository",
        ])
    }

    /// A synchronization, whose changes come one after the other.
    func sync(_ source: String, _ template: String) -> CrashCase {
        CrashCase(
            template: template,
            words: [
                "mirror", "sync", source, "mirror", "--root", root, "--connections", "1",
            ],
            prepare: { place in
                // The consumer in a copy looks at the copy's mirror.
                let settings = place.path("user/repositories/demo/repository.json")
                let text = try Files.text(settings)
                try Files.write(text.replacing(template, with: place.folder), to: settings)
            })
    }
}

@Suite("A synchronization that is killed, or whose files fail, at any moment", .serialized)
struct CrashMirrorTests {
    private let world: MirrorWorld

    init() throws { world = try MirrorWorld.shared.get() }

    /// What the mirror's consumer sees is a whole state of the source.
    ///
    /// - Returns: number of files that it offers.
    private func expectConsistent(_ disturbed: Disturbed) throws -> Int {
        let list = try disturbed.place.carnet(["list"])
        #expect(list.status == 0, "\(disturbed)\n\(list)")
        #expect([1, 2].contains(list.lines.count), "\(disturbed)\n\(list)")
        return list.lines.count
    }

    /// The next synchronization goes on, and then all is there, and what it should be.
    ///
    /// - Parameter files: number of files that the mirror then offers.
    private func expectRecovery(_ disturbed: Disturbed, _ files: Int) throws {
        let next = try disturbed.again()
        #expect(next.status == 0, "\(disturbed)\n\(next)")
        #expect(try expectConsistent(disturbed) == files, "\(disturbed)")
        let check = try disturbed.place.carnet(["mirror", "verify", "mirror"])
        #expect(check.status == 0, "\(disturbed)\n\(check)")
        #expect(try disturbed.place.leftovers().isEmpty, "\(disturbed)")
    }

    @Test(
        "killed: consumers of the mirror see one state or the other, and the next one succeeds",
        arguments: [Disturbance.killedBefore, .killedWriting])
    func killed(disturbance: Disturbance) async throws {
        let sync = world.sync(world.source, world.mirrored)
        // What is on the disk is all that is left of a killed process: the same is looked at once.
        let calls = try await sync.disturb(disturbance) { _ in
        } recover: { disturbed in
            _ = try expectConsistent(disturbed)
            try expectRecovery(disturbed, 2)
        }
        #expect(calls.count > 5, "\(calls)")
        print("a synchronization was killed at \(calls.count) moments, \(disturbance.how)")
    }

    @Test("killed while the mirror is made: there is none, or a whole one")
    func killedAtFirst() async throws {
        let sync = world.sync(world.earlier, world.unmirrored)
        let calls = try await sync.disturb(.killedBefore) { _ in
        } recover: { disturbed in
            let isThere = Files.exists(disturbed.place.path("mirror/metadata/timestamp.json"))
            if isThere { #expect(try expectConsistent(disturbed) == 1, "\(disturbed)") }
            try expectRecovery(disturbed, 1)
        }
        #expect(calls.count > 10, "\(calls)")
        print("a first synchronization was killed at \(calls.count) moments")
    }

    @Test(
        "failing: one error, the mirror serves what it served, and the next one succeeds",
        arguments: [Disturbance.failing(ENOSPC)])
    func failing(disturbance: Disturbance) async throws {
        let sync = world.sync(world.source, world.mirrored)
        try await sync.disturb(disturbance) { disturbed in
            if disturbed.outcome.status != 0 { expectOneError(disturbed.outcome, status: 2) }
        } recover: { disturbed in
            _ = try expectConsistent(disturbed)
            try expectRecovery(disturbed, 2)
        }
    }

    @Test("what a consumer gets of the mirror is what was released")
    func gets() throws {
        let sync = world.sync(world.source, world.mirrored)
        try sync.undisturbed { done in
            #expect(done.outcome.status == 0, "\(done)")
            let get = try done.place.carnet(["get", "demo/demo/2/file.txt", "-o", "got.txt"])
            #expect(get.status == 0, "\(done)\n\(get)")
            #expect(try Files.read(done.place.path("got.txt")).count == 300_000)
        }
    }
}
