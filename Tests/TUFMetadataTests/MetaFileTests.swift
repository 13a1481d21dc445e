// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 4.4 and 4.6: snapshot, timestamp and what they know of files")
struct MetaFileTests {
    private func snapshot(_ value: JSONValue) throws(JSONError) -> Snapshot { try Snapshot(value) }
    private func timestamp(_ value: JSONValue) throws(JSONError) -> Timestamp {
        try Timestamp(value)
    }

    /// A timestamp whose one entry is this.
    private func entry(_ text: String) throws -> (file: MetaFile?, refusal: String?) {
        let edit = Edit("meta", #"{"snapshot.json":\#(text)}"#)
        let refusal = try edit.refusal(of: Base.timestamp, timestamp)
        guard refusal == nil else { return (nil, refusal) }
        return (try Timestamp(try edit.apply(to: Base.timestamp)).snapshot, nil)
    }

    /// TUF 1.0.34 §4.4b, 4.4e: length and hashes may be missing, a version not
    @Test("an entry needs a version; length and digests may be left out")
    func optional() throws {
        #expect(try entry(#"{"version":1}"#).file?.length == nil)
        #expect(try entry(#"{"version":1}"#).file?.hashes.isEmpty == true)
        let full = try Timestamp(JSONDocument(Array(Base.timestamp.utf8)).root).snapshot
        #expect(full.version == 4)
        #expect(full.length == 99)
        #expect(full.hashes == [.sha256: Base.digest])
    }

    @Test(
        "refusals of an entry",
        arguments: [
            ("{}", "version: missing"), (#"{"version":0}"#, "version: 0 found"),
            (#"{"version":-1}"#, "version: -1 found"),
            (#"{"version":"1"}"#, "version: \"1\" found"),
            (#"{"version":true}"#, "version: true or false found"),
            (#"{"version":9223372036854775808}"#, "version: 9223372036854775808 found"),
            (#"{"version":1,"length":0}"#, "length: 0 found"),
            (#"{"version":1,"length":-5}"#, "length: -5 found"),
            (#"{"version":1,"length":"9"}"#, "length: \"9\" found"),
            (#"{"version":1,"length":null}"#, "length: null found"),
            (#"{"version":1,"length":9223372036854775807}"#, "length: 9223372036854775807 found"),
            (#"{"version":1,"hashes":{}}"#, "hashes: an object found"),
            (#"{"version":1,"hashes":null}"#, "hashes: null found"),
            (#"{"version":1,"hashes":[]}"#, "hashes: an array found"),
            (
                #"{"version":1,"hashes":{"md5":"d41d8cd98f00b204e9800998ecf8427e"}}"#,
                "hashes: an object found, a sha256, sha384 or sha512 digest expected"
            ),
            (#"{"version":1,"hashes":{"blake2b":""}}"#, "hashes.blake2b: \"\" found"),
            (#"{"version":1,"hashes":{"sha256":""}}"#, "hashes.sha256: \"\" found"),
            (#"{"version":1,"hashes":{"sha256":5}}"#, "hashes.sha256: 5 found, a string expected"),
        ])
    func refusals(text: String, words: String) throws {
        let refusal = try entry(text).refusal
        #expect(refusal?.hasPrefix("meta.\"snapshot.json\".\(words)") == true, "\(refusal ?? "")")
    }

    /// TUF 1.0.34 §4.4d: hashes are hexadecimal digits
    @Test("digests have the length of their algorithm, in lower case")
    func digests() throws {
        for algorithm in DigestAlgorithm.allCases {
            let good = String(repeating: "0f", count: algorithm.byteCount)
            let bad: [String] = [
                good.uppercased(), String(good.dropLast()), String(good.dropLast(2)), good + "00",
                "g\(good.dropFirst())", " \(good.dropFirst())", "\(good.dropLast())\u{661}",
                "0x\(good.dropFirst(2))", "0F\(good.dropFirst(2))",
            ]
            #expect(try entry(hashes(algorithm, good)).file?.hashes == [algorithm: good])
            for digest in bad {
                #expect(try entry(hashes(algorithm, digest)).refusal != nil, "\(digest)")
            }
        }
    }

    private func hashes(_ algorithm: DigestAlgorithm, _ digest: String) -> String {
        #"{"version":1,"hashes":{"\#(algorithm.rawValue)":"\#(digest)"}}"#
    }

    /// TUF 1.0.34 §4.4d: one or more hashes, by algorithm
    @Test("an unknown algorithm beside a known one is passed over")
    func unknownAlgorithm() throws {
        let text =
            #"{"version":1,"hashes":{"sha256":"\#(Base.digest)","SHA512":"x","sha3-256":"y"}}"#
        #expect(try entry(text).file?.hashes == [.sha256: Base.digest])
        let every = try entry(
            #"{"version":1,"hashes":{"sha512":"\#(Base.digest)\#(Base.digest)","#
                + #""sha256":"\#(Base.digest)"}}"#
        )
        #expect(every.file?.hashes.count == 2)
    }

    /// TUF 1.0.34 §4.6: it lists snapshot.json
    @Test(
        "refusals of a timestamp",
        arguments: [
            (Edit("meta", nil), "meta: missing"),
            (Edit("meta", "{}"), "meta.snapshot.json: missing"),
            (Edit("meta", "[]"), "meta: an array found, an object expected"),
            (Edit("meta", #"{"Snapshot.json":{"version":1}}"#), "meta.snapshot.json: missing"),
            (Edit("meta", #"{"snapshot":{"version":1}}"#), "meta.snapshot.json: missing"),
            (
                Edit("meta", #"{"snapshot.json":1}"#),
                "meta.\"snapshot.json\": 1 found, an object expected"
            ),
        ])
    func timestampRefusals(edit: Edit, words: String) throws {
        #expect(try edit.refusal(of: Base.timestamp, timestamp) == words)
    }

    /// TUF 1.0.34 §4.4a: it lists targets.json
    @Test(
        "refusals of a snapshot",
        arguments: [
            (Edit("meta", nil), "meta: missing"),
            (Edit("meta", "{}"), "meta.targets.json: missing"),
            (Edit("meta", "null"), "meta: null found, an object expected"),
            (Edit("meta", #"{"a.json":{"version":1}}"#), "meta.targets.json: missing"),
            (
                Edit("meta", #"{"targets.json":{"version":1},"b.json":{"version":0}}"#),
                "meta.\"b.json\".version: 0 found, "
                    + "an integer from 1 to 4611686018427387904 expected"
            ),
            (
                Edit("meta", #"{"targets.json":{"version":1},"b.json":null}"#),
                "meta.\"b.json\": null found, an object expected"
            ),
        ])
    func snapshotRefusals(edit: Edit, words: String) throws {
        #expect(try edit.refusal(of: Base.snapshot, snapshot) == words)
    }

    @Test("a snapshot is asked by role")
    func lookup() throws {
        let text =
            #"{"targets.json":{"version":5},"a/b.json":{"version":6},"#
            + #""é.json":{"version":7},"x":{"version":8}}"#
        let snapshot = try Snapshot(try Edit("meta", text).apply(to: Base.snapshot))
        #expect(snapshot[.targets]?.version == 5)
        #expect(snapshot[RoleName("a/b")]?.version == 6)
        #expect(snapshot[RoleName("\u{E9}")]?.version == 7)
        #expect(snapshot[RoleName("e\u{301}")] == nil)
        #expect(snapshot[RoleName("a%2Fb")] == nil)
        #expect(snapshot[RoleName("x")] == nil)
        #expect(
            snapshot.files.map(\.name).sorted() == ["a/b.json", "targets.json", "x", "\u{E9}.json"])
    }
}
