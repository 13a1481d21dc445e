// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

/// What a repository looks like after an edit, read with all signatures checked.
func after(
    _ files: TestFiles, ring: TestRing? = nil, at moment: Instant = now,
    _ change: (inout RepositoryEdit) throws -> Void
) throws -> (files: TestFiles, state: PublishedState) {
    var edit = RepositoryEdit(try PublishedState(reading: files), now: moment)
    try change(&edit)
    let made = try edit.sign(with: ring ?? TestRing.all())
    let all = TestFiles(files: files.files.merging(made) { $1 })
    return (all, try PublishedState(reading: all))
}

extension TestRing {
    static func all() throws -> TestRing {
        try TestRing("root", "online", "alice", "bob", "carol", "dora")
    }
}

func holder(_ name: String) throws -> RoleKeySet.Holder {
    RoleKeySet.Holder(try key(name).publicKey, name: name)
}

func keySet(_ names: String..., threshold: Int = 1) throws -> RoleKeySet {
    RoleKeySet(try names.map(holder), threshold: threshold)
}

@Suite("Role edits: keys and thresholds")
struct RoleKeyEditTests {
    private func names(_ role: RoleName, _ state: PublishedState) throws -> [String] {
        try RepositoryEdit(state, now: now).keys(of: role).holders.map(\.name)
    }

    @Test("a new root is signed by the keys of the old one and of the new one")
    func rotation() throws {
        let (files, state) = try after(repository()) { edit in
            var keys = try edit.keys(of: .root)
            try keys.replace("root", with: holder("carol"))
            try edit.set(keys, of: .root)
        }
        #expect(state.root.document.version == 2)
        #expect(try names(.root, state) == ["carol"])
        let signed = try SignedFile(files.files["2.root.json"]!)
        #expect(
            Set(signed.signatures.map(\.keyID))
                == [try key("root").publicKey.keyID, try key("carol").publicKey.keyID])
        // The key that targets still needs stays listed; nobody else's does.
        #expect(state.root.document.keys.count == 3)
        #expect(state.snapshot.document.version == 2)
        #expect(state.targets.document.version == 1)
    }

    @Test("a new root that a holder of the old one did not sign waits, and changes nothing")
    func oldHolders() throws {
        var edit = RepositoryEdit(try PublishedState(reading: repository()), now: now)
        var keys = try edit.keys(of: .root)
        try keys.replace("root", with: holder("carol"))
        try edit.set(keys, of: .root)
        let change = try edit.signed(with: TestRing("carol", "online"))
        #expect(!change.isComplete)
        #expect(change.waiting.map(\.role) == [.root])
        #expect(change.waiting.first?.missing.count == 1)
        #expect(change.online == nil)
        #expect(throws: RepositoryError.self) { try change.files() }
    }

    @Test("a role whose keys change is signed anew by the new ones, and says what it said")
    func dependents() throws {
        let entry = MetadataBuilder.targetFile(
            length: 1, sha256: String(repeating: "0a", count: 32), custom: nil)
        let (filled, _) = try after(repository()) { edit in
            try edit.set(entry, at: path("demo/a"), in: .releases)
        }
        let (_, state) = try after(filled) { edit in
            try edit.set(keySet("dora"), of: .releases)
        }
        let (delegation, targets) = try state.delegated(.releases)
        #expect(delegation.authority.entries.count == 1)
        #expect(targets.document.version == 3)
        #expect(targets.document.files[path("demo/a")] != nil)
        #expect(targets.document.value.tree()["x-unknown"] == ["kept": 1])
        #expect(state.targets.document.version == 2)
    }

    @Test("a lower threshold leaves the role's own file as it is")
    func noNeedlessSignature() throws {
        let (_, state) = try after(repository()) { edit in
            var keys = try edit.keys(of: .releases)
            keys.set(threshold: 1)
            try edit.set(keys, of: .releases)
        }
        #expect(try state.delegated(.releases).targets.document.version == 1)
        #expect(try state.delegated(.releases).delegation.authority.threshold == 1)
    }

    @Test("new online keys sign snapshot and timestamp, and the old ones do not any more")
    func online() throws {
        let (files, state) = try after(repository()) { edit in
            for role in [RoleName.snapshot, .timestamp] {
                try edit.set(keySet("dora"), of: role)
            }
        }
        let signed = try SignedFile(files.files["timestamp.json"]!)
        #expect(signed.signatures.map(\.keyID) == [try key("dora").publicKey.keyID])
        #expect(state.timestamp.document.version == 2)
    }

    @Test("new keys of targets sign it anew")
    func targets() throws {
        let (_, state) = try after(repository()) { edit in
            try edit.set(keySet("dora"), of: .targets)
        }
        #expect(state.targets.document.version == 2)
        #expect(state.targets.signers == [try key("dora").publicKey.keyID])
    }

    @Test("what cannot be is refused with what is expected")
    func senseless() throws {
        let edit = RepositoryEdit(try PublishedState(reading: repository()), now: now)
        func message(_ body: (inout RoleKeySet) throws -> Void) throws -> String {
            var keys = try edit.keys(of: .releases)
            do {
                try body(&keys)
                try keys.validate(role: "releases")
            } catch let error as RepositoryError {
                return "\(error)"
            }
            return "accepted"
        }
        let id = try key("bob").publicKey.keyID.prefix
        #expect(
            try message { try $0.add(holder("bob")) }
                == "key \(id): signs for this role already, as \"bob\"")
        #expect(
            try message { try $0.remove("zoe") }.hasPrefix(
                "key \"zoe\": none of the role's, expected \"alice\" ("))
        #expect(
            try message { $0.set(threshold: 3) }
                == "role releases: threshold 3 found, 1 to 2 expected, as it has 2 keys")
        #expect(
            try message { try $0.remove("alice") }
                == "role releases: threshold 2 found, 1 to 1 expected, as it has 1 key")
        #expect(
            try message { keys in
                keys.set(threshold: 0)
            } == "role releases: threshold 0 found, 1 to 2 expected, as it has 2 keys")
    }

    @Test("one key under two names counts once toward what a threshold can be")
    func distinct() throws {
        var keys = try keySet("alice")
        #expect(throws: RepositoryError.self) {
            try keys.add(RoleKeySet.Holder(key("alice").publicKey, name: "also alice"))
        }
        #expect(keys.holders.count == 1)
    }
}

