// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import TUFMetadata
import TestKit
import Testing

@Suite("The plan of a synchronization: what is wanted and not there")
struct PlanTests {
    private func targets(_ files: KeyValuePairs<UTF8Text, String>) throws -> Targets {
        var repository = RepositorySimulator()
        for (path, content) in files { repository.add(path, content) }
        repository.publish(.targets)
        return try Targets(SignedFile(repository.bytes(of: .targets)).signed)
    }

    private func snapshot(_ change: (inout RepositorySimulator) -> Void) throws -> Snapshot {
        var repository = RepositorySimulator()
        repository.delegate(SimulatedDelegation("one"))
        repository.delegate(SimulatedDelegation("two"))
        repository.publishAll()
        change(&repository)
        return try Snapshot(SignedFile(repository.bytes(of: .snapshot)).signed)
    }

    @Test("of a new role every wanted file, in the order of the document")
    func new() throws {
        let role = try targets(["a/1": "one", "b/2": "two", "a/3": "three"])
        let all = RolePlan(role, mirrored: nil, where: nil)
        #expect(all.map(\.path.string).sorted() == ["a/1", "a/3", "b/2"])
        let some = RolePlan(role, mirrored: nil) { $0.string.hasPrefix("a/") }
        #expect(some.map(\.path.string).sorted() == ["a/1", "a/3"])
    }

    @Test("of a later version what is new or has other bytes")
    func later() throws {
        let old = try targets(["a/1": "one", "b/2": "two"])
        let new = try targets(["a/1": "one", "b/2": "TWO", "a/3": "three"])
        #expect(
            RolePlan(new, mirrored: old, where: nil).map(\.path.string).sorted() == ["a/3", "b/2"])
        #expect(Array(RolePlan(old, mirrored: old, where: nil)).isEmpty)
    }

    @Test("roles whose entry in the snapshot changed, and no others")
    func changes() throws {
        let old = try snapshot { _ in }
        let new = try snapshot { $0.publish("two") }
        let changes = RoleChanges(new, mirrored: old)
        let one = try #require(new["one"])
        let two = try #require(new["two"])
        #expect(changes.isMirrored("one", one))
        #expect(!changes.isMirrored("two", two))
        #expect(changes.published("two")?.version == 1)
        #expect(!RoleChanges(new, mirrored: nil).isMirrored("one", one))
    }
}
