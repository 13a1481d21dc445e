// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: patterns that lead nowhere")
struct AuditPatternTests {
    /// Two delegations after each other, to roles without files.
    private func found(
        _ first: SimulatedDelegation, _ second: SimulatedDelegation
    ) async -> [String] {
        var scene = AuditScene()
        scene.repository.delegate(first)
        scene.repository.delegate(second)
        scene.repository.publishAll()
        scene.clean()
        return await scene.found()
    }

    @Test(
        "a pattern that an earlier terminating role covers is never asked for",
        arguments: [
            ("x/*", "x/a"), ("x/*", "x/*.whl"), ("x/*", "x/[ab]"), ("x/?*", "x/?"),
            ("*/*", "x/a*b"), ("x/a*", "x/ab*c"), ("x/*a*", "x/*ba?"), ("x/a", "x/a"),
            ("x/[ab]", "x/[ab]"),
        ])
    func shadowed(wide: String, narrow: String) async {
        let found = await found(
            SimulatedDelegation("wall", [UTF8Text(wide)], terminating: true),
            SimulatedDelegation("behind", [UTF8Text(narrow)]))
        #expect(found == ["pattern-shadowed behind"])
    }

    @Test(
        "a pattern with paths of its own is not, nor one behind a role that does not end the search",
        arguments: [
            ("x/a", "x/*", true), ("x/*.whl", "x/*", true), ("x/*", "x/*/*", true),
            ("x/a*", "x/*a", true), ("x/?", "x/*", true), ("y/*", "x/*", true),
            ("x/*a*", "x/*b?", true), ("x/[ab]", "x/a", true), ("x/*", "x/a", false),
            ("x/[*", "x/[ab]*", true),
        ])
    func open(first: String, second: String, terminating: Bool) async {
        let found = await found(
            SimulatedDelegation("wall", [UTF8Text(first)], terminating: terminating),
            SimulatedDelegation("behind", [UTF8Text(second)]))
        #expect(found == [])
    }

    @Test("hash prefixes behind a terminating one are never asked for")
    func prefixes() async {
        let wall = SimulatedDelegation("wall", hashPrefixes: ["1", "2"], terminating: true)
        let shadowed = SimulatedDelegation("behind", hashPrefixes: ["1a", "3"])
        #expect(await found(wall, shadowed) == ["pattern-shadowed behind"])
        let open = SimulatedDelegation("behind", hashPrefixes: ["", "3"])
        #expect(await found(wall, open) == [])
    }

    @Test(
        "a pattern that no path can match is told",
        arguments: ["/x/*", "x//y", "x/", "../x", "x/./*", "x\\y"])
    func dead(pattern: String) async {
        let found = await found(
            SimulatedDelegation("one", ["x/*"]), SimulatedDelegation("two", [UTF8Text(pattern)]))
        #expect(found == ["pattern-dead two"])
    }

    @Test("a delegation beyond what the parent itself may speak for is told")
    func outOfReach() async {
        var scene = AuditScene()
        scene.repository.delegate(SimulatedDelegation("good", ["demo/b*"]), from: .demo)
        scene.repository.delegate(SimulatedDelegation("lost", ["other/*"]), from: .demo)
        scene.repository.add("other/file", "content", in: RoleName("lost"))
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.found == ["pattern-out-of-reach lost", "file-unreachable lost"])
    }

    @Test("a pattern that none of the role's files has is worth a note")
    func idle() async {
        var scene = AuditScene()
        scene.repository.targets[.targets]?.delegations[0].patterns.append("demo-old/*")
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.found == ["pattern-idle demo"] && report.exitCode == 0, "\(report.text)")
    }

    @Test("what covers what is what matching says, for all short patterns and names")
    func exact() {
        let letters = ["a", "b", "*", "?"]
        var patterns = [""]
        for _ in 0..<4 { patterns += patterns.flatMap { head in letters.map { head + $0 } } }
        let all = Set(patterns.filter { !$0.isEmpty }).sorted().filter { $0.count <= 3 }
        let names = words(of: ["a", "b", "c"], upTo: 6)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<400 {
            let wide = PathPattern(UTF8Text(all.randomElement(using: &generator)!))
            let narrow = PathPattern(UTF8Text(all.randomElement(using: &generator)!))
            let (one, other) = (PatternLanguage(wide), PatternLanguage(narrow))
            let isCovered = names.allSatisfy { !narrow.matches($0) || wide.matches($0) }
            let isMet = names.contains { narrow.matches($0) && wide.matches($0) }
            #expect(one.covers(other) == isCovered, "\(wide) \(narrow)")
            #expect(one.meets(other) == isMet, "\(wide) \(narrow)")
        }
    }

    private func words(of letters: [String], upTo length: Int) -> [TargetPath] {
        var all: [String] = []
        var last = [""]
        for _ in 0..<length {
            last = last.flatMap { word in letters.map { word + $0 } }
            all += last
        }
        return all.compactMap { TargetPath(UTF8Text($0)) }
    }
}

/// The same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
    }
}