@Suite("Role edits: delegations at any depth")
struct DelegationEditTests {
    private let entry = MetadataBuilder.targetFile(
        length: 5, sha256: String(repeating: "0a", count: 32), custom: nil)

    private func plan(
        _ role: String, _ patterns: [UTF8Text] = ["demo/*"],
        position: DelegationPlan.Position = .last
    ) throws -> DelegationPlan {
        DelegationPlan(
            role: RoleName(UTF8Text(role)), keys: try keySet("carol"),
            scope: .patterns(patterns), position: position, days: 12)
    }

    private func order(_ state: PublishedState) -> [String] {
        guard case .named(let roles)? = state.targets.document.delegations?.roles else {
            return []
        }
        return roles.map(\.name.description)
    }

    @Test("a role is added at its place, with an empty first file that its keys signed")
    func added() throws {
        let (_, state) = try after(repository()) { edit in
            try edit.add(plan("last"), to: .targets)
            try edit.add(plan("first", position: .first), to: .targets)
            try edit.add(plan("second", position: .before(.releases)), to: .targets)
        }
        #expect(order(state) == ["first", "second", "releases", "last"])
        let (delegation, targets) = try state.delegated(RoleName("last"))
        #expect(!delegation.isTerminating)
        #expect(targets.document.version == 1)
        #expect(targets.document.expires == now.adding(days: 12))
        #expect(state.snapshot.document[RoleName("last")]?.version == 1)
    }

