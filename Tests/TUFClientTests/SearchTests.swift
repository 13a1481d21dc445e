// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// Who delegates to whom, in order of priority, and who lists the file.
struct Graph: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// `a>b` delegates; `a>b!` is terminating.
    let edges: String
    /// Roles that list the file.
    let holders: [UTF8Text]
    /// Roles asked for, in order.
    let asked: String
    /// From targets to the role that is believed; empty if none is.
    let chain: String

    static let all = [
        Graph("the top level comes first", "targets>a", ["targets", "a"], "", "targets"),
        Graph("pre-order, nothing found", "targets>a targets>b a>c b>d", [], "a c b d", ""),
        Graph(
            "what a role delegates comes before its sibling", "targets>a targets>b a>c",
            ["b", "c"], "a c", "targets a c"),
        Graph(
            "a sibling comes before what a later one delegates", "targets>a targets>b b>c",
            ["a", "c"], "a", "targets a"),
        Graph("order is that of the list", "targets>b targets>a", ["a", "b"], "b", "targets b"),
        Graph("terminating, found", "targets>a! targets>b", ["a"], "a", "targets a"),
        Graph("terminating, not found", "targets>a! targets>b", ["b"], "a", ""),
        Graph(
            "a terminating role may delegate on", "targets>a! targets>b a>c a>d", ["d"],
            "a c d", "targets a d"),
        Graph("terminating below another", "targets>a targets>b a>c! a>d", ["b", "d"], "a c", ""),
        Graph("a cycle", "targets>a a>b b>a", [], "a b", ""),
        Graph(
            "a cycle through the first role", "targets>a a>b b>a targets>c", ["c"], "a b c",
            "targets c"),
        Graph(
            "a role that delegates to itself", "targets>a a>a targets>b", ["b"], "a b",
            "targets b"),
        Graph(
            "a cycle through a terminating delegation ends the search",
            "targets>a a>b a>d b>a! targets>c", ["c", "d"], "a b", ""),
        Graph(
            "what lies before a terminating cycle is found", "targets>a! a>b a>d b>c b>a!", ["c"],
            "a b c", "targets a b c"),
        Graph(
            "a diamond is asked for once", "targets>a targets>b a>d b>d", [], "a d b", ""),
        Graph(
            "a diamond, found by the first way", "targets>a targets>b a>d b>d", ["d"], "a d",
            "targets a d"),
        Graph(
            "what is met again deeper", "targets>a targets>b a>b b>c", ["c"], "a b c",
            "targets a b c"),
    ]

    private init(
        _ description: String, _ edges: String, _ holders: [UTF8Text], _ asked: String,
        _ chain: String
    ) {
        testDescription = description
        self.edges = edges
        self.holders = holders
        self.asked = asked
        self.chain = chain
    }

    func build(_ repository: inout RepositorySimulator) {
        for edge in edges.split(separator: " ") {
            let ends = edge.split(separator: ">")
            let isTerminating = ends[1].hasSuffix("!")
            let child = UTF8Text(String(isTerminating ? ends[1].dropLast() : ends[1]))
            repository.delegate(
                SimulatedDelegation(child, terminating: isTerminating),
                from: RoleName(UTF8Text(String(ends[0]))))
        }
        for holder in holders {
            repository.add("file", "of \(holder)", in: RoleName(holder))
        }
        repository.publishAll()
    }
}

