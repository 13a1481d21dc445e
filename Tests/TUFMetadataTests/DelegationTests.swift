// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 4.5: delegations")
struct DelegationTests {
    private func decode(_ value: JSONValue) throws(JSONError) -> Targets { try Targets(value) }

    /// The delegations of a document with these roles.
    private func delegations(_ roles: String) throws -> Delegations {
        let value = try Edit("delegations.roles", roles).apply(to: Base.targets)
        return try #require(try Targets(value).delegations)
    }

    private func role(_ name: String, _ scope: String, terminating: Bool = false) -> String {
        #"{"name":"\#(name)","keyids":["k1"],"threshold":1,"#
            + #""terminating":\#(terminating),\#(scope)}"#
    }

    /// TUF 1.0.34 §4.5e, 4.5f: a threshold, terminating, and one kind of paths
    @Test(
        "refusals",
        arguments: [
            (Edit("delegations.keys", nil), "delegations.keys: missing"),
            (
                Edit("delegations.roles", nil),
                "delegations: an object found, either roles or succinct_roles expected"
            ),
            (
                Edit("delegations.roles", "{}"),
                "delegations.roles: an object found, an array expected"
            ),
            (Edit("delegations.roles", "null"), "delegations.roles: null found, an array expected"),
            (
                Edit("delegations.succinct_roles", "{}"),
                "delegations: an object found, either roles or succinct_roles expected"
            ),
            (
                Edit("delegations.roles.0", "null"),
                "delegations.roles[0]: null found, an object expected"
            ),
            (Edit("delegations.roles.0.name", nil), "delegations.roles[0].name: missing"),
            (Edit("delegations.roles.0.keyids", nil), "delegations.roles[0].keyids: missing"),
            (
                Edit("delegations.roles.0.keyids", #"["a","a"]"#),
                "delegations.roles[0].keyids: an array found, each key id once expected"
            ),
            (
                Edit("delegations.roles.0.threshold", "0"),
                "delegations.roles[0].threshold: 0 found, an integer from 1 to 2147483648 expected"
            ),
            (
                Edit("delegations.roles.0.threshold", "\"1\""),
                "delegations.roles[0].threshold: \"1\" found, an integer expected"
            ),
            (
                Edit("delegations.roles.0.terminating", nil),
                "delegations.roles[0].terminating: missing"
            ),
            (
                Edit("delegations.roles.0.terminating", "1"),
                "delegations.roles[0].terminating: 1 found, true or false expected"
            ),
            (
                Edit("delegations.roles.0.terminating", "\"false\""),
                "delegations.roles[0].terminating: \"false\" found, true or false expected"
            ),
            (
                Edit("delegations.roles.0.paths", nil),
                "delegations.roles[0]: an object found, either paths or path_hash_prefixes expected"
            ),
            (
                Edit("delegations.roles.0.path_hash_prefixes", "[]"),
                "delegations.roles[0]: an object found, either paths or path_hash_prefixes expected"
            ),
            (
                Edit("delegations.roles.0.paths", "\"*\""),
                "delegations.roles[0].paths: \"*\" found, an array expected"
            ),
            (
                Edit("delegations.roles.0.paths", "[1]"),
                "delegations.roles[0].paths[0]: 1 found, a string expected"
            ),
        ])
    func refusals(edit: Edit, words: String) throws {
        #expect(try edit.refusal(of: Base.targets, decode) == words)
    }

    /// TUF 1.0.34 §4.5d: no two delegations of one name
    @Test("a role twice in one list is refused")
    func twice() throws {
        let list = "[\(role("r", #""paths":["a"]"#)),\(role("r", #""paths":["b"]"#))]"
        let words = try Edit("delegations.roles", list).refusal(of: Base.targets, decode)
        #expect(words == "delegations.roles[1]: an object found, each role once expected")
        let alike = "[\(role("\u{E9}", #""paths":["a"]"#)),\(role("e\u{301}", #""paths":["b"]"#))]"
        #expect(try delegations(alike).all.count == 2)
    }

    /// attack: python-tuf GHSA-77hh: a delegated role named as a top-level one
    @Test(
        "names that a delegated role may not have",
        arguments: [
            "", "root", "timestamp", "snapshot", "targets", "1.root", "23.targets", "1.timestamp",
            "0.snapshot", "1.2.root", String(repeating: "r", count: 201),
            String(repeating: "/", count: 67),
        ])
    func forbiddenNames(_ name: String) throws {
        let edit = Edit("delegations.roles.0.name", "\"\(name)\"")
        let words = try edit.refusal(of: Base.targets, decode)
        #expect(
            words?.hasPrefix("delegations.roles[0].name: ") == true
                && words?.hasSuffix("a name of no top-level role, of 1 to 200 bytes expected")
                    == true
        )
    }

    @Test(
        "hash prefixes are lower-case hexadecimal digits, at most 64",
        arguments: [
            ("0", true), ("0f", true), ("", true), (String(repeating: "a", count: 64), true),
            (String(repeating: "a", count: 65), false), ("0F", false), ("g", false), (" 0", false),
            ("0x", false), ("*", false), ("\u{661}", false),
        ])
    func hashPrefixes(prefix: String, isTaken: Bool) throws {
        let list = "[\(role("r", #""path_hash_prefixes":["\#(prefix)"]"#))]"
        let words = try Edit("delegations.roles", list).refusal(of: Base.targets, decode)
        #expect((words == nil) == isTaken)
    }

