// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoRecording
import Testing

@Suite("Exclude patterns beside the pathspec that python in-toto 3.1.0 uses")
struct PathspecInteropTests {
    private let python: Python

    init() throws { python = try Python() }

    /// For each list of patterns, which of `paths` pathspec excludes.
    private func pathspec(
        _ lists: [[String]], _ paths: [UTF8Text]
    ) throws -> [[UTF8Text]] {
        let folder = TestFolder()
        let question: JSON = [
            "lists": .array(lists.map { .array($0.map { .text($0) }) }),
            "paths": .array(paths.map(JSON.string)),
        ]
        folder.write("question.json", bytes: question.compactBytes())
        let script = """
            import json
            from pathspec import GitIgnoreSpec
            question = json.load(open("question.json"))
            answer = []
            for patterns in question["lists"]:
                spec = GitIgnoreSpec.from_lines("gitwildmatch", patterns)
                answer.append([path for path in question["paths"] if spec.match_file(path)])
            print(json.dumps(answer))
            """
        let answer = try python.run(script, [], in: folder.path)
        return try JSONDocument(Array(answer.utf8)).root.array().map { try $0.texts() }
    }

    @Test("the table of examples is what pathspec says today")
    func table() throws {
        let answers = try pathspec(
            excludeCases.map(\.patterns), excludePaths.map { UTF8Text($0) })
        #expect(answers == excludeCases.map { $0.excluded.map { UTF8Text($0) } })
    }

    @Test("random patterns exclude what pathspec excludes")
    func random() throws {
        var numbers = SmallGenerator(state: 20_26)
        let pieces = [
            "a", "b", "ab", "/", "/", "/", "*", "**", "/**/", "?", "[ab]", "[a-c]", "\\a", ".",
            "\u{E9}", " ",
        ]
        let names = ["a", "b", "ab", "c", "ba", ".a", "aab", "a b", "\u{E9}", "e\u{301}"]
        func text(of pieces: [String], _ count: ClosedRange<Int>, _ separator: String) -> String {
            (0..<Int.random(in: count, using: &numbers))
                .map { _ in pieces.randomElement(using: &numbers)! }.joined(separator: separator)
        }
        var lists: [[String]] = []
        for _ in 0..<1000 {
            lists.append(
                (0..<Int.random(in: 1...3, using: &numbers)).map { _ in
                    let pattern = text(of: pieces, 1...6, "")
                    let isBlank = pattern.allSatisfy { $0 == " " }
                    let sign = Int.random(in: 0..<4, using: &numbers) == 0 ? "!" : ""
                    return sign + (isBlank ? "a" : pattern)
                })
        }
        let paths = (0..<40).map { _ in UTF8Text(text(of: names, 1...4, "/")) }
        let answers = try pathspec(lists, paths)
        var wrong: [String] = []
        var hits = 0
        for (patterns, answer) in zip(lists, answers) {
            let ours = try ExcludePatterns(patterns)
            let excluded = paths.filter { ours.excludes($0) }
            hits += excluded.count
            if excluded != answer { wrong.append("\(patterns): \(excluded), \(answer) expected") }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(lists.count): \(wrong.prefix(3))")
        #expect(hits > 1000)
    }
}

/// Numbers that are the same in each run (SplitMix64).
struct SmallGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