@Suite("TUF 5.6.7: the search for a target")
struct SearchTests {
    /// TUF 1.0.34 §5.6.7a, 5.6.7.2, 4.5k: pre-order, depth first, in the order of the lists
    /// TUF 1.0.34 §5.6.7.1a, 5.6.7.1c: a role is visited once; the first that lists the path has it
    /// TUF 1.0.34 §5.6.7.2.1: a terminating delegation ends the search, found or not
    /// TUF 1.0.34 §5.6.7.2.2: after one that does not terminate comes the next in order
    /// TUF 1.0.34 §5.7.2: without metadata about a target there is no such target
    /// attack: tough CVE-2025-2886: a terminating role lacks the target, a later one has it
    /// attack: go-tuf CVE-2024-47534: targets to A and B, B to C, in the wrong order
    /// attack: tough cyclic delegations: A to B to A, a role that delegates to itself
    @Test("is pre-order and depth first", arguments: Graph.all)
    func order(_ graph: Graph) async throws {
        var scene = Scene()
        graph.build(&scene.repository)
        let (target, asked) = try await scene.find("file")
        #expect(asked == graph.asked.split(separator: " ").map { "1.\($0).json" })
        #expect(
            (target?.chain ?? [])
                == graph.chain.split(separator: " ").map {
                    RoleName(UTF8Text(String($0)))
                })
        if let target {
            let content = Array("of \(target.role)".utf8)
            #expect(target.file.length == content.count)
            #expect(target.file.digest.hex == DigestAlgorithm.sha256.hexDigest(of: content))
        }
    }

    /// TUF 1.0.34 §5.6.7.2.1: a delegation that does not cover the path terminates nothing
    @Test("a role whose patterns do not match is not asked, nor does it end the search")
    func terminatingElsewhere() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a", ["a/*"], terminating: true))
        scene.repository.delegate(SimulatedDelegation("b", ["b/*"]))
        scene.repository.add("b/x", "x", in: RoleName("b"))
        scene.repository.publishAll()
        let (target, asked) = try await scene.find("b/x")
        #expect(target?.role == RoleName("b"))
        #expect(asked == ["1.b.json"])
    }

    /// TUF 1.0.34 §4.5h: a path must match the delegations of the whole chain
    @Test("the patterns of every role of the chain must match")
    func chainOfPatterns() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a", ["a/*"]))
        scene.repository.delegate(SimulatedDelegation("b", ["b/*", "*/b"]), from: RoleName("a"))
        scene.repository.add("b/x", "x", in: RoleName("b"))
        scene.repository.add("a/x", "x", in: RoleName("b"))
        scene.repository.add("a/b", "x", in: RoleName("b"))
        scene.repository.publishAll()
        #expect(try await scene.find("b/x").target == nil)
        #expect(try await scene.find("a/x").target == nil)
        #expect(try await scene.find("a/b").target?.role == RoleName("b"))
    }

    /// TUF 1.0.34 §5.6.7b, 4.4a: metadata that cannot be downloaded ends the search
    @Test("a role that the snapshot does not list is not asked for; the search ends there")
    func notInSnapshot() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a"))
        scene.repository.delegate(SimulatedDelegation("b"))
        scene.repository.publishAll()
        scene.repository.publish(.snapshot) { $0.put(nil, at: "meta", "a.json") }
        // A client that was not there before: for the other the role has vanished.
        try await scene.expectRefusal(
            .notInSnapshot(role: RoleName("a")), searching: "file", asking: [])
    }

    /// TUF 1.0.34 §5.6.1b: a delegated role is asked for once in each version
    @Test("a role is kept, and not asked for again until the snapshot names another")
    func kept() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a"))
        scene.repository.publishAll()
        #expect(try await scene.find("file").asked == ["1.a.json"])
        #expect(scene.store[RoleName("a")] == scene.repository.bytes(of: RoleName("a")))
        #expect(try await scene.find("file").asked == [])
        scene.store[RoleName("a")] = Array("garbage".utf8)
        #expect(try await scene.find("file").asked == ["1.a.json"])
        scene.repository.publish(RoleName("a"))
        #expect(try await scene.find("file").asked == ["2.a.json"])
    }

    @Test("the list holds what the search would find, and nothing else")
    func list() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a", ["a/*"], terminating: true))
        scene.repository.delegate(SimulatedDelegation("b", ["*/*"]))
        for role in ["targets", "a", "b"] as [UTF8Text] {
            for path in ["a/\(role)", "b/\(role)", "../\(role)"] {
                scene.repository.add(UTF8Text(path), "x", in: RoleName(role))
            }
        }
        scene.repository.publishAll()
        let list = try await scene.search().all()
        #expect(
            list.map { "\($0.file.path) \($0.role)" } == [
                "a/a a", "a/targets targets", "b/b b", "b/targets targets",
            ])
    }

    @Test("a role is found by its name, if the top level delegates to it")
    func byName() async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a"))
        scene.repository.delegate(SimulatedDelegation("b"), from: RoleName("a"))
        scene.repository.publishAll()
        let search = try await scene.search()
        #expect(try await search.delegate(RoleName("a"))?.document.version == 1)
        #expect(try await search.delegate(RoleName("b")) == nil)
    }
}
