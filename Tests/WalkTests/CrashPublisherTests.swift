// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("A release that is killed, or whose files fail, at any moment", .serialized)
struct CrashPublisherTests {
    private let world: CrashWorld
    private let release: CrashCase

    init() throws {
        let world = try CrashWorld.shared.get()
        self.world = world
        release = CrashCase(
            template: world.publisher,
            words: [
                "release", "notes/NOTES-2.0.txt", "--repository", "repository", "--links",
                "notes", "--as", CrashWorld.notes, "--keys", "keys",
            ], prepare: world.moveRepository)
    }

    /// What the consumer sees is a state that a publisher made: the one before or the one after.
    ///
    /// - Returns: whether it is the one after.
    private func expectConsistent(_ disturbed: Disturbed) throws -> Bool {
        let list = try disturbed.place.carnet(["list"])
        #expect(list.status == 0, "\(disturbed)\n\(list)")
        let paths = list.lines.map { $0.split(separator: " ")[0] }
        let old = ["demo/\(CrashWorld.old)", "demo/\(Fixture.file)"]
        let isNew = paths.count == 3
        let expected = isNew ? old + ["demo/\(CrashWorld.notes)"] : old
        #expect(paths.map(String.init) == expected, "\(disturbed)\n\(list)")
        return isNew
    }

    private func expectGet(_ disturbed: Disturbed) throws {
        let get = try disturbed.place.carnet(
            ["get", "demo/\(CrashWorld.notes)", "-o", "got.txt"])
        #expect(get.output.hasPrefix("VERIFIED"), "\(disturbed)\n\(get)")
    }

    @Test(
        "killed: consumers see one state or the other, and the next release succeeds",
        arguments: [Disturbance.killedBefore, .killedWriting])
    func killed(disturbance: Disturbance) async throws {
        let calls = try await release.disturb(disturbance) { _ in
        } recover: { disturbed in
            if try expectConsistent(disturbed) { try expectGet(disturbed) }
            let next = try disturbed.again()
            #expect(next.status == 0, "\(disturbed)\n\(next)")
            #expect(try expectConsistent(disturbed), "\(disturbed)")
            try expectGet(disturbed)
            #expect(try disturbed.place.leftovers().isEmpty, "\(disturbed)")
        }
        #expect(calls.count > 5, "\(calls)")
    }

    @Test(
        "failing: one error, and the repository is as it was",
        arguments: [Disturbance.failing(ENOSPC), .failing(EIO)])
    func failing(disturbance: Disturbance) async throws {
        let before = try CrashPlace(at: world.publisher).tree("repository")
        try await release.disturb(disturbance) { disturbed in
            let isTolerated = disturbed.outcome.status == 0
            if isTolerated {
                // A hidden file need not be locked.
                #expect(disturbed.call.contains(" flock "), "\(disturbed)")
            } else {
                expectOneError(disturbed.outcome, status: 2)
            }
            let leftovers = try disturbed.place.leftovers()
            #expect(leftovers.isEmpty, "\(disturbed)")
        } recover: { disturbed in
            let isTolerated = disturbed.outcome.status == 0
            let after = try disturbed.place.tree("repository")
            guard !differences(before, after).isEmpty else { return }
            // Only the very last step, which makes the new state durable, may fail after it has
            // become the current one.
            let isLast =
                disturbed.call.contains(" fsync ")
                && disturbed.call.hasSuffix("/repository/metadata")
            #expect(isLast || isTolerated, "\(disturbed)")
            #expect(try expectConsistent(disturbed), "\(disturbed)")
            try expectGet(disturbed)
        }
    }
}
