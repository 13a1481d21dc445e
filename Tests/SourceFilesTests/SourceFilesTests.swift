// SPDX-License-Identifier: Apache-2.0
import SourceFiles
import Testing
import YAMLSources

@Suite("Sources: YAML read into nodes, and handed from one process to another")
struct SourceFilesTests {
    private func text(_ text: String, _ line: Int, _ column: Int) -> SourceNode {
        SourceNode(.text(text), at: SourcePlace(line: line, column: column))
    }

    @Test("texts, lists and mappings keep their order and their places")
    func nodes() throws {
        let node = try YAMLSource.read("b: [x, \"2\"]\na:\n  c: ''\n")
        let entries: [SourceNode.Entry] = [
            .init(
                key: text("b", 1, 1),
                value: SourceNode(
                    .list([text("x", 1, 5), text("2", 1, 8)]), at: SourcePlace(line: 1, column: 4))),
            .init(
                key: text("a", 2, 1),
                value: SourceNode(
                    .mapping([.init(key: text("c", 3, 3), value: text("", 3, 6))]),
                    at: SourcePlace(line: 3, column: 3))),
        ]
        #expect(node == SourceNode(.mapping(entries), at: SourcePlace(line: 1, column: 1)))
        #expect(SourceNode.read(SourceNode.written(.success(node))) == .success(node))
    }

    @Test("an error crosses with its place")
    func error() {
        let outcome = Result { () throws(SourceError) in try YAMLSource.read("a: 1\na: 2\n") }
        let error = SourceError("field \"a\" stands twice", at: SourcePlace(line: 1, column: 1))
        #expect(outcome == .failure(error))
        #expect(SourceNode.read(SourceNode.written(outcome)) == .failure(error))
    }

    @Test("aliases that make few bytes many values are refused")
    func bomb() throws {
        var source = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...9 {
            let alias = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
            source += "a\(level): &a\(level) [\(alias)]\n"
        }
        let error = #expect(throws: SourceError.self) { try YAMLSource.read(source) }
        #expect(error?.message == "more than 50000 values")
    }

    @Test("a source nested too deep is refused")
    func depth() {
        let source = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        let error = #expect(throws: SourceError.self) { try YAMLSource.read(source) }
        #expect(error?.message == "nested deeper than 24 levels")
        let deepest = String(repeating: "[", count: 24) + "x" + String(repeating: "]", count: 24)
        let node = Result { () throws(SourceError) in try YAMLSource.read(deepest) }
        #expect(SourceNode.read(SourceNode.written(node)) == node)
    }

    @Test(
        "what is no written source is none",
        arguments: [
            "", "{}", "[]", #"{"node":1}"#, #"{"node":{"at":[1,1]}}"#,
            #"{"node":{"at":[0,1],"is":"x"}}"#, #"{"node":{"at":[1,1],"is":{"mapping":[["a"]]}}}"#,
            #"{"error":{"message":"m"}}"#,
        ])
    func foreign(text: String) {
        #expect(SourceNode.read(Array(text.utf8)) == nil)
    }
}
