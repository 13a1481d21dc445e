// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools
import MetadataSigning
import Synchronization
import Testing

@Suite("in-toto-verify says of each case of the corpus what python's in-toto 3.1.0 says")
struct CorpusTests {
    /// Cases of which Carnet says something else, with the kind of its error, or `passes`.
    static let differing: [String: String] = [
        // OpenSSL 3.0 has no ML-DSA.
        "metablock layout, metablock link by mldsa44": "ThresholdVerificationError",
        "metablock layout, dsse link by mldsa44": "ThresholdVerificationError",
        "dsse layout, metablock link by mldsa44": "ThresholdVerificationError",
        "dsse layout, dsse link by mldsa44": "ThresholdVerificationError",
        // A name that leads out of its folder.
        "step named '../a'": "Refused",
        "step named '/a'": "Refused",
        // A name that a prefix and the rest do not make up again.
        #"match ["x//a"]; ["/a"]; MATCH * IN x WITH PRODUCTS FROM t ["1"] ["1"]"#: "Refused",
        #"match ["x/a\\b"]; ["a\\b"]; MATCH * IN x WITH PRODUCTS FROM t ["1"] ["1"]"#: "Refused",
        #"match ["x/a\\b", "x/a/b"]; ["a\\b"]; MATCH * IN x WITH PRODUCTS FROM t ["1", "1"] ["1"]"#:
            "Refused",
        // A signature under the other id of the very key.
        "signed under in-toto-golang's id": "passes",
    ]

    static let corpus = Result { try Corpus() }

    @Test(
        "verdict, kind of error, warnings and links left behind",
        arguments: try corpus.get().cases)
    func verdict(example: CorpusCase) throws {
        let outcome = try Verdict(of: example)
        let expected = Self.differing[example.name] ?? example.error ?? "passes"
        #expect(outcome.kind == expected, "\(example): \(outcome.message)")
        if outcome.kind == "passes", example.error == nil {
            #expect(outcome.made == example.made)
            #expect(outcome.warnings == example.warnings)
        }
    }

    @Test("the cases that differ are cases, and there are plenty of both verdicts")
    func size() throws {
        let cases = try Self.corpus.get().cases
        #expect(Set(Self.differing.keys).subtracting(cases.map(\.name)) == [])
        let passing = cases.count { $0.error == nil }
        #expect(passing > 400 && cases.count - passing > 800)
    }
}

/// What ``ToolVerifier`` does with a case.
private struct Verdict {
    var kind = "passes"
    var message = ""
    var made: [String: String] = [:]
    var warnings = 0

    init(of example: CorpusCase) throws {
        let folder = try TestFolder()
        for (name, bytes) in example.links { try folder.write(bytes, to: "links/\(name)") }
        let product = "\(folder.path)/product"
        mkdir(product, 0o755)
        for (name, bytes) in example.product { try folder.write(bytes, to: "product/\(name)") }
        for (name, target) in example.symbolicLinks { symlink(target, "\(product)/\(name)") }
        let counted = Mutex(0)
        do throws(ToolError) {
            try Verdict.verify(example, in: folder.path) { words in
                if words.hasPrefix("Run command '") { counted.withLock { $0 += 1 } }
            }
        } catch {
            kind = error.kind.rawValue
            message = error.message
        }
        warnings = counted.withLock { $0 }
        for name in example.made.keys {
            if let bytes = try? ToolFile.read("\(product)/\(name)") {
                made[name] = DigestAlgorithm.sha256.hexDigest(of: bytes)
            }
        }
    }

    private static func verify(
        _ example: CorpusCase, in folder: String, warning: @escaping @Sendable (String) -> Void
    ) throws(ToolError) {
        let now = Instant(seconds: time(nil))
        var options = ToolVerifier.Options(now: now)
        options.linkDirectory = "\(folder)/links"
        options.inspectionDirectory = "\(folder)/product"
        options.inspectionTimeoutSeconds = example.timeoutSeconds
        options.log = ToolLog { level, words in if level == .warning { warning(words) } }
        if let given = example.parameters {
            options.parameters = try FormatParameters(given.map { (name: $0.0, value: $0.1) })
        }
        let layout = try ToolDocument(example.layout, at: now)
        var keys: [ToolKey] = []
        if let json = example.openPGP { keys.append(ToolKey(openPGP: json)) }
        for key in example.keys { keys.append(ToolKey(try PublicPEM.key(key))) }
        try ToolVerifier(options).verify(layout, keys: keys)
    }
}
