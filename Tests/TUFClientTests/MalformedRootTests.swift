// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 4.3: a root's keys and roles")
struct MalformedRootTests {
    private static let thresholds: [(JSON, String, String)] = [
        (0, "0", "an integer from 1 to 2147483648"),
        (-1, "-1", "an integer from 1 to 2147483648"),
        ("1", "\"1\"", "an integer"),
        (true, "true or false", "an integer"),
        (.null, "null", "an integer"),
        (.integer(1 << 31 + 1), "2147483649", "an integer from 1 to 2147483648"),
        (
            .integer(digits: "9223372036854775808"), "9223372036854775808",
            "an integer from 1 to 2147483648"
        ),
    ]

    /// TUF 1.0.34 §4.3h: a threshold is an integer above 0
    /// attack: go-tuf CVE-2026-23992: threshold 0, -1, "1", 2^63
    @Test(
        "a threshold is an integer from 1 on",
        arguments: [RoleName.root, .timestamp, .snapshot, .targets], thresholds)
    func threshold(
        _ role: RoleName, _ threshold: (value: JSON, words: String, expected: String)
    ) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.root) {
            $0.put(threshold.value, at: "roles", role.text, "threshold")
        }
        await scene.expectRefusal(
            .malformed(
                file: "2.root.json",
                .mismatch(
                    path: "signed.roles.\(role).threshold", found: threshold.words,
                    expected: threshold.expected)),
            asking: ["2.root.json"])
    }

    /// attack: go-tuf CVE-2026-23992: threshold 1.5
    @Test("half a signature is none: 1.5 is no JSON that is accepted here")
    func fractionOfThreshold() async throws {
        var scene = try await Scene.upToDate()
        let number = JSON.integer(digits: "1.5")
        scene.repository.publish(.root) { $0.put(number, at: "roles", "root", "threshold") }
        let text = String(decoding: scene.repository.bytes(of: .root), as: UTF8.self)
        let offset = try #require(text.utf8Offset(of: "1.5"))
        await scene.expectRefusal(
            .malformed(file: "2.root.json", .fraction(offset: offset)), asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §4.3e: root lists all four top-level roles
    @Test(
        "every top-level role is listed",
        arguments: [RoleName.root, .timestamp, .snapshot, .targets])
    func missingRole(_ role: RoleName) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.root) { $0.put(nil, at: "roles", role.text) }
        await scene.expectRefusal(
            .malformed(file: "2.root.json", .missing(path: "signed.roles.\(role)")),
            asking: ["2.root.json"])
    }

    /// TUF 1.0.34 §5.3.4c: no key id counts twice: a role lists each once
    @Test("a role lists each key id once")
    func keyIDTwice() async throws {
        var scene = try await Scene.upToDate()
        let key = TestKey("root")
        scene.repository.keys[.root] = [key, key]
        scene.repository.publish(.root)
        await scene.expectRefusal(
            .malformed(
                file: "2.root.json",
                .mismatch(
                    path: "signed.roles.root.keyids", found: "an array",
                    expected: "each key id once")),
            asking: ["2.root.json"])
    }

    /// attack: go-tuf #739: an ed25519 key of a wrong length
    /// TUF 1.0.34 §4.2.2c: a key that is not what its type says never counts
    @Test(
        "a key of a wrong length, type or scheme is kept and vouches for nothing",
        arguments: [("public", "00"), ("public", ""), ("scheme", "x"), ("keytype", "x")])
    func unusableKey(_ member: String, _ value: String) async throws {
        var scene = try await Scene.upToDate()
        let id = TestKey("targets").id
        scene.repository.publish(.root) {
            if member == "public" {
                $0.put(.text(value), at: "keys", id.text, "keyval", "public")
            } else {
                $0.put(.text(value), at: "keys", id.text, UTF8Text(member))
            }
        }
        scene.repository.publish(.targets)
        guard case .unsigned("targets.json", .root, let count, _) = await scene.refusal() else {
            Issue.record("a file that nobody signed is taken")
            return
        }
        #expect(count.accepted.isEmpty)
        #expect(count.rejected.map(\.reason) == [.unusableKey])
    }
}

extension String {
    /// Number of bytes before the only place where `text` stands.
    func utf8Offset(of text: String) -> Int? {
        let bytes = Array(utf8)
        let wanted = Array(text.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }
}
