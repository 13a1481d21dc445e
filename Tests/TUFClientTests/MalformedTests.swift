// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// Where the file of a role is met in a refresh, and what is asked for until then.
private struct Place: Sendable, CustomTestStringConvertible {
    let role: RoleName
    let file: String
    let asked: [String]
    let saved: [RoleName]

    var testDescription: String { role.description }

    static let all = [
        Place(role: .root, file: "2.root.json", asked: ["2.root.json"], saved: []),
        Place(
            role: .timestamp, file: "timestamp.json", asked: ["2.root.json", "timestamp.json"],
            saved: []),
        Place(
            role: .snapshot, file: "snapshot.json",
            asked: ["2.root.json", "timestamp.json", "2.snapshot.json"], saved: [.timestamp]),
        Place(
            role: .targets, file: "targets.json",
            asked: ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"],
            saved: [.timestamp, .snapshot]),
    ]
}

@Suite("TUF 4.2: metadata that is none")
struct MalformedTests {
    private static let junk: [(text: String, error: JSONError)] = [
        ("", .truncated),
        ("null", .mismatch(path: "document", found: "null", expected: "an object")),
        ("[]", .mismatch(path: "document", found: "an array", expected: "an object")),
        ("5", .mismatch(path: "document", found: "5", expected: "an object")),
        ("{}", .missing(path: "signed")),
        (
            #"{"signed":5}"#,
            .mismatch(path: "signed", found: "5", expected: "an object")
        ),
        (
            #"{"signed":null,"signatures":[]}"#,
            .mismatch(path: "signed", found: "null", expected: "an object")
        ),
        (
            #"{"signed":[],"signatures":[]}"#,
            .mismatch(path: "signed", found: "an array", expected: "an object")
        ),
        (#"{"signed":{}}"#, .missing(path: "signatures")),
        (
            #"{"signed":{},"signatures":{}}"#,
            .mismatch(path: "signatures", found: "an object", expected: "an array")
        ),
        (
            #"{"signed":{},"signatures":[null]}"#,
            .mismatch(path: "signatures[0]", found: "null", expected: "an object")
        ),
        (
            #"{"signed":{},"signatures":[{"keyid":1,"sig":"00"}]}"#,
            .mismatch(path: "signatures[0].keyid", found: "1", expected: "a string")
        ),
        (#"{"signed":{},"signatures":[{"keyid":""}]}"#, .missing(path: "signatures[0].sig")),
        (#"{"signed":{},"signed":{}}"#, .duplicateKey("signed", offset: 13)),
        (#"{"signed":{"version":1.0}}"#, .fraction(offset: 21)),
        ("\u{FEFF}{}", .byteOrderMark),
        ("{}{}", .trailingData(offset: 2)),
        (String(repeating: "[", count: 400), .tooDeep(maximum: 64, offset: 64)),
        ("<!DOCTYPE html>", .unexpected(byte: UInt8(ascii: "<"), offset: 0)),
        (#"{"a":"\ud800"}"#, .loneSurrogate(offset: 6)),
        ("{\"signed\":NaN}", .unexpected(byte: UInt8(ascii: "N"), offset: 10)),
    ]

    /// attack: go-tuf CVE-2026-23991, #749: null, arrays for objects, {"signed":5}
    /// TUF 1.0.34 §4.1: what is no JSON, or could be read in two ways, is refused
    @Test("junk in place of any role's file is refused", arguments: Place.all, junk)
    private func notMetadata(_ place: Place, _ junk: (text: String, error: JSONError)) async throws
    {
        var scene = try await Scene.upToDate()
        scene.repository.publish(place.role, bytes: { _ in Array(junk.text.utf8) })
        if place.role == .snapshot || place.role == .targets, junk.text.isEmpty {
            // A length of 0 is refused in the file that gives it.
            await #expect(throws: UpdateError.self) { try await scene.refresh() }
            return
        }
        await scene.expectRefusal(
            .malformed(file: place.file, junk.error), asking: place.asked, saving: place.saved)
    }

    /// TUF 1.0.34 §4.2.1c: _type is that of the role
    /// attack: go-tuf CVE-2026-23991: ill-typed _type
    @Test("the type must be the role's", arguments: Place.all, ["mirrors", "Root", ""])
    private func wrongType(_ place: Place, _ type: String) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(place.role) { $0.set("_type", .text(type)) }
        await scene.expectRefusal(
            .malformed(
                file: place.file,
                .mismatch(
                    path: "signed._type", found: "\"\(type)\"",
                    expected: "\"\(place.role.text)\"")),
            asking: place.asked, saving: place.saved)
    }

    /// attack: go-tuf CVE-2026-23991: missing _type
    /// TUF 1.0.34 §4.2.1c: _type is there
    @Test(
        "no member may be missing", arguments: Place.all,
        ["_type", "spec_version", "version", "expires"] as [UTF8Text])
    private func missingMember(_ place: Place, _ name: UTF8Text) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(place.role) { $0.set(name, nil) }
        await scene.expectRefusal(
            .malformed(file: place.file, .missing(path: "signed.\(name)")), asking: place.asked,
            saving: place.saved)
    }

    private static let versions: [(JSON, String)] = [
        (0, "0"), (-1, "-1"), ("1", "\"1\""), (true, "true or false"), (.null, "null"),
        (.integer(digits: "9223372036854775808"), "9223372036854775808"),
        (.integer(1 << 62 + 1), "4611686018427387905"),
    ]

    /// TUF 1.0.34 §4.3b: a version is an integer above 0
    @Test("a version is an integer from 1 on", arguments: Place.all, versions)
    private func version(_ place: Place, _ version: (value: JSON, words: String)) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(place.role) { $0.set("version", version.value) }
        let isInteger = version.value.integer != nil || version.words.count > 18
        await scene.expectRefusal(
            .malformed(
                file: place.file,
                .mismatch(
                    path: "signed.version", found: version.words,
                    expected: isInteger
                        ? "an integer from 1 to 4611686018427387904" : "an integer")),
            asking: place.asked, saving: place.saved)
    }

    /// TUF 1.0.34 §4.2.3: a date is YYYY-MM-DDTHH:MM:SSZ
    @Test(
        "an expiry is a date in UTC that exists", arguments: Place.all,
        ["2030-02-30T00:00:00Z", "2030-01-01", "2030-01-01T00:00:00+00:00", ""])
    private func expires(_ place: Place, _ expires: String) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(place.role) { $0.set("expires", .text(expires)) }
        await scene.expectRefusal(
            .malformed(
                file: place.file,
                .mismatch(
                    path: "signed.expires", found: "\"\(expires)\"",
                    expected: "a date as in 2030-01-31T12:00:00Z")),
            asking: place.asked, saving: place.saved)
    }

    /// TUF 1.0.34 §4.3a: another major version of the specification is refused
    @Test(
        "other major versions of the specification are refused", arguments: Place.all,
        ["2.0.0", "0.9", "1", "1.", "1.0.0.0", "1.x", "10.0"])
    private func specVersion(_ place: Place, _ version: String) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(place.role) { $0.set("spec_version", .text(version)) }
        await scene.expectRefusal(
            .malformed(
                file: place.file,
                .mismatch(
                    path: "signed.spec_version", found: "\"\(version)\"",
                    expected: "a specification version 1.x")),
            asking: place.asked, saving: place.saved)
    }
}
