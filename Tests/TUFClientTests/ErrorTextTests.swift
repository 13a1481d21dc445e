// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("The words of an error")
struct ErrorTextTests {
    private static let role = RoleName("a\u{1B}[2J")

    private static let cases: [(error: UpdateError, text: String)] = [
        (.noTrustedRoot, "root.json: no trusted root is there to begin with"),
        (
            .untrustedRoot(.malformed(.truncated)),
            "the root to trust is not valid: JSON ends too early"
        ),
        (.noMirror, "no address of the repository is known"),
        (
            .fetch(
                file: "a.json",
                FetchError(url: "https://x/a.json", reason: .timedOut(seconds: 30))),
            "a.json: not finished after 30 s, at https://x/a.json"
        ),
        (.missing(file: "1.a.json"), "1.a.json: not on the server"),
        (
            .notCached(role: .snapshot, version: 7),
            "snapshot.json: version 7 is not in the cache"
        ),
        (.notCached(role: .timestamp, version: nil), "timestamp.json: not in the cache"),
        (.malformed(file: "a.json", .truncated), "a.json: JSON ends too early"),
        (
            .duplicateSignature(file: "a.json", KeyID("x\n")),
            "a.json: signature of key \"x\\u{a}\" stands twice"
        ),
        (
            .wrongVersion(file: "a.json", found: 2, expected: 3),
            "a.json: version 2 found, version 3 expected"
        ),
        (
            .rollback(role: .timestamp, offered: 6, trusted: 7),
            "timestamp.json: version 6 offered, version 7 already trusted"
        ),
        (.vanished(role: RoleName("a")), "snapshot.json: a missing, it was listed before"),
        (
            .expired(role: .timestamp, since: .testTime),
            "timestamp.json: expired since 2030-03-17T17:46:40Z"
        ),
        (
            .wrongDigest(file: "a.json", found: "00", expected: "11"),
            "a.json: digest 00 found, 11 expected"
        ),
        (
            .wrongLength(file: "a.json", found: 6, expected: 5),
            "a.json: 6 bytes found, 5 expected"
        ),
        (.notInSnapshot(role: RoleName("a")), "a.json: not listed in the snapshot"),
        (.tooManyRoots(maximum: 256), "more than 256 new root versions on the server"),
        (.tooManyRoles(maximum: 32), "more than 32 roles to search"),
        (.revoked(role: RoleName("a")), "a.json: the role was ended by its own keys"),
        (
            .rotationMissing(file: "rotate/a.rotate.1"),
            "rotate/a.rotate.1: not listed in the snapshot, but its successor"
        ),
        (
            .rotationReplaced(file: "rotate/a.rotate.1"),
            "rotate/a.rotate.1: another rotation of keys than the one followed before"
        ),
        (
            .tooManyRotations(role: RoleName("a"), maximum: 32),
            "a.json: keys rotated more than 32 times"
        ),
        (
            .notResumable(file: "f", .rangeRefused("status 200")),
            "f: cannot be continued, the server gives no part of it: status 200"
        ),
        (.sinkRefused(file: "f"), "f: could not be written"),
        (.store(StoreError(path: "/x", reason: "No space left")), "/x: No space left"),
    ]

    @Test("one line: what, found, expected", arguments: cases)
    func text(_ error: UpdateError, _ text: String) {
        #expect("\(error)" == text)
    }

    @Test("one line of what to do about it", arguments: cases)
    func hint(_ error: UpdateError, _ text: String) {
        #expect(!error.hint.isEmpty && error.hint.utf8.count < 100)
        #expect(error.hint.utf8.last != UInt8(ascii: "."))
        #expect(!error.hint.utf8.contains(UInt8(ascii: "\n")))
    }

    @Test("what a repository chose is quoted: nothing of it reaches a terminal")
    func quoting() {
        for error in [
            UpdateError.vanished(role: ErrorTextTests.role),
            .notInSnapshot(role: ErrorTextTests.role), .revoked(role: ErrorTextTests.role),
            .notCached(role: ErrorTextTests.role, version: 1),
        ] {
            #expect(!"\(error)".utf8.contains(0x1B))
        }
    }

    /// The refusal of a timestamp that these signed, of `keys` with this threshold.
    private func words(
        _ keys: [TestKey], _ threshold: Int, signedBy signers: [TestKey]
    ) async throws -> String {
        var scene = Scene()
        scene.repository.keys[.timestamp] = keys
        scene.repository.thresholds[.timestamp] = threshold
        scene.repository.signers[.timestamp] = signers
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        return await scene.refusal().map { "\($0)" } ?? "none"
    }

    @Test("too few signatures: who signed, who has no say, and who did not sign")
    func signatures() async throws {
        let keys = ["a", "b", "c", "d", "e"].map { TestKey($0) }
        let ids = keys.map(\.id.prefix)
        let stranger = TestKey("mallory")
        #expect(
            try await words(Array(keys.prefix(3)), 2, signedBy: [keys[1], stranger])
                == "timestamp.json: signed by 1 of the 2 keys required by root (\(ids[1])); "
                + "\(stranger.id.prefix) has no say; \(ids[0]), \(ids[2]) did not sign")
        #expect(
            try await words(keys, 2, signedBy: [])
                == "timestamp.json: signed by 0 of the 2 keys required by root; "
                + "\(ids[0]), \(ids[1]), \(ids[2]) and 2 more did not sign")
    }

    @Test("a key under two ids is missing once")
    func oneKeyTwoIDs() async throws {
        let key = TestKey("a")
        let keys = [key, key.listed(as: KeyID("0123456789")), TestKey("b")]
        #expect(
            try await words(keys, 2, signedBy: [keys[1]])
                == "timestamp.json: signed by 1 of the 2 keys required by root (01234567); "
                + "\(keys[2].id.prefix) did not sign")
    }

    @Test("a mirror that failed is told with what comes next")
    func notice() {
        let notice = UpdateNotice.mirrorFailed(
            url: "https://a/", .missing(file: "timestamp.json"), next: nil)
        #expect(
            "\(notice)"
                == "mirror https://a/: timestamp.json: not on the server; no mirror is left")
    }

    @Test("a name and a password in an address are in no word about it")
    func credentials() {
        let url = "https://horst:geheim@a.test/x/"
        let error = UpdateError.fetch(
            file: "timestamp.json",
            FetchError(url: url + "timestamp.json", reason: .unreachable("no route to host")))
        for next in [nil, "https://horst:geheim@b.test/"] {
            let notice = UpdateNotice.mirrorFailed(url: url, error, next: next)
            #expect("\(notice)".hasPrefix("mirror https://a.test/x/: timestamp.json: "))
            #expect("\(notice)".contains("at https://a.test/x/timestamp.json; "))
            #expect(!"\(notice)".contains("horst") && !"\(notice)".contains("geheim"))
        }
    }
}
