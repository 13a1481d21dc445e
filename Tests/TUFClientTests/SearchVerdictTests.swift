// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.6.7: a role on several ways")
struct SearchVerdictTests {
    private let shared = RoleName("d")

    /// Both a and b delegate to d, each naming a key of its own.
    private func diamond(signedBy signers: [TestKey]) -> Scene {
        var scene = Scene()
        for parent in ["a", "b"] as [UTF8Text] {
            scene.repository.delegate(
                SimulatedDelegation(parent, [UTF8Text("\(parent)/*")]))
            scene.repository.delegate(
                SimulatedDelegation("d", ["*/*"], keys: [TestKey("d by \(parent)")]),
                from: RoleName(parent))
        }
        scene.repository.signers[shared] = signers
        for path in ["a/x", "b/x"] as [UTF8Text] {
            scene.repository.add(path, "x", in: shared)
        }
        scene.repository.publishAll()
        return scene
    }

    /// TUF 1.0.34 §5.6.3c: the verdict on a role for one parent is none for another
    @Test("a role that was good for one parent is judged anew for the next, without a request")
    func noCachedVerdict() async throws {
        let scene = diamond(signedBy: [TestKey("d by a")])
        let search = try await scene.search()
        let first = try await search.find(try #require(TargetPath("a/x")))
        #expect(first?.chain == [.targets, RoleName("a"), shared])
        let path = try #require(TargetPath("b/x"))
        await scene.expectRefusal(
            try scene.unsigned(shared, keys: [TestKey("d by b")], by: RoleName("b")),
            asking: ["1.b.json"], saving: [RoleName("b")]
        ) { () async throws(UpdateError) in _ = try await search.find(path) }
        let again = try #require(TargetPath("a/x"))
        #expect(try await search.find(again) != nil)
    }

    /// TUF 1.0.34 §5.6.3c: a role that both parents' keys signed serves both
    @Test("a role that is good for both parents is asked for once")
    func goodForBoth() async throws {
        let scene = diamond(signedBy: [TestKey("d by a"), TestKey("d by b")])
        let search = try await scene.search()
        scene.forget()
        for parent in ["a", "b"] as [UTF8Text] {
            let path = try #require(TargetPath(UTF8Text("\(parent)/x")))
            #expect(
                try await search.find(path)?.chain == [.targets, RoleName(parent), shared])
        }
        #expect(scene.requests() == ["1.a.json", "1.d.json", "1.b.json"])
    }

    /// TUF 1.0.34 §5.6.7.1a: a role that is met again below itself is skipped, whatever the keys
    @Test("a role below itself is passed over, even if other keys are named there")
    func belowItself() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a"))
        scene.repository.delegate(SimulatedDelegation("b"), from: RoleName("a"))
        scene.repository.delegate(
            SimulatedDelegation("a", keys: [TestKey("other")]), from: RoleName("b"))
        scene.repository.delegate(SimulatedDelegation("c"))
        scene.repository.add("file", "x", in: RoleName("c"))
        scene.repository.signers[RoleName("a")] = [TestKey("a")]
        scene.repository.publishAll()
        let (target, asked) = try await scene.find("file")
        #expect(target?.chain == [.targets, RoleName("c")])
        #expect(asked == ["1.a.json", "1.b.json", "1.c.json"])
    }

    private func isMissing(_ path: TargetPath, in search: TargetSearch) async -> Bool {
        do { return try await search.find(path) == nil } catch { return false }
    }

    /// protocol: once: searches side by side ask for a role once
    @Test("many searches at once ask for each role once", .timeLimit(.minutes(10)))
    func sideBySide() async throws {
        var scene = Scene()
        let bins = SimulatedBins(prefix: "bin", bitLength: 2)
        scene.repository.delegate(bins)
        scene.repository.publishAll()
        let search = try await scene.search()
        scene.forget()
        await withTaskGroup { group in
            for index in 0..<200 {
                group.addTask {
                    let path = TargetPath(UTF8Text("file \(index)"))
                    guard let path else { return false }
                    return await isMissing(path, in: search)
                }
            }
            for await isMissing in group { #expect(isMissing) }
        }
        #expect(scene.requests().sorted() == bins.names.map { $0.fileName(version: 1) })
    }

    /// attack: sigstore #562: a delegated role claims a usage reserved to the top level
    @Test("what a delegated role adds to a file is its own: the chain says who speaks")
    func customOfDelegatedRole() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a"))
        scene.repository.add("file", "x", in: RoleName("a"))
        scene.repository.write(.targets)
        scene.repository.publish(RoleName("a")) {
            $0.put("root", at: "targets", "file", "custom", "usage")
            $0.put("root", at: "x-carnet", "layouts")
        }
        let search = try await scene.search()
        let path = try #require(TargetPath("file"))
        let target = try #require(try await search.find(path))
        #expect(target.file.custom?["usage"] == "root")
        #expect(target.chain == [.targets, RoleName("a")])
        #expect(search.state.targets.document.value.tree()["x-carnet"] == nil)
    }

    /// TUF 1.0.34 §5.6.1b: without consistent snapshots a role's name bears no version
    @Test("without consistent snapshots a delegated role is asked for by its name alone")
    func notConsistent() async throws {
        var scene = Scene()
        scene.repository.consistentSnapshot = false
        scene.repository.delegate(SimulatedDelegation("a/b"))
        scene.repository.publish(.root)
        scene.repository.publishAll()
        #expect(try await scene.find("file").asked == ["a%2Fb.json"])
    }
}
