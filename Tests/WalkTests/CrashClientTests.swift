// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("A consumer's command that is killed, or whose files fail, at any moment", .serialized)
struct CrashClientTests {
    private let world: CrashWorld

    init() throws { world = try CrashWorld.shared.get() }

    /// What the command finds and what it leaves when nothing disturbs it.
    private struct States: Sendable {
        let before: [String: [String: [UInt8]]]
        let after: [String: [String: [UInt8]]]

        init(_ crash: CrashCase) throws {
            let template = CrashPlace(at: crash.template)
            before = try ["user", "out"].reduce(into: [:]) { $0[$1] = try template.tree($1) }
            after = try crash.undisturbed { disturbed in
                try ["user", "out"].reduce(into: [:]) { $0[$1] = try disturbed.place.tree($1) }
            }
        }

        /// Each file is the old one or the new one, and there are no others but those of a
        /// process that was killed.
        ///
        /// - Parameter hidden: most such files, by folder.
        func expectWhole(_ disturbed: Disturbed, hidden: [String: Int] = [:]) throws {
            for folder in ["user", "out"] {
                let old = before[folder] ?? [:]
                let new = after[folder] ?? [:]
                var found = 0
                let tree = try disturbed.place.tree(folder)
                for (name, bytes) in tree {
                    if name.hasSuffix(".carnet-tmp") {
                        found += 1
                    } else {
                        #expect([old[name], new[name]].contains(bytes), "\(name) \(disturbed)")
                    }
                }
                // A new online key makes the client forget what the old one signed.
                let forgotten = ["/timestamp.json", "/snapshot.json"]
                for name in old.keys where !forgotten.contains(where: name.hasSuffix) {
                    #expect(tree[name] != nil, "\(name) \(disturbed)")
                }
                #expect(found <= hidden[folder] ?? 0, "\(disturbed)")
            }
        }

        func expectAfter(_ disturbed: Disturbed) throws {
            for folder in ["user", "out"] {
                let tree = try disturbed.place.tree(folder)
                #expect(differences(after[folder] ?? [:], tree).isEmpty, "\(disturbed)")
            }
        }
    }

    private func get(_ template: String) -> CrashCase {
        CrashCase(
            template: template, words: ["get", "demo/\(Fixture.file)", "-o", "out/demo.txt"])
    }

    /// Kills or fails the command at each change; the next one finds a sound state and ends where
    /// an undisturbed one ends.
    ///
    /// - Parameter hidden: most files that a kill may leave until then, by folder.
    private func expectRecovery(
        _ crash: CrashCase, _ disturbance: Disturbance, hidden: [String: Int],
        without missing: String = ""
    ) async throws {
        let states = try States(crash)
        let calls = try await crash.disturb(disturbance, without: missing) { disturbed in
            let isDone = disturbed.outcome.status == 0
            try states.expectWhole(disturbed, hidden: disturbance.isKill ? hidden : [:])
            if !disturbance.isKill && !isDone { expectFailure(disturbed) }
        } recover: { disturbed in
            let next = try disturbed.again()
            #expect(next.status == 0, "\(disturbed)\n\(next)")
            #expect(next.output.hasPrefix("VERIFIED"), "\(disturbed)\n\(next)")
            try states.expectAfter(disturbed)
        }
        #expect(calls.count > 5, "\(calls)")
    }

    /// Either one line, or a refusal whose cause is the storage.
    private func expectFailure(_ disturbed: Disturbed) {
        let outcome = disturbed.outcome
        if outcome.output.isEmpty {
            expectOneError(outcome, status: 2)
        } else {
            #expect(outcome.output.contains("[E-STORAGE]"), "\(disturbed)")
            #expect(outcome.output.hasPrefix("REFUSED"), "\(disturbed)")
            #expect(outcome.status == 2, "\(disturbed)")
        }
    }

    // To replace a file it must have a name, hidden, from one call to the next. Roles come, and are
    // saved, at the same time.

    @Test(
        "get, for the first time: no unverified file, no file without its end, no leftovers",
        arguments: [Disturbance.killedBefore, .killedWriting, .failing(ENOSPC)])
    func first(disturbance: Disturbance) async throws {
        try await expectRecovery(get(world.first), disturbance, hidden: ["user": 3])
    }

    @Test(
        "get over a new root, a new online key and new versions of all roles",
        arguments: [Disturbance.killedBefore, .killedWriting, .failing(EIO)])
    func later(disturbance: Disturbance) async throws {
        try await expectRecovery(get(world.later), disturbance, hidden: ["user": 3, "out": 1])
    }

    @Test("get where no file can be without a name")
    func named() async throws {
        try await expectRecovery(
            get(world.later), .killedBefore, hidden: ["user": 3, "out": 1], without: "tmpfile")
    }

    @Test("get where a file without a name can be given none: it is copied")
    func withoutLinks() throws {
        for crash in [get(world.first), get(world.later)] {
            let states = try States(crash)
            try crash.undisturbed(without: "linkat") { try states.expectAfter($0) }
        }
    }

    @Test("get where nothing can be locked: one refusal that says so, and nothing is changed")
    func withoutLocks() throws {
        let crash = get(world.later)
        let states = try States(crash)
        try crash.undisturbed(without: "flock") { disturbed in
            expectFailure(disturbed)
            let reason = "/metadata/.lock: cannot be locked, Operation not supported"
            #expect(disturbed.outcome.output.contains(reason), "\(disturbed)")
            for folder in ["user", "out"] {
                let tree = try disturbed.place.tree(folder)
                #expect(tree == states.before[folder])
            }
        }
    }

    @Test(
        "trust add: the repository is trusted, or it is not",
        arguments: [
            Disturbance.killedBefore, .killedAfter, .killedWriting, .failing(ENOSPC),
            .failing(EIO),
        ])
    func trust(disturbance: Disturbance) async throws {
        let crash = CrashCase(
            template: world.stranger,
            words: ["trust", "add", "demo", world.url, "--fingerprint", world.fingerprint])
        let states = try States(crash)
        try await crash.disturb(disturbance) { disturbed in
            try states.expectWhole(disturbed)
            if !disturbance.isKill {
                expectOneError(disturbed.outcome, status: 2)
                let kept = try disturbed.place.tree("user")
                #expect(kept.isEmpty, "\(disturbed)")
            }
        } recover: { disturbed in
            let isTrusted = Files.exists(
                disturbed.place.path("user/repositories/demo/repository.json"))
            let next = try disturbed.again()
            if isTrusted {
                expectOneError(next, status: 2, saying: ["trusted already"])
            } else {
                #expect(next.status == 0, "\(disturbed)\n\(next)")
            }
            try states.expectAfter(disturbed)
            let list = try disturbed.place.carnet(["list"])
            #expect(list.status == 0 && list.output.contains(Fixture.file), "\(list)")
        }
    }
}
