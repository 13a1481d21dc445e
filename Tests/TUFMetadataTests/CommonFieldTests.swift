// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

/// Reads a document of each type and tells its version.
enum DocumentType: String, CaseIterable, Sendable {
    case root, timestamp, snapshot, targets

    var base: String {
        switch self {
        case .root: Base.root
        case .timestamp: Base.timestamp
        case .snapshot: Base.snapshot
        case .targets: Base.targets
        }
    }

    func version(_ value: JSONValue) throws(JSONError) -> Int {
        switch self {
        case .root: try Root(value).version
        case .timestamp: try Timestamp(value).version
        case .snapshot: try Snapshot(value).version
        case .targets: try Targets(value).version
        }
    }

    func expires(_ value: JSONValue) throws(JSONError) -> Instant {
        switch self {
        case .root: try Root(value).expires
        case .timestamp: try Timestamp(value).expires
        case .snapshot: try Snapshot(value).expires
        case .targets: try Targets(value).expires
        }
    }
}

@Suite("TUF 4.3: members of every document", .serialized)
struct CommonFieldTests {
    private func refusal(_ type: DocumentType, _ place: String, _ text: String?) throws -> String? {
        try Edit(place, text).refusal(of: type.base, type.version)
    }

    @Test("the small documents are right as they are", arguments: DocumentType.allCases)
    func unchanged(_ type: DocumentType) throws {
        let value = try JSONDocument(Array(type.base.utf8)).root
        #expect(try type.version(value) == 3)
        #expect(try type.expires(value).description == "2030-01-01T00:00:00Z")
    }

    /// TUF 1.0.34 §4.2.1c: _type is that of the role
    /// attack: go-tuf CVE-2026-23991: missing _type, ill-typed _type
    @Test("each document is read as its own type alone", arguments: DocumentType.allCases)
    func types(_ type: DocumentType) throws {
        for other in DocumentType.allCases where other != type {
            #expect(
                try refusal(type, "_type", "\"\(other)\"")
                    == "_type: \"\(other)\" found, \"\(type)\" expected")
        }
        for text in ["\"\(type.rawValue.uppercased())\"", "\"\(type) \"", "\"\"", "\"mirrors\""] {
            #expect(try refusal(type, "_type", text) != nil)
        }
        #expect(try refusal(type, "_type", "5") == "_type: 5 found, a string expected")
        #expect(try refusal(type, "_type", "null") == "_type: null found, a string expected")
        #expect(try refusal(type, "_type", nil) == "_type: missing")
    }

    /// TUF 1.0.34 §4.3b: a version is an integer above 0
    @Test("versions from 1 up", arguments: DocumentType.allCases)
    func versions(_ type: DocumentType) throws {
        for text in ["1", "2", "9007199254740993", "4611686018427387904"] {
            let value = try Edit("version", text).apply(to: type.base)
            #expect(try type.version(value) == Int(text))
        }
        for text in [
            "0", "-0", "-1", "true", "\"1\"", "null", "[1]", "{}", "4611686018427387905",
            "9223372036854775807", "9223372036854775808", "18446744073709551617",
            "-9223372036854775809",
        ] {
            let words = try refusal(type, "version", text)
            #expect(words?.hasPrefix("version: ") == true, "\(text)")
        }
        #expect(try refusal(type, "version", nil) == "version: missing")
    }

    @Test("a version with a fraction is no JSON here", arguments: DocumentType.allCases)
    func fractions(_ type: DocumentType) {
        for text in ["1.0", "1.5", "1e0", "3.0"] {
            let document = type.base.replacing(#""version":3"#, with: "\"version\":\(text)")
            #expect(throws: JSONError.self) { try JSONDocument(Array(document.utf8)) }
        }
    }

    /// TUF 1.0.34 §4.3a: any 1.x, nothing else
    @Test("specification versions 1.x and 1.x.y", arguments: DocumentType.allCases)
    func specVersions(_ type: DocumentType) throws {
        for text in ["1.0", "1.0.0", "1.0.34", "1.1", "1.99.7", "1.0.999999999"] {
            #expect(try refusal(type, "spec_version", "\"\(text)\"") == nil, "\(text)")
        }
        for text in [
            "", "1", "1.", ".1", "1..0", "1.0.", "1.0.0.0", "2.0.0", "0.9", "10.0", "01.0", "1.x",
            "1.0.0-rc1", "1.0.0+b", "v1.0", " 1.0", "1.0 ", "1,0", "-1.0", "1.-0", "1.+1",
            "1.0.\u{661}", "1.0000000000", "1.0\\u0000", "１.0",
        ] {
            let words = try refusal(type, "spec_version", "\"\(text)\"")
            #expect(words?.hasPrefix("spec_version: ") == true, "\(text)")
        }
        for text in ["1", "null", "[\"1.0\"]", "true"] {
            #expect(try refusal(type, "spec_version", text)?.hasSuffix("a string expected") == true)
        }
        #expect(try refusal(type, "spec_version", nil) == "spec_version: missing")
    }

    /// TUF 1.0.34 §4.2.3: one form of date, in UTC
    @Test("expiry as YYYY-MM-DDTHH:MM:SSZ", arguments: DocumentType.allCases)
    func expiry(_ type: DocumentType) throws {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z"] {
            let value = try Edit("expires", "\"\(text)\"").apply(to: type.base)
            #expect(try type.expires(value) == Instant(text))
        }
        for text in [
            "", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01T00:00:00+00:00",
            "2030-01-01T00:00:00.000Z", "2023-02-29T00:00:00Z", "2030-13-01T00:00:00Z",
            "2030-01-01T24:00:00Z", "2030-01-01 00:00:00Z", "0000-01-01T00:00:00Z", "never",
        ] {
            let words = try refusal(type, "expires", "\"\(text)\"")
            #expect(
                words == "expires: \"\(text)\" found, a date as in 2030-01-31T12:00:00Z expected")
        }
        for text in ["1893456000", "null", "{}"] {
            #expect(try refusal(type, "expires", text)?.hasSuffix("a string expected") == true)
        }
        #expect(try refusal(type, "expires", nil) == "expires: missing")
    }

    /// attack: go-tuf CVE-2026-23991, #749: null, arrays for objects
    @Test(
        "what is no object is no document",
        arguments: DocumentType.allCases, ["5", "null", "[]", "\"root\"", "true"])
    func noObject(type: DocumentType, text: String) throws {
        let value = try JSONDocument(Array(text.utf8)).root
        #expect(throws: JSONError.self) { try type.version(value) }
    }

    /// TUF 1.0.34 §4b: members that nobody knows stay
    @Test("unknown members stay, at every level")
    func unknownMembers() throws {
        let edits = [
            (DocumentType.root, "roles.root.x-note"), (.root, "keys.k1.x-owner"),
            (.root, "x-period"),
            (.timestamp, "meta.snapshot.json.x"), (.targets, "delegations.roles.0.x"),
        ]
        for (type, place) in edits where !place.contains(".json.") {
            let value = try Edit(place, #"{"deep":[1,{"é":null}]}"#).apply(to: type.base)
            _ = try type.version(value)
            let kept = String(decoding: value.canonicalBytes(), as: UTF8.self)
            #expect(kept.contains(#"{"deep":[1,{"é":null}]}"#))
        }
        let value = try Edit("x-period", "365").apply(to: Base.root)
        let root = try Root(value)
        #expect(root.value.tree()["x-period"]?.integer == 365)
        #expect(root.value.canonicalBytes() == value.canonicalBytes())
    }
}
