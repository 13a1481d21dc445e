// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// A mirror of an earlier state, its source with a later one, and a consumer of the mirror.
private struct MirrorWorld: Sendable {
    static let shared = Result { try MirrorWorld() }

    private let folder: String
    let fingerprint: String

    /// `mirror`, and `user` who trusts it and has seen its state.
    var mirrored: String { "\(folder)/mirrored" }
    /// The same user, and no mirror yet.
    var unmirrored: String { "\(folder)/unmirrored" }
    var source: String { "\(folder)/origin" }

    private init() throws {
        let stage = try Stage.withRelease()
        fingerprint = try stage.fingerprint
        try Files.copy(stage.path("repository"), to: stage.path("origin"))
        Files.remove(stage.path("origin/metadata"))
        try Files.copy(stage.path("earlier"), to: stage.path("origin/metadata"))
        try stage.succeed([
            "mirror", "sync", "origin", "mirrored/mirror", "--fingerprint", fingerprint,
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
        Files.remove(stage.path("origin/metadata"))
        try Files.copy(stage.path("repository/metadata"), to: stage.path("origin/metadata"))
        folder = try stage.keep()
    }

    /// A synchronization, whose changes come one after the other.
    func sync(_ template: String) -> CrashCase {
        CrashCase(
            template: template,
            words: [
                "mirror", "sync", source, "mirror", "--fingerprint", fingerprint,
                "--connections", "1",
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

    /// The next synchronization goes on, and then all is there and verified.
    private func expectRecovery(_ disturbed: Disturbed) throws {
        let next = try disturbed.again()
        #expect(next.status == 0, "\(disturbed)\n\(next)")
        #expect(try expectConsistent(disturbed) == 2, "\(disturbed)")
        let get = try disturbed.place.carnet(["get", "demo/\(Fixture.file)", "-o", "got.txt"])
        #expect(get.output.hasPrefix("VERIFIED"), "\(disturbed)\n\(get)")
        let check = try disturbed.place.carnet(["mirror", "verify", "mirror"])
        #expect(check.status == 0, "\(disturbed)\n\(check)")
        #expect(try disturbed.place.leftovers().isEmpty, "\(disturbed)")
    }

    @Test(
        "killed: consumers of the mirror see one state or the other, and the next one succeeds",
        arguments: [Disturbance.killedBefore, .killedWriting])
    func killed(disturbance: Disturbance) async throws {
        let calls = try await world.sync(world.mirrored).disturb(disturbance) { disturbed in
            _ = try expectConsistent(disturbed)
        } recover: { disturbed in
            try expectRecovery(disturbed)
        }
        #expect(calls.count > 5, "\(calls)")
        print("a synchronization was killed at \(calls.count) moments, \(disturbance.how)")
    }

    @Test("killed while the mirror is made: there is none, or a whole one")
    func killedAtFirst() async throws {
        let calls = try await world.sync(world.unmirrored).disturb(.killedBefore) { _ in
        } recover: { disturbed in
            let isThere = Files.exists(disturbed.place.path("mirror/metadata/timestamp.json"))
            if isThere { #expect(try expectConsistent(disturbed) == 2, "\(disturbed)") }
            try expectRecovery(disturbed)
        }
        #expect(calls.count > 10, "\(calls)")
        print("a first synchronization was killed at \(calls.count) moments")
    }

    @Test(
        "failing: one error, the mirror serves what it served, and the next one succeeds",
        arguments: [Disturbance.failing(ENOSPC)])
    func failing(disturbance: Disturbance) async throws {
        try await world.sync(world.mirrored).disturb(disturbance) { disturbed in
            if disturbed.outcome.status != 0 { expectOneError(disturbed.outcome, status: 2) }
            _ = try expectConsistent(disturbed)
        } recover: { disturbed in
            try expectRecovery(disturbed)
        }
    }
}