    @Test("a file goes to the innermost role that covers it, and only where it can be found")
    func depth() throws {
        let (files, _) = try after(repository()) { edit in
            try edit.add(plan("inner", ["demo/a*"]), to: .releases)
            try edit.add(plan("innermost", ["demo/ab*"]), to: RoleName("inner"))
        }
        let (_, state) = try after(files) { edit in
            let roles = try ["demo/abc", "demo/ax", "demo/x", "other/x"].map {
                try edit.tree.role(listing: path($0))
            }
            #expect(roles == [RoleName("innermost"), RoleName("inner"), .releases, nil])
            try edit.set(entry, at: path("demo/abc"), in: RoleName("innermost"))
            #expect(
                throws: RepositoryError.outsideDelegation(
                    path("demo/x"), role: RoleName("innermost"), patterns: ["demo/ab*"])
            ) { try edit.set(entry, at: path("demo/x"), in: RoleName("innermost")) }
        }
        let found = try state.delegated(RoleName("innermost")).targets.document
        #expect(found.files[path("demo/abc")] != nil)
        #expect(found.version == 2)
        #expect(try state.delegated(RoleName("inner")).targets.document.version == 1)
    }

    @Test("a removed role is delegated to no more, but snapshot goes on listing it")
    func removed() throws {
        let (files, _) = try after(repository()) { try $0.add(plan("extra"), to: .targets) }
        let (gone, state) = try after(files) { try $0.removeDelegation(to: RoleName("extra")) }
        #expect(order(state) == ["releases"])
        #expect(state.snapshot.document[RoleName("extra")]?.version == 1)
        #expect(throws: RepositoryError.noRole(RoleName("extra"))) {
            try state.delegated(RoleName("extra"))
        }
        #expect(state.targets.document.delegations?.keys.count == 2)
        // The name again, for somebody else: versions go on, old files do not come back.
        let (_, again) = try after(gone) { edit in
            var new = try plan("extra")
            new.keys = try keySet("dora")
            try edit.add(new, to: .targets)
        }
        let back = try again.delegated(RoleName("extra")).targets
        #expect(back.document.version == 2)
        #expect(back.signers == [try key("dora").publicKey.keyID])
    }

    @Test("a role's patterns, place and end of search change without a signature of its own")
    func changed() throws {
        let (files, _) = try after(repository()) { try $0.add(plan("extra"), to: .targets) }
        let (_, state) = try after(files) { edit in
            try edit.changeDelegation(
                to: RoleName("extra"), scope: .hashPrefixes(["0", "f"]), isTerminating: true,
                position: .first)
        }
        #expect(order(state) == ["extra", "releases"])
        let extra = try state.delegated(RoleName("extra"))
        #expect(extra.delegation.isTerminating)
        #expect(extra.targets.document.version == 1)
    }

    @Test("what is no delegation is refused, and the edit is as before")
    func refused() throws {
        var edit = RepositoryEdit(try PublishedState(reading: repository()), now: now)
        for (plan, message) in [
            (try plan("targets"), "unfit as a name"), (try plan("2.root"), "unfit as a name"),
            (try plan(""), "unfit as a name"), (try plan("releases"), "of this name already"),
            (try plan("x", position: .before(.nobody)), "delegates to no role nobody"),
        ] {
            do {
                try edit.add(plan, to: .targets)
                Issue.record("\(plan.role) was added")
            } catch {
                #expect("\(error)".contains(message), "\(error)")
            }
        }
        #expect(throws: RepositoryError.noRole(.nobody)) {
            try edit.add(plan("x"), to: .nobody)
        }
        #expect(throws: RepositoryError.noRole(.nobody)) {
            try edit.removeDelegation(to: .nobody)
        }
        #expect(edit.isEmpty)
    }

    @Test("a period is kept, counted from the signature, and asked of no other role")
    func period() throws {
        let later = now.adding(days: 3)
        let (_, state) = try after(repository(), at: later) { try $0.set(days: 5, of: .releases) }
        let document = try state.delegated(.releases).targets.document
        #expect(document.expires == later.adding(days: 5))
        #expect(state.targets.document.version == 1)
        let (_, online) = try after(repository(), at: later) { try $0.set(days: 2, of: .timestamp) }
        #expect(online.timestamp.document.expires == later.adding(days: 2))
    }
}

