// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.6.7.1: the number of roles in a search")
struct SearchLimitTests {
    private func name(_ index: Int) -> UTF8Text { UTF8Text("r\(index)") }

    /// A chain of this many roles, the last of which has the file.
    private func chain(of count: Int) -> Scene {
        var scene = Scene()
        var parent = RoleName.targets
        for index in 1...count {
            scene.repository.delegate(SimulatedDelegation(name(index)), from: parent)
            parent = RoleName(name(index))
        }
        scene.repository.add("file", "x", in: parent)
        scene.repository.publishAll()
        return scene
    }

    /// TUF 1.0.34 §5.6.7.1b: a number of roles is visited at most
    @Test("32 roles one below the other are searched")
    func deep() async throws {
        let scene = chain(of: 32)
        let (target, asked) = try await scene.find("file")
        #expect(target?.chain.count == 33)
        #expect(asked == (1...32).map { "1.r\($0).json" })
    }

    /// TUF 1.0.34 §5.6.7.1b: a number of roles is visited at most
    @Test("the 33rd is not asked for")
    func tooDeep() async throws {
        try await chain(of: 33).expectRefusal(
            .tooManyRoles(maximum: 32), searching: "file", asking: (1...32).map { "1.r\($0).json" },
            saving: (1...32).map { RoleName(name($0)) })
    }

    /// 10,000 delegations with one pattern, of which the first 40 have files.
    private func wide(_ pattern: UTF8Text) -> Scene {
        var scene = Scene()
        let key = TestKey("all")
        let delegations = (1...10_000).map { index in
            SimulatedDelegation(name(index), [pattern], keys: [key])
        }
        scene.repository.targets[.targets]?.delegations = delegations
        for index in 1...40 {
            scene.repository.targets[RoleName(name(index))] = SimulatedTargets()
            scene.repository.signers[RoleName(name(index))] = [key]
        }
        scene.repository.publishAll()
        return scene
    }

    /// TUF 1.0.34 §5.6.7.1b: a number of roles is visited at most
    /// attack: tough cyclic delegations: 10,000 roles wide
    @Test("of 10,000 roles side by side 32 are asked")
    func wide() async throws {
        try await wide("*").expectRefusal(
            .tooManyRoles(maximum: 32), searching: "file", asking: (1...32).map { "1.r\($0).json" },
            saving: (1...32).map { RoleName(name($0)) })
    }

    @Test("10,000 roles that have no say are none too many")
    func wideElsewhere() async throws {
        let (target, asked) = try await wide("elsewhere/*").find("file")
        #expect(target == nil)
        #expect(asked == [])
    }

    /// TUF 1.0.34 §5.6.7.1a: a role visited before is skipped
    @Test("a cycle of many roles ends where it began")
    func longCycle() async throws {
        var scene = chain(of: 20)
        scene.repository.targets[RoleName("r20")]?.files = []
        scene.repository.delegate(SimulatedDelegation("r1"), from: RoleName("r20"))
        scene.repository.publishAll()
        let (target, asked) = try await scene.find("file")
        #expect(target == nil)
        #expect(asked == (1...20).map { "2.r\($0).json" })
    }

    @Test("a list has a limit of its own, and tells what it leaves out")
    func list() async throws {
        var scene = chain(of: 5)
        scene.limits.rolesPerList = 4
        let list = try await scene.search().list()
        #expect(list.files.isEmpty)
        #expect(
            list.failures.map(\.description) == [
                "what r4 delegates is left out: more than 4 roles to search"
            ])
        #expect(scene.requests().suffix(4) == (1...4).map { "1.r\($0).json" }[...])
    }
}
