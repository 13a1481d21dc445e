// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("A change of roles that is killed, or whose files fail, at any moment", .serialized)
struct CrashCeremonyTests {
    private let world: CrashWorld

    init() throws { world = try CrashWorld.shared.get() }

    /// Consumers see what they saw before, whatever becomes of the change.
    private func expectOffered(_ disturbed: Disturbed) throws {
        let list = try disturbed.place.carnet(["list"])
        #expect(list.status == 0 && list.lines.count == 2, "\(disturbed)\n\(list)")
    }

    private func targetsVersion(_ place: CrashPlace) throws -> Int {
        (1...9).last { Files.exists(place.path("repository/metadata/\($0).targets.json")) } ?? 0
    }

    @Test(
        "a change that begins to wait is there or not; the next attempt makes it",
        arguments: [Disturbance.killedBefore, .killedWriting, .failing(ENOSPC)])
    func proposing(disturbance: Disturbance) async throws {
        let proposing = CrashCase(
            template: world.publisher,
            words: [
                "role", "expire", "targets", "--yes", "--repository", "repository", "--keys",
                "keys",
            ], prepare: world.moveRepository)
        let calls = try await proposing.disturb(disturbance) { disturbed in
            let version = try targetsVersion(disturbed.place)
            #expect(version == 1, "\(disturbed)")
        } recover: { disturbed in
            let status = try disturbed.place.carnet(["status", "--repository", "repository"])
            #expect(status.status == 0, "\(disturbed)\n\(status)")
            try expectOffered(disturbed)
            let next = try disturbed.again()
            #expect(next.status == 0, "\(disturbed)\n\(next)")
            #expect(next.output.contains("waits for signatures"), "\(disturbed)\n\(next)")
            try expectOffered(disturbed)
            #expect(try disturbed.place.leftovers().isEmpty, "\(disturbed)")
        }
        #expect(!calls.isEmpty)
    }

    @Test(
        "a complete change is published wholly or waits on; the next sign ends it",
        arguments: [Disturbance.killedBefore, .killedWriting, .failing(EIO)])
    func completing(disturbance: Disturbance) async throws {
        let stage = try Stage()
        let folder = stage.path("complete")
        try Files.copy(world.publisher, to: folder)
        for name in ["targets.pem", "targets.pub"] {
            let key = try Files.read("\(try Fixture.shared.get().folder)/home/keys/\(name)")
            try Files.write(key, to: stage.path("home/keys/\(name)"))
        }
        let waiting = try stage.carnet([
            "role", "expire", "targets", "--yes", "--repository", "\(folder)/repository",
        ])
        try #require(waiting.status == 0, "\(waiting)")
        let old = world.publisher
        let completing = CrashCase(
            template: folder,
            words: ["sign", "--yes", "--repository", "repository", "--keys", "keys"]
        ) { place in
            let settings = place.path("user/repositories/demo/repository.json")
            let text = try Files.text(settings)
            try Files.write(text.replacing(old, with: place.folder), to: settings)
        }
        let calls = try await completing.disturb(disturbance) { _ in
        } recover: { disturbed in
            try expectOffered(disturbed)
            let next = try disturbed.again()
            #expect(
                next.status == 0 || next.errors.contains("no change waits"),
                "\(disturbed)\n\(next)")
            #expect(try targetsVersion(disturbed.place) == 2, "\(disturbed)")
            #expect(!Files.exists(disturbed.place.path("repository/signing/change.json")))
            try expectOffered(disturbed)
            #expect(try disturbed.place.leftovers().isEmpty, "\(disturbed)")
        }
        #expect(calls.count >= 3, "\(calls)")
    }
}
