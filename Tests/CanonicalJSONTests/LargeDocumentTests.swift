// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Documents and objects of many members")
struct LargeDocumentTests {
    @Test("a document of as many values as its bytes can hold is parsed as a usual one")
    func dense() throws {
        for (text, count) in [("1,", 60_000), ("[],", 50_000), ("{},", 50_000)] {
            let inside = String(repeating: text, count: count).dropLast()
            let document = try parse("[\(inside)]")
            #expect(try document.root.array().count == count)
            #expect(document.root.isCanonical)
            _ = try parse("[\(inside)]", limits: JSONLimits(maximumValues: count + 1))
            Refusal("[\(inside)]", .tooManyValues(maximum: count))
                .check(limits: JSONLimits(maximumValues: count))
            Refusal("[\(inside)", .truncated).check()
        }
        let empty = "[\(String(repeating: "\"\",", count: 40_000))\"\"]"
        #expect(try parse(empty).root.texts().count == 40_001)
    }

    /// Keys that share beginnings of all lengths, each once.
    private func keys(_ count: Int, _ random: inout SeededGenerator) -> [String] {
        var keys: Set<String> = ["pkg", "pkg/", "pkg/\u{E9}", "pkg/\u{1F600}"]
        while keys.count < count {
            let length = Int.random(in: 0...12, using: &random)
            let tail = (0..<length).map { _ in "abz/".randomElement(using: &random)! }
            keys.insert("pkg\(String(tail))")
        }
        return keys.shuffled(using: &random)
    }

    private func lessByBytes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private func canonical(_ keys: [String]) -> [UInt8] {
        let members = keys.sorted(by: lessByBytes).map { "\"\($0)\":1" }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    @Test("keys in any order give one canonical form", arguments: [2, 11, 12, 13, 14, 500, 4000])
    func order(count: Int) throws {
        var random = SeededGenerator(state: UInt64(count))
        let keys = keys(max(count, 5), &random)
        let text = keys.map { "\"\($0)\":1" }.joined(separator: ",")
        let value = try parse("{\(text)}").root
        #expect(!value.isCanonical)
        #expect(value.canonicalBytes() == canonical(keys))
        let spaced = try parse("{\(text.replacing(",", with: " , "))}").root
        #expect(spaced.canonicalBytes() == canonical(keys))
    }

    @Test("one key twice is found among few and among many", arguments: [2, 11, 12, 13, 500])
    func duplicates(count: Int) throws {
        var random = SeededGenerator(state: UInt64(count) + 1)
        var keys = keys(max(count, 5), &random)
        let twice = keys[Int.random(in: 0..<keys.count, using: &random)]
        keys.append(twice)
        let text = keys.map { "\"\($0)\":1" }.joined(separator: ",")
        let offset = 1 + text.utf8.count - "\"\(twice)\":1".utf8.count
        Refusal("{\(text)}", .duplicateKey(twice, offset: offset)).check()
    }

    @Test("an index finds each member and no other", arguments: [false, true], [false, true])
    func index(isSorted: Bool, hasEscapes: Bool) throws {
        var random = SeededGenerator(state: 7)
        var keys = keys(800, &random)
        if isSorted { keys.sort(by: lessByBytes) }
        let written = keys.enumerated().map { place, key in
            let text = hasEscapes ? key.replacing("z", with: "\\u007a") : key
            return "\"\(text)\":\(place)"
        }
        let object = try parse("{\(written.joined(separator: ","))}").root.object()
        var visited = 0
        let index = MemberIndex(object) { _, value in
            #expect(value.shortInteger == visited)
            visited += 1
        }
        #expect(visited == keys.count)
        #expect(index.count == keys.count)
        for (place, key) in keys.enumerated() {
            #expect(try index[UTF8Text(key)]?.integer() == place)
            #expect(try object[UTF8Text(key)]?.integer() == place)
            #expect(index[UTF8Text(key + "x")] == nil)
        }
        #expect(index["a"] == nil)
        #expect(index["q"] == nil)
        #expect(index[""] == nil)
        let inOrder = (0..<index.count).map { index.member(at: $0).key.string }
        #expect(inOrder == keys.sorted(by: lessByBytes))
    }

    @Test("an index of nothing")
    func emptyIndex() throws {
        let object = try parse("{}").root.object()
        let index = MemberIndex(object) { _, _ in Issue.record("there is no member") }
        #expect(index.count == 0)
        #expect(index["a"] == nil)
    }

    @Test("a fault at any place in a string is found there, not before and not after")
    func places() throws {
        let faults: [(UInt8, (Int) -> JSONError)] = [
            (0x1F, { .controlCharacter(offset: $0) }), (0x00, { .controlCharacter(offset: $0) }),
            (0x80, { .invalidUTF8(offset: $0) }), (0xFF, { .invalidUTF8(offset: $0) }),
        ]
        for length in 0...26 {
            for place in 0...length {
                for (byte, error) in faults {
                    var text = [UInt8](repeating: 0x7F, count: length)
                    text.insert(byte, at: place)
                    let document = [0x22] + text + Array("\" ".utf8)
                    Refusal(document, error(place + 1)).check()
                }
                for (escape, decoded) in [("\\\"", "\""), ("\\\\", "\\"), ("\u{E9}", "\u{E9}")] {
                    let before = String(repeating: "~", count: place)
                    let after = String(repeating: " ", count: length - place)
                    let value = try parse("[\"\(before)\(escape)\(after)\"]").root
                    #expect(value.isCanonical)
                    #expect(try value.texts() == [UTF8Text("\(before)\(decoded)\(after)")])
                }
            }
        }
    }

    @Test("what is read in place is what is read by copying")
    func inPlace() throws {
        let numerals = "0,-0,-1,999999999999999999,1000000000000000000"
        let values = try parse(#"["plain","é","es\u0063",\#(numerals),{},null]"#).root.array()
        let texts = values.map { value in
            value.borrowing { $0.plainText.map { Array($0) } }
        }
        #expect(texts[0] == Array("plain".utf8))
        #expect(texts[1] == Array("é".utf8))
        #expect(texts[2...].allSatisfy { $0 == nil })
        let numbers = values.map { value in value.borrowing { $0.shortInteger } }
        #expect(numbers[3] == 0)
        #expect(numbers[6] == 999_999_999_999_999_999)
        #expect([0, 1, 2, 4, 5, 7, 8, 9].allSatisfy { numbers[$0] == nil })
        let members = values.map { value in value.borrowing { Array($0.members).count } }
        #expect(members == Array(repeating: 0, count: values.count))
        let object = try parse(#"{"a":1,"b":[{}],"c":2}"#).root
        let found = object.borrowing { value in
            value.members.map { ($0.plainText.map { Array($0) }, $1.shortInteger) }
        }
        #expect(found.map(\.0) == [[0x61], [0x62], [0x63]])
        #expect(found.map(\.1) == [1, nil, 2])
    }
}
