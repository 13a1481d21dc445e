// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("Entries of large files: however they are written, the same rules")
struct EntryTests {
    private static let digest = Base.digest

    /// Entries that say the same as `{"length":5,"hashes":{"sha256":…}}`.
    static let good = [
        #"{"hashes":{"sha256":"\#(digest)"},"length":5}"#,
        #"{ "length" : 5 , "hashes" : { "sha256" : "\#(digest)" } }"#,
        #"{"\u006cength":5,"hashes":{"sha256":"\#(digest)"}}"#,
        #"{"length":5,"\u0068ashes":{"sha256":"\#(digest)"}}"#,
        #"{"length":5,"hashes":{"sha\u003256":"\#(digest)"}}"#,
        #"{"length":5,"hashes":{"sha256":"\u0061\#(digest.dropFirst())"}}"#,
        #"{"length":5,"hashes":{"md5":"x","sha256":"\#(digest)"}}"#,
        #"{"length":5,"hashes":{"sha256":"\#(digest)","zzz":"Ä"}}"#,
        #"{"length":5,"hashes":{"sha256":"\#(digest)"},"other":[{}]}"#,
        #"{"length":5,"hashes":{"sha256":"\#(digest)"},"custom":{}}"#,
        #"{"length":5,"hashes":{"sha256":"\#(digest)"},"Custom":5,"Length":-1,"":null}"#,
    ]

    /// Entries that are refused, and why.
    static let bad = [
        (#"{"length":-5,"hashes":{"sha256":"\#(digest)"}}"#, "length: -5 found"),
        (#"{"length":-0.0,"hashes":{"sha256":"\#(digest)"}}"#, "fraction"),
        (#"{"\u006cength":"5","hashes":{"sha256":"\#(digest)"}}"#, "length: \"5\" found"),
        (#"{"length":5,"hashes":{"sha256":"\#(digest)0"}}"#, "hashes.sha256: "),
        (#"{"length":5,"hashes":{"sha256":"A\#(digest.dropFirst())"}}"#, "hashes.sha256: "),
        (#"{"length":5,"hashes":{"sha\u003256":"Ab"}}"#, "hashes.sha256: \"Ab\" found"),
        (#"{"length":5,"hashes":{"sha256":"\#(digest)","x":""}}"#, "hashes.x: \"\" found"),
        (#"{"length":5,"hashes":{"sha256":"\#(digest)","x":5}}"#, "hashes.x: 5 found"),
        (#"{"length":5,"hashes":{"x":"\#(digest)"}}"#, "hashes: an object found"),
        (#"{"length":5,"hashes":[{"sha256":"\#(digest)"}]}"#, "hashes: an array found"),
        (#"{"length":5,"hashes":{"sha256":"\#(digest)"},"custom":[]}"#, "custom: an array"),
        (#"{"length":5,"hashes":{"sha256":"\#(digest)"},"\u0063ustom":0}"#, "custom: 0 found"),
        (#"{"hashes":{"sha256":"\#(digest)"}}"#, "length: missing"),
        (#"{"length":5}"#, "hashes: missing"), ("5", "5 found"),
    ]

    /// A document with this entry between two others.
    private func targets(_ entry: String, key: String = "b") throws -> Targets {
        let other = Self.good[0]
        let list = #"{"a":\#(other),"\#(key)":\#(entry),"c":\#(other)}"#
        let text = #"""
            {"_type":"targets","spec_version":"1.0.34","version":3,
            "expires":"2030-01-01T00:00:00Z","targets":\#(list)}
            """#
        return try Targets(try JSONDocument(Array(text.utf8)).root)
    }

    @Test("entries that are written in unusual ways are read", arguments: good)
    func unusual(entry: String) throws {
        let targets = try targets(entry)
        let file = try #require(targets.files[try path("b")])
        #expect(file.length == 5)
        #expect(file.hashes == [.sha256: Self.digest])
        #expect(targets.files.map(\.path.string) == ["a", "b", "c"])
        #expect(targets.files.paths.map(\.string) == ["a", "b", "c"])
    }

    @Test("an entry that is wrong makes the whole file wrong", arguments: bad)
    func wrong(entry: String, words: String) throws {
        for key in ["b", "\\u0062", "B/\u{E9}"] {
            do {
                _ = try targets(entry, key: key)
                Issue.record("\(entry) is taken")
            } catch let error as JSONError {
                #expect("\(error)".contains(words), "\(error)")
            }
        }
        // What nobody can ask for need not be right, but the JSON must be.
        if !words.hasPrefix("fraction") {
            for key in ["../b", "\\u002e./b", "b//c", "a\u{7F}"] {
                #expect(try targets(entry, key: key).files.map(\.path.string) == ["a", "c"])
            }
        }
    }

    @Test("each digit of each digest is looked at", arguments: DigestAlgorithm.allCases)
    func digits(algorithm: DigestAlgorithm) throws {
        let good = Array(String(repeating: "0f9a", count: algorithm.byteCount / 2).utf8)
        let entry = { (digest: [UInt8]) in
            let digest = String(decoding: digest, as: UTF8.self)
            return #"{"length":5,"hashes":{"\#(algorithm.rawValue)":"\#(digest)"}}"#
        }
        _ = try targets(entry(good))
        for place in good.indices {
            for byte in "/:`gGAF @".utf8 {
                var digest = good
                digest[place] = byte
                #expect(throws: JSONError.self) { try targets(entry(digest)) }
            }
        }
    }
}