    /// TUF 1.0.34 §4.5g: prefixes of the SHA-256 of the path
    @Test("which paths a prefix covers, as python-tuf says")
    func prefixVectors() throws {
        let rows = try delegationVectors("prefixes")
        #expect(rows.count > 100)
        for row in rows {
            let prefixes = String(decoding: row[0].compactBytes(), as: UTF8.self)
            let list = "[\(role("r", "\"path_hash_prefixes\":\(prefixes)"))]"
            let covering = try delegations(list).roles(
                covering: try path(try #require(row[1].text)))
            #expect(covering.isEmpty == (row[2] == false), "\(row)")
        }
    }

    /// TUF 1.0.34 §4.5k: in the order in which they are listed
    @Test("the roles that cover a path come in order, with their own keys and thresholds")
    func order() throws {
        let list = """
            [\(role("z", #""paths":["a/*","b"]"#)),\(role("no", #""paths":["c/*"]"#)),
            \(role("a", #""paths":["*/x"]"#, terminating: true)),\(role("none", #""paths":[]"#))]
            """
        let delegations = try delegations(list)
        let covering = delegations.roles(covering: try path("a/x"))
        #expect(covering.map(\.role.text) == ["z", "a"])
        #expect(covering.map(\.isTerminating) == [false, true])
        #expect(
            covering.allSatisfy { $0.authority.entries.count == 1 && $0.authority.threshold == 1 })
        #expect(delegations.all.map(\.role.text) == ["z", "no", "a", "none"])
        #expect(delegations.roles(covering: try path("d")).isEmpty)
    }

    /// TAP 15a: bit_length is 1 to 32
    /// attack: go-tuf #716: bit_length 0, 33, -1
    @Test(
        "refusals of succinct roles",
        arguments: [
            ("bit_length", "0"), ("bit_length", "-1"), ("bit_length", "33"), ("bit_length", "64"),
            ("bit_length", "\"8\""), ("bit_length", "true"), ("bit_length", "null"),
            ("bit_length", "4294967304"), ("bit_length", nil), ("name_prefix", nil),
            ("name_prefix", "\"\""), ("name_prefix", "5"), ("threshold", "0"), ("threshold", nil),
            ("keyids", nil), ("keyids", #"["a","a"]"#),
            ("name_prefix", "\"\(String(repeating: "p", count: 181))\""),
            ("name_prefix", "\"\(String(repeating: "/", count: 61))\""),
        ])
    func succinctRefusals(member: String, text: String?) throws {
        let place = "delegations.succinct_roles.\(member)"
        let words = try Edit(place, text).refusal(of: Base.bins, decode)
        #expect(words?.hasPrefix("\(place): ") == true)
    }

    private func bins(_ bits: Int, prefix: String = "bin/s") throws -> Delegations {
        let text =
            #"{"keyids":["k1"],"threshold":1,"bit_length":\#(bits),"name_prefix":"\#(prefix)"}"#
        let value = try Edit("delegations.succinct_roles", text).apply(to: Base.bins)
        return try #require(try Targets(value).delegations)
    }

    /// TAP 15c: the first bits of the path's SHA-256
    @Test("the bin of a path, as python-tuf says, at every number of bits")
    func binVectors() throws {
        let rows = try delegationVectors("bins")
        #expect(rows.count > 100)
        for row in rows {
            let delegations = try bins(try #require(row[0].integer))
            let covering = delegations.roles(covering: try path(try #require(row[1].text)))
            #expect(covering.map(\.role.text) == [row[2].text], "\(row)")
            #expect(covering.first?.isTerminating == false)
        }
    }

    /// TAP 15b: all names of one width
    @Test("names of bins have one width, as python-tuf says")
    func widths() throws {
        for row in try delegationVectors("widths") {
            let bits = try #require(row[0].integer)
            guard case .succinct(let succinct) = try bins(bits).roles else {
                Issue.record("no bins")
                continue
            }
            #expect(succinct.count == 1 << bits)
            #expect(succinct.name(of: 0).text == row[1].text)
            #expect(succinct.name(of: succinct.count - 1).text == row[2].text)
        }
        #expect(try bins(3).all.map(\.role.text.string) == (0..<8).map { "bin/s-\($0)" })
    }

    @Test("only the bins' own names are those of bins, in their one spelling")
    func namesOfBins() throws {
        let (narrow, wide) = (try bins(3), try bins(10))
        #expect(narrow.delegation(to: RoleName("bin/s-7"))?.role == RoleName("bin/s-7"))
        for name in ["bin/s-8", "bin/s-07", "bin/s-", "bin/s", "bin/s-g", "in/s-1", "bin/s_1"] {
            #expect(narrow.delegation(to: RoleName(UTF8Text(name))) == nil, "\(name)")
        }
        #expect(wide.delegation(to: RoleName("bin/s-3ff"))?.role == RoleName("bin/s-3ff"))
        for name in ["bin/s-400", "bin/s-3FF", "bin/s-3f", "bin/s-03ff", "bin/s-+ff"] {
            #expect(wide.delegation(to: RoleName(UTF8Text(name))) == nil, "\(name)")
        }
    }

    @Test("the longest prefix of bins still gives file names", arguments: ["p", "/", "\u{E9}"])
    func longNames(_ character: String) throws {
        let length = character == "p" ? 180 : character == "/" ? 60 : 30
        let prefix = String(repeating: character, count: length)
        let role = try #require(
            try bins(32, prefix: prefix).roles(covering: try path("a")).first
        ).role
        #expect(role.fileName(version: 4_611_686_018_427_387_904).utf8.count <= 255)
        #expect(role.isFitForDelegation)
    }
}
