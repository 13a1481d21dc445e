// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 4.5: which paths a delegation covers")
struct ScopeTests {
    /// Whether a client asks a role with this delegation for the path.
    private func covers(_ delegation: SimulatedDelegation, _ path: UTF8Text) async throws -> Bool {
        var scene = Scene()
        scene.repository.delegate(delegation)
        scene.repository.add(path, "x", in: delegation.role)
        scene.repository.publishAll()
        let (target, asked) = try await scene.find(path)
        #expect(asked.isEmpty == (target == nil))
        return target != nil
    }

    /// TUF 1.0.34 §4.5i: patterns are shell-style, matched segment by segment
    @Test(
        "a pattern covers these",
        arguments: [
            ("*", "README.md"), ("*.md", "README.md"), ("README.??", "README.md"),
            ("docs/*", "docs/a"), ("*/*", "docs/a"), ("docs/[ab]", "docs/a"),
            ("docs/[!ab]", "docs/c"), ("d*s/?", "docs/a"), ("é*", "éa"), ("?", "é"),
            ("docs/*", "docs/*"), ("[", "["),
        ] as [(UTF8Text, UTF8Text)])
    func matching(_ pattern: UTF8Text, _ path: UTF8Text) async throws {
        #expect(try await covers(SimulatedDelegation("a", [pattern]), path))
    }

    /// TUF 1.0.34 §4.5j: a star or question mark does not match a slash
    /// attack: python-tuf GHSA-qp9x: README.MD against a pattern of small letters
    @Test(
        "and not these: no slash for a star, no other case, no other spelling of a letter",
        arguments: [
            ("*", "docs/a"), ("docs/*", "docs/a/b"), ("docs?a", "docs/a"), ("*/*", "docs"),
            ("README.md", "README.MD"), ("readme.*", "README.md"), ("docs/*", "Docs/a"),
            ("docs[/]a", "docs/a"), ("\u{E9}", "e\u{301}"), ("docs/", "docs/a"), ("", "a"),
            ("/docs/*", "docs/a"), ("docs//*", "docs/a"), ("docs", "docs/a"),
        ] as [(UTF8Text, UTF8Text)])
    func notMatching(_ pattern: UTF8Text, _ path: UTF8Text) async throws {
        #expect(try await !covers(SimulatedDelegation("a", [pattern]), path))
    }

    /// attack: python-tuf GHSA-qp9x: a backslash in a path
    @Test("a path with a backslash cannot be asked for")
    func backslash() { #expect(TargetPath("a\\b") == nil) }

    @Test("any pattern of several will do")
    func severalPatterns() async throws {
        #expect(try await covers(SimulatedDelegation("a", ["x", "y/*", "f*"]), "file"))
        #expect(try await !covers(SimulatedDelegation("a", []), "file"))
    }

    /// TUF 1.0.34 §4.5g: path_hash_prefixes go by the SHA-256 of the path
    @Test("hash prefixes go by the SHA-256 of the path")
    func hashPrefixes() async throws {
        let digest = DigestAlgorithm.sha256.hexDigest(of: Array("a/file".utf8))
        for length in [0, 1, 2, 5, 64] {
            let prefixes = [UTF8Text(String(digest.prefix(length)))]
            #expect(
                try await covers(
                    SimulatedDelegation("a", hashPrefixes: prefixes), "a/file"))
        }
        let first = try #require(digest.first)
        let others = "0123456789abcdef".filter { $0 != first }.map { UTF8Text(String($0)) }
        #expect(
            try await !covers(SimulatedDelegation("a", hashPrefixes: others), "a/file"))
    }

    /// TAP 15c: the first bits of a path's SHA-256 choose its bin
    @Test("TAP 15: a bin holds the paths whose hashes begin with its number", arguments: [1, 4, 5])
    func bins(_ bitLength: Int) async throws {
        var scene = Scene()
        let bins = SimulatedBins(prefix: "bin", bitLength: bitLength)
        scene.repository.delegate(bins)
        var expected: [UTF8Text: RoleName] = [:]
        for index in 0..<20 {
            let path = UTF8Text("dir/file \(index)")
            let first = DigestAlgorithm.sha256.digest(of: Array(path.utf8))[0]
            let bin = bins.names[Int(first) >> (8 - bitLength)]
            expected[path] = bin
            scene.repository.add(path, "x", in: bin)
        }
        scene.repository.publishAll()
        let search = try await scene.search()
        for (path, bin) in expected {
            let target = try await search.find(try #require(TargetPath(path)))
            #expect(target?.chain == [.targets, bin])
        }
        #expect(try await search.all().count == 20)
    }

    /// TAP 15b: the names of bins are zero-padded hexadecimal
    @Test(
        "TAP 15: numbers of bins have the width of the last one",
        arguments: [
            (1, ["bin-0", "bin-1"]), (3, ["bin-0", "bin-7"]), (4, ["bin-0", "bin-f"]),
            (5, ["bin-00", "bin-1f"]), (8, ["bin-00", "bin-ff"]), (9, ["bin-000", "bin-1ff"]),
            (32, ["bin-00000000", "bin-ffffffff"]),
        ])
    func binNames(_ bitLength: Int, _ ends: [String]) async throws {
        var scene = Scene()
        scene.repository.publish(.targets) { document in
            document.put([:], at: "delegations", "keys")
            document.put(
                [
                    "keyids": [], "threshold": 1, "bit_length": .integer(bitLength),
                    "name_prefix": "bin",
                ], at: "delegations", "succinct_roles")
        }
        let delegations = try await scene.refresh().targets.document.delegations
        guard case .succinct(let bins)? = delegations?.roles else {
            Issue.record("no bins")
            return
        }
        #expect([bins.name(of: 0), bins.name(of: bins.count - 1)].map(\.text.string) == ends)
    }

    /// TAP 15d: all bins exist
    /// TUF 1.0.34 §4.4a: a role that the snapshot does not list is not to be had
    @Test("TAP 15: a bin that the snapshot does not list is an error, for all bins exist")
    func missingBin() async throws {
        var scene = Scene()
        let bins = SimulatedBins(prefix: "bin", bitLength: 1)
        scene.repository.delegate(bins)
        scene.repository.publishAll()
        scene.repository.publish(.snapshot) { document in
            for bin in bins.names { document.put(nil, at: "meta", bin.metaName) }
        }
        let first = DigestAlgorithm.sha256.digest(of: Array("file".utf8))[0]
        try await scene.expectRefusal(
            .notInSnapshot(role: bins.names[Int(first) >> 7]), searching: "file", asking: [])
    }
}