@Suite("Role edits: hash bins")
struct BinEditTests {
    private func filled(_ count: Int) throws -> TestFiles {
        try after(repository()) { edit in
            for number in 0..<count {
                let entry = MetadataBuilder.targetFile(
                    length: number, sha256: String(repeating: "0a", count: 32), custom: nil)
                try edit.set(entry, at: path("demo/file\(number)"), in: .releases)
            }
        }.files
    }

    /// The length that each file is listed with, looked up as a client does: by the path's bin.
    private func lengths(_ count: Int, _ state: PublishedState) throws -> [Int?] {
        try (0..<count).map { number in
            let role = try #require(try state.tree.role(listing: path("demo/file\(number)")))
            return try state.delegated(role).targets.document.files[path("demo/file\(number)")]?
                .length
        }
    }

    @Test(
        "a flat role becomes bins, then more bins; every file stays findable", arguments: [8, 64])
    func spread(more: Int) throws {
        let (binned, state) = try after(filled(40)) { edit in
            let moved = try edit.spread(.releases, over: 4)
            #expect(moved == 40)
        }
        #expect(try lengths(40, state) == (0..<40).map { $0 })
        #expect(try state.delegated(.releases).targets.document.files.paths.isEmpty)
        #expect(state.version(of: RoleName("releases-3")) == 1)
        let (again, finer) = try after(binned) { edit in
            let moved = try edit.spread(.releases, over: more)
            #expect(moved == 40)
        }
        #expect(try lengths(40, finer) == (0..<40).map { $0 })
        let entry = MetadataBuilder.targetFile(
            length: 99, sha256: String(repeating: "0b", count: 32), custom: nil)
        var edit = RepositoryEdit(try PublishedState(reading: again), now: now)
        let role = try #require(try edit.tree.role(listing: path("demo/file7")))
        try edit.set(entry, at: path("demo/file7"), in: role)
        let change = try edit.signed(with: TestRing.all())
        #expect(change.roles.map(\.role) == [role])
        #expect(try change.files().count == 3)
    }

    @Test("new keys of the bins sign every bin anew")
    func keys() throws {
        let (binned, _) = try after(filled(5)) {
            try $0.spread(.releases, over: 4, prefix: RoleName("bin"))
        }
        let (_, state) = try after(binned) { edit in
            let names = try edit.keys(of: RoleName("bin")).holders.map(\.name)
            #expect(names == ["alice", "bob"])
            try edit.set(keySet("dora"), of: RoleName("bin"))
        }
        for number in 0..<4 {
            let bin = try state.delegated(RoleName(UTF8Text("bin-\(number)"))).targets
            #expect(bin.signers == [try key("dora").publicKey.keyID])
            #expect(bin.document.version == 2)
        }
        #expect(try lengths(5, state) == (0..<5).map { $0 })
    }

    @Test("numbers that are no power of two, and roles that delegate, are refused")
    func refused() throws {
        var edit = RepositoryEdit(try PublishedState(reading: filled(1)), now: now)
        for count in [-2, 0, 1, 3, 131072] {
            #expect(throws: RepositoryError.self) { try edit.spread(.releases, over: count) }
        }
        #expect(
            throws: RepositoryError.senseless(
                "role targets: delegates to releases, only a role without delegations can have "
                    + "hash bins")
        ) { try edit.spread(.targets, over: 4) }
        #expect(edit.isEmpty)
        try edit.spread(.releases, over: 4)
        #expect(throws: RepositoryError.senseless("role releases: has 4 bins already")) {
            try edit.spread(.releases, over: 4)
        }
    }
}

extension Sequence {
    fileprivate var isEmpty: Bool { first { _ in true } == nil }
}
