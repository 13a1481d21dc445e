// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata
import TUFRepository
import Testing

@Suite("Many files are listed at once")
struct FileListingTests {
    private func listing(_ text: String, _ digit: Character = "a") -> FileListing {
        FileListing(
            path: path(text), length: 1, sha256: String(repeating: digit, count: 64), custom: nil)
    }

    private func edit() throws -> RepositoryEdit {
        RepositoryEdit(try PublishedState(reading: repository()), now: now)
    }

    @Test("each file goes to the role that clients look in, bins that the change makes included")
    func bins() throws {
        var edit = try edit()
        try edit.spreadRole(listing: path("demo/0"), over: 8)
        let files = (0..<100).map { listing("demo/\($0)") }
        try edit.list(files, replacing: false)
        let tree = edit.tree
        var found = 0
        for file in files {
            let role = try #require(try tree.role(listing: file.path))
            #expect(role.text.string.utf8.starts(with: "releases-".utf8))
            found += try edit.entry(at: file.path, in: role) == file.entry ? 1 : 0
        }
        #expect(found == 100)
        #expect(edit.changed.count == 9)
    }

    @Test("a role that has that many bins is left as it is; a path in a bin finds its role")
    func sameBins() throws {
        var edit = try edit()
        try edit.spreadRole(listing: path("demo/0"), over: 4)
        try edit.list([listing("demo/a")], replacing: false)
        try edit.spreadRole(listing: path("demo/0"), over: 4)
        #expect(edit.changed.count == 5)
        try edit.spreadRole(listing: path("demo/0"), over: 8)
        let role = try #require(try edit.tree.role(listing: path("demo/a")))
        #expect(try edit.entry(at: path("demo/a"), in: role) == listing("demo/a").entry)
    }

    @Test("a path that nobody may list, and other bytes under a listed path: nothing is listed")
    func refused() throws {
        var edit = try edit()
        #expect(throws: RepositoryError.notDelegated(path("other/a"))) {
            try edit.list([listing("demo/a"), listing("other/a")], replacing: true)
        }
        #expect(throws: RepositoryError.notDelegated(path("other/a"))) {
            try edit.spreadRole(listing: path("other/a"), over: 4)
        }
        #expect(edit.isEmpty)
        try edit.list([listing("demo/a")], replacing: false)
        let old = String(repeating: "a", count: 64)
        #expect(throws: RepositoryError.listedBefore(path("demo/a"), sha256: old)) {
            try edit.list([listing("demo/b"), listing("demo/a", "b")], replacing: false)
        }
        #expect(try edit.entry(at: path("demo/b"), in: .releases) == nil)
        try edit.list([listing("demo/a", "b")], replacing: true)
        #expect(try edit.entry(at: path("demo/a"), in: .releases) == listing("demo/a", "b").entry)
    }

    @Test("two files of one path in one list are told apart by their bytes")
    func twice() throws {
        var edit = try edit()
        let old = String(repeating: "a", count: 64)
        #expect(throws: RepositoryError.listedBefore(path("demo/a"), sha256: old)) {
            try edit.list([listing("demo/a"), listing("demo/a", "b")], replacing: false)
        }
        #expect(edit.isEmpty)
        try edit.list([listing("demo/a"), listing("demo/a")], replacing: false)
        #expect(edit.changed == [.releases])
    }

    @Test("through roles, bins below them and a bin's own roles: as the search for one path has it")
    func deep() throws {
        let keys = try keySet("carol")
        let plan = { (role: UTF8Text, patterns: [UTF8Text]) in
            DelegationPlan(role: RoleName(role), keys: keys, scope: .patterns(patterns))
        }
        var edit = try edit()
        try edit.add(plan("plain", ["demo/p/*"]), to: .releases)
        try edit.add(plan("wide", ["demo/*/*"]), to: .releases)
        try edit.add(plan("narrow", ["demo/*/x*"]), to: RoleName("wide"))
        try edit.spread(RoleName("narrow"), over: 4)
        try edit.add(plan("further", ["demo/1/*"]), to: RoleName("narrow-2"))
        let places = ["p/1", "1/y", "2/y", "1/x", "2/x", "3/x"]
        let files = places.flatMap { place in (0..<60).map { listing("demo/\(place)\($0).whl") } }
        let tree = edit.tree
        try edit.list(files.reversed(), replacing: false)
        var roles: Set<RoleName> = []
        for file in files {
            let role = try #require(try tree.role(listing: file.path))
            roles.insert(role)
            #expect(try edit.entry(at: file.path, in: role) == file.entry)
        }
        #expect(
            roles.map(\.text.string).sorted() == [
                "further", "narrow-0", "narrow-1", "narrow-2", "narrow-3", "plain", "wide",
            ])
    }
}
