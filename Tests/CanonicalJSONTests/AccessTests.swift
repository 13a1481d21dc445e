// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Reading values, and where they stand")
struct AccessTests {
    @Test(
        "a value of another kind is told with its place",
        arguments: [
            (#"{"a":{"b":[1,"x"]}}"#, "a.b[1]", "\"x\""), (#"[[[null]]]"#, "[0][0][0]", "null"),
            (#"{"x":true}"#, "x", "true or false"), (#"[1,[2,{"k":-5}]]"#, "[1][1].k", "-5"),
            (#"{"a b":{"c.d":{}}}"#, #""a b"."c.d""#, "an object"), ("[]", "document", "an array"),
            (#"{"":[]}"#, #""""#, "an array"), (#"{"a":{"":7}}"#, #"a."""#, "7"),
            (#"{"é":1}"#, #""é""#, "1"), (#"{"a\nb":1}"#, #""a\u{a}b""#, "1"),
            (#"{"a/b-c_d":1}"#, "a/b-c_d", "1"),
        ])
    func paths(text: String, path: String, found: String) throws {
        var value = try parse(text).root
        while true {
            if value.kind == .array, let last = try value.array().last {
                value = last
            } else if value.kind == .object, let last = Array(try value.object()).last {
                value = last.value
            } else {
                break
            }
        }
        #expect(value.path == path)
        let expected = JSONError.mismatch(path: path, found: found, expected: "a word")
        #expect(value.mismatch("a word") == expected)
    }

    @Test("each reader refuses all kinds but its own")
    func kinds() throws {
        let values = try parse(#"[{},[],"s",1,true,null]"#).root.array()
        let kinds: [JSONKind] = [.object, .array, .string, .integer, .boolean, .null]
        #expect(values.map(\.kind) == kinds)
        for value in values {
            #expect(((try? value.object()) != nil) == (value.kind == .object))
            #expect(((try? value.array()) != nil) == (value.kind == .array))
            #expect(((try? value.text()) != nil) == (value.kind == .string))
            #expect(((try? value.integer()) != nil) == (value.kind == .integer))
            #expect(((try? value.boolean()) != nil) == (value.kind == .boolean))
        }
    }

    @Test("an array of texts refuses anything else in it")
    func texts() throws {
        #expect(try parse(#"["a","\u0062"]"#).root.texts() == ["a", "b"])
        let refusal = JSONError.mismatch(path: "[1]", found: "2", expected: "a string")
        #expect(throws: refusal) { try parse(#"["a",2]"#).root.texts() }
    }

    @Test(
        "integers are taken within the range asked for, ends included",
        arguments: [
            ("1", true), ("10", true), ("0", false), ("11", false), ("-1", false),
            ("18446744073709551617", false), ("-18446744073709551615", false),
        ])
    func integers(text: String, isTaken: Bool) throws {
        let value = try parse(text).root
        #expect(((try? value.integer(in: 1...10)) != nil) == isTaken)
    }

    @Test("the ends of 64 bits")
    func bounds() throws {
        #expect(try parse("9223372036854775807").root.integer() == Int.max)
        #expect(try parse("-9223372036854775808").root.integer() == Int.min)
        let refusal = JSONError.mismatch(
            path: "document", found: "9223372036854775808", expected: "an integer of 64 bits")
        #expect(throws: refusal) { try parse("9223372036854775808").root.integer() }
        let above = JSONError.mismatch(
            path: "document", found: "0", expected: "an integer from 1 up")
        #expect(throws: above) { try parse("0").root.integer(in: 1...Int.max) }
    }

    @Test("a missing member is told with its whole path")
    func missing() throws {
        let root = try parse(#"{"signed":{"roles":[{}]},"document":{}}"#).root
        let object = try root.object()
        #expect(throws: JSONError.missing(path: "x")) { try object.required("x") }
        let role = try object.required("signed").object().required("roles").array()[0].object()
        #expect(throws: JSONError.missing(path: "signed.roles[0].name")) {
            try role.required("name")
        }
        let document = try object.required("document").object()
        #expect(throws: JSONError.missing(path: "document.x")) { try document.required("x") }
    }

    /// TUF 1.0.34 §4b: members that nobody knows stay
    @Test("members that are not known are kept as they are")
    func others() throws {
        let object = try parse(#"{"z":[1],"\u0061":2,"b":3}"#).root.object()
        let kept = object.others(than: ["b"])
        #expect(kept == [JSON.Member("z", [1]), JSON.Member("a", 2)])
    }

    @Test("a tree gives its parts only as what they are")
    func tree() {
        let tree: JSON = ["a": [1, "x"], "n": .integer(digits: "99999999999999999999")]
        #expect(tree["a"]?.elements?.first?.integer == 1)
        #expect(tree["a"]?.elements?.last?.text == "x")
        #expect(tree["b"] == nil)
        #expect(tree["n"]?.integer == nil)
        #expect(tree.members?.count == 2)
        #expect(tree.text == nil)
        #expect(JSON.null["a"] == nil)
        #expect(JSON.array([])["a"] == nil)
    }

    @Test(
        "each error is one line: what, found, expected",
        arguments: [
            (JSONError.tooLarge(bytes: 9, maximum: 8), "9 bytes found, at most 8 expected"),
            (.truncated, "JSON ends too early"),
            (.unexpected(byte: 0x78, offset: 3), "'x' at byte 3, expected JSON"),
            (.unexpected(byte: 0x0A, offset: 3), "byte 0xa at byte 3, expected JSON"),
            (
                .duplicateKey("a\n\u{202E}", offset: 1),
                #"key "a\u{a}\u{202e}" twice in one object, at byte 1"#
            ),
            (.missing(path: "signed.version"), "signed.version: missing"),
            (
                .mismatch(path: "a", found: "1", expected: "a string"),
                "a: 1 found, a string expected"
            ),
        ] as [(JSONError, String)])
    func descriptions(error: JSONError, words: String) { #expect("\(error)" == words) }

    @Test("text from outside cannot break out of its line or go on for ever")
    func quoting() {
        #expect(
            quoted("a\"\\\u{1B}[31m\u{7F}\u{85}\u{200B}\u{2029}")
                == #""a\"\\\u{1b}[31m\u{7f}\u{85}\u{200b}\u{2029}""#)
        #expect(quoted(String(repeating: "x", count: 500)).count == 123)
    }
}
