// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Keys of an object")
struct DuplicateKeyTests {
    /// TUF 1.0.34 §4.1: a document has one reading
    /// TUF 1.0.34 §4.3g: one key id names one key in a file
    @Test(
        "a key twice is refused, however it is written and wherever it stands",
        arguments: [
            (#"{"a":1,"a":2}"#, "a", 7), (#"{"a":1,"b":2,"b":3}"#, "b", 13),
            (#"{"b":1,"a":2,"b":3}"#, "b", 13), (#"{"b":1,"a":2,"a":3}"#, "a", 13),
            (#"{"c":1,"b":2,"a":3,"c":4}"#, "c", 19), (#"{"a":1,"\u0061":2}"#, "a", 7),
            (#"{"\u0061":1,"a":2}"#, "a", 12), (#"{"\u0061":1,"\u0061":2}"#, "a", 12),
            (#"{"b":1,"\u0061":2,"a":3}"#, "a", 18), (#"{"/":1,"\/":2}"#, "/", 7),
            (#"{"\"":1,"\u0022":2}"#, "\"", 8), (#"{"\\":1,"\u005c":2}"#, "\\", 8),
            (#"{"\n":1,"\u000a":2}"#, "\n", 8), (#"{"":1,"":2}"#, "", 6),
            (#"{"é":1,"\u00e9":2}"#, "\u{E9}", 8), (#"{"\u00E9":1,"\u00e9":2}"#, "\u{E9}", 12),
            (#"{"😀":1,"\ud83d\ude00":2}"#, "😀", 10), (#"[{"x":{"a":1,"a":1}}]"#, "a", 13),
            (#"{"a":[],"b":{},"a":null}"#, "a", 15),
        ])
    func duplicates(text: String, key: String, offset: Int) {
        #expect(throws: JSONError.duplicateKey(key, offset: offset)) { try parse(text) }
    }

    @Test("one key among thousands, far from its double", arguments: [false, true])
    func farApart(reversed: Bool) {
        var keys = (0..<5000).map { "\"key\($0 + 10000)\":0" }
        if reversed { keys.reverse() }
        let text = "{" + (keys + ["\"key12345\":0"]).joined(separator: ",") + "}"
        let offset = text.utf8.count - 13
        #expect(throws: JSONError.duplicateKey("key12345", offset: offset)) { try parse(text) }
    }

    @Test(
        "keys that differ in bytes are different keys",
        arguments: [
            "{\"\u{E9}\":1,\"e\u{301}\":2}", "{\"e\u{301}\":1,\"\u{E9}\":2}",
            "{\"\u{212B}\":1,\"\u{C5}\":2}", "{\"\u{AC00}\":1,\"\u{1100}\u{1161}\":2}",
            "{\"a\":1,\"A\":2}", "{\"a\":1,\"a\\u0000\":2}", "{\"\\r\\n\":1,\"\\n\":2}",
            "{\"a\":1,\"\u{FF41}\":2}", "{\"a\":1,\"a\u{200D}\":2}",
            "{\"\u{2126}\":1,\"\u{3A9}\":2}",
        ])
    func distinct(_ text: String) throws {
        let object = try parse(text).root.object()
        let members = Array(object)
        #expect(members.count == 2)
        for member in members {
            #expect(object[member.key]?.range == member.value.range)
        }
        #expect(members[0].key != members[1].key)
        #expect(Set(members.map(\.key)).count == 2)
    }

    @Test("the same key in two objects is no double")
    func nested() throws { _ = try parse(#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#) }

    @Test("a member is found by its name, not by how the name is written")
    func lookup() throws {
        let object = try parse(#"{"x":1,"\u0061b":2,"":3,"e\u0301":4,"\"":5}"#).root.object()
        #expect(try object["ab"]?.integer() == 2)
        #expect(try object[""]?.integer() == 3)
        #expect(try object["\""]?.integer() == 5)
        #expect(try object["e\u{301}"]?.integer() == 4)
        #expect(object["\u{E9}"] == nil)
        #expect(object["\\u0061b"] == nil)
        #expect(object["a"] == nil)
        #expect(object["abc"] == nil)
    }

    @Test("names inside a member's value are not members")
    func lookupStaysOutside() throws {
        let object = try parse(#"{"a":{"b":1},"c":["b",{"b":2}]}"#).root.object()
        #expect(object["b"] == nil)
        #expect(try object["c"]?.array().count == 2)
    }
}
