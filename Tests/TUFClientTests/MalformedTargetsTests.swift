// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 4.4 to 4.6: members of snapshot, timestamp and targets")
struct MalformedTargetsTests {
    let asked = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]

    private func expectRefusal(
        _ error: JSONError, of change: (inout JSON) -> Void,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.targets, signed: change)
        await scene.expectRefusal(
            .malformed(file: "targets.json", error), asking: asked,
            saving: [.timestamp, .snapshot], at: location)
    }

    private static let digest = String(repeating: "ab", count: 32)

    private static let badEntries: [(JSON, JSONError)] = [
        (5, .mismatch(path: "signed.targets.f", found: "5", expected: "an object")),
        (
            ["hashes": ["sha256": .text(digest)]], .missing(path: "signed.targets.f.length")
        ),
        (["length": 1], .missing(path: "signed.targets.f.hashes")),
        (
            ["length": -1, "hashes": ["sha256": .text(digest)]],
            .mismatch(
                path: "signed.targets.f.length", found: "-1",
                expected: "an integer from 0 to 4611686018427387904")
        ),
        (
            ["length": 1, "hashes": [:]],
            .mismatch(
                path: "signed.targets.f.hashes", found: "an object",
                expected: "a sha256, sha384 or sha512 digest")
        ),
        (
            ["length": 1, "hashes": ["md5": "00"]],
            .mismatch(
                path: "signed.targets.f.hashes", found: "an object",
                expected: "a sha256, sha384 or sha512 digest")
        ),
        (
            ["length": 1, "hashes": ["sha256": .text(digest.uppercased())]],
            .mismatch(
                path: "signed.targets.f.hashes.sha256", found: "\"\(digest.uppercased())\"",
                expected: "64 lower-case hexadecimal digits")
        ),
        (
            ["length": 1, "hashes": ["sha256": ""]],
            .mismatch(
                path: "signed.targets.f.hashes.sha256", found: "\"\"",
                expected: "64 lower-case hexadecimal digits")
        ),
        (
            ["length": 1, "hashes": ["sha256": .text(digest)], "custom": []],
            .mismatch(
                path: "signed.targets.f.custom", found: "an array", expected: "an object")
        ),
    ]

    /// TUF 1.0.34 §4.5a, 4.4d: a target has a length and hashes
    /// attack: go-tuf #721: empty hashes
    @Test("an entry of targets has a length and a digest", arguments: badEntries)
    func entry(_ entry: JSON, _ error: JSONError) async throws {
        try await expectRefusal(error) { $0.put(entry, at: "targets", "f") }
    }

    @Test("targets is an object", arguments: [[], 5, .null] as [JSON])
    func targets(_ value: JSON) async throws {
        let words = value == 5 ? "5" : value == .null ? "null" : "an array"
        try await expectRefusal(
            .mismatch(path: "signed.targets", found: words, expected: "an object")
        ) { $0.set("targets", value) }
    }

    private static let role: JSON = [
        "keyids": [], "name": "a", "paths": [], "terminating": false, "threshold": 1,
    ]

    private static func changed(_ change: (inout JSON) -> Void) -> JSON {
        var role = role
        change(&role)
        return ["keys": [:], "roles": [role]]
    }

    private static let badDelegations: [(JSON, JSONError)] = [
        ([], .mismatch(path: "", found: "an array", expected: "an object")),
        (["roles": []], .missing(path: ".keys")),
        (
            ["keys": [:]],
            .mismatch(path: "", found: "an object", expected: "either roles or succinct_roles")
        ),
        (
            ["keys": [:], "roles": [], "succinct_roles": [:]],
            .mismatch(path: "", found: "an object", expected: "either roles or succinct_roles")
        ),
        (
            ["keys": [:], "roles": [role, role]],
            .mismatch(path: ".roles[1]", found: "an object", expected: "each role once")
        ),
        (
            changed { $0.set("path_hash_prefixes", []) },
            .mismatch(
                path: ".roles[0]", found: "an object",
                expected: "either paths or path_hash_prefixes")
        ),
        (
            changed { $0.set("paths", nil) },
            .mismatch(
                path: ".roles[0]", found: "an object",
                expected: "either paths or path_hash_prefixes")
        ),
        (
            changed {
                $0.set("paths", nil)
                $0.set("path_hash_prefixes", ["aB"])
            },
            .mismatch(
                path: ".roles[0].path_hash_prefixes[0]", found: "\"aB\"",
                expected: "lower-case hexadecimal digits")
        ),
        (changed { $0.set("terminating", nil) }, .missing(path: ".roles[0].terminating")),
        (
            changed { $0.set("terminating", 1) },
            .mismatch(
                path: ".roles[0].terminating", found: "1", expected: "true or false")
        ),
        (
            changed { $0.set("threshold", 0) },
            .mismatch(
                path: ".roles[0].threshold", found: "0",
                expected: "an integer from 1 to 2147483648")
        ),
        (
            changed { $0.set("keyids", ["x", "x"]) },
            .mismatch(
                path: ".roles[0].keyids", found: "an array", expected: "each key id once")
        ),
    ]

    /// TUF 1.0.34 §4.5f, 4.5d, 4.5e: paths or path_hash_prefixes; a name once; terminating
    /// TAP 15e: succinct_roles and roles exclude one another
    @Test("delegations are named with patterns or prefixes, or are bins", arguments: badDelegations)
    func delegations(_ value: JSON, _ error: JSONError) async throws {
        let full: JSONError
        switch error {
        case .missing(let path): full = .missing(path: "signed.delegations\(path)")
        case .mismatch(let path, let found, let expected):
            full = .mismatch(
                path: "signed.delegations\(path)", found: found, expected: expected)
        default: full = error
        }
        try await expectRefusal(full) { $0.set("delegations", value) }
    }

    /// TAP 15a: bit_length is 1 to 32
    /// attack: go-tuf #716: bit_length 0, 33, -1
    @Test("TAP 15: bins go by 1 to 32 bits", arguments: [-1, 0, 33, 1 << 40])
    func bitLength(_ bits: Int) async throws {
        try await expectRefusal(
            .mismatch(
                path: "signed.delegations.succinct_roles.bit_length", found: "\(bits)",
                expected: "an integer from 1 to 32")
        ) { document in
            document.put([:], at: "delegations", "keys")
            document.put(
                [
                    "keyids": [], "threshold": 1, "bit_length": .integer(bits),
                    "name_prefix": "bin",
                ], at: "delegations", "succinct_roles")
        }
    }

    /// TUF 1.0.34 §4.4a, 4.6: snapshot lists targets, timestamp lists snapshot
    @Test("snapshot lists targets, and timestamp lists snapshot")
    func missingMeta() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot) { $0.put(nil, at: "meta", "targets.json") }
        await scene.expectRefusal(
            .malformed(file: "snapshot.json", .missing(path: "signed.meta.targets.json")),
            asking: Array(asked.prefix(3)), saving: [.timestamp])
        scene.repository.publish(.timestamp) { $0.put(nil, at: "meta", "snapshot.json") }
        await scene.expectRefusal(
            .malformed(file: "timestamp.json", .missing(path: "signed.meta.snapshot.json")),
            asking: Array(asked.prefix(2)))
    }

    /// TUF 1.0.34 §4.4d, 4.4e: an entry has a version above 0; hashes are digests
    @Test(
        "an entry of meta has a version from 1 on, and no bad length or digest",
        arguments: [
            [:], 5, ["version": 0], ["version": "1"], ["version": 1, "length": 0],
            ["version": 1, "hashes": [:]], ["version": 1, "hashes": ["sha256": "00"]],
        ] as [JSON])
    func meta(_ entry: JSON) async throws {
        for (role, name) in [(RoleName.snapshot, "targets.json"), (.timestamp, "snapshot.json")] {
            var scene = try await Scene.upToDate()
            scene.repository.publish(role) { $0.put(entry, at: "meta", UTF8Text(name)) }
            let trusted = scene.store[role]
            guard case .malformed(role.fileName(), _) = await scene.refusal() else {
                Issue.record("\(role) with such an entry is taken")
                continue
            }
            #expect(scene.store[role] == trusted)
            #expect(scene.requests().count == (role == .snapshot ? 3 : 2))
        }
    }
}
