// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoRecording
import Testing

@Suite("Recording artifacts: the digests")
struct DigestTests {
    private let folder = TestFolder()
    private let all = ArtifactDigest.allCases

    @Test("SHA-256 alone unless more is asked for, and in any case")
    func standard() throws {
        folder.write("a", "content")
        let algorithms = { (digests: [ArtifactDigest]) in
            try recorder(folder) { $0.digests = digests }.record(["."]).artifacts[0]
                .digests.map(\.algorithm)
        }
        #expect(try recorder(folder).record(["."]).artifacts[0].digests.count == 1)
        #expect(try algorithms([]) == ["sha256"])
        #expect(try algorithms([.sha512, .sha512]) == ["sha256", "sha512"])
        #expect(
            try algorithms(all)
                == ["gitoid:blob:sha1", "gitoid:blob:sha256", "sha256", "sha384", "sha512"])
    }

    @Test("the names that git gives to files")
    func git() throws {
        folder.write("empty")
        folder.write("hello", "hello\n")
        let artifacts = try recorder(folder) { $0.digests = all }.record(["."]).artifacts
        func hex(_ name: UTF8Text, _ algorithm: UTF8Text) -> UTF8Text? {
            artifacts[name]?.digests.first { $0.algorithm == algorithm }?.hex
        }
        #expect(
            hex("empty", "gitoid:blob:sha1") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        #expect(
            hex("hello", "gitoid:blob:sha1") == "ce013625030ba8dba906f756967f9e9ca394464a")
        #expect(
            hex("empty", "gitoid:blob:sha256")
                == "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813")
    }

    @Test("Python's hashlib gives the same, at every length around a block")
    func hashlib() throws {
        for length in Array(0...130) + [4095, 4096, 262_143, 262_144, 262_145, 600_001] {
            folder.write("f\(length)", bytes: (0..<length).map { UInt8(truncatingIfNeeded: $0) })
        }
        let artifacts = try recorder(folder) { $0.digests = all }.record(["."]).artifacts
        let script = """
            import hashlib, json, os
            found = {}
            for name in os.listdir("."):
                data = open(name, "rb").read()
                blob = b"blob %d\\0" % len(data) + data
                found[name] = {
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "sha384": hashlib.sha384(data).hexdigest(),
                    "sha512": hashlib.sha512(data).hexdigest(),
                    "gitoid:blob:sha1": hashlib.sha1(blob).hexdigest(),
                    "gitoid:blob:sha256": hashlib.sha256(blob).hexdigest()}
            print(json.dumps(found))
            """
        let line = try Python().run(script, [], in: folder.path)
        #expect(artifacts == Artifacts(try pythonArtifacts(line)))
        #expect(artifacts.count == 137)
    }

    @Test("digests that are taken over are the whole set, and only for the same set")
    func known() throws {
        for index in 0..<200 { folder.write("f\(index)", "content \(index)") }
        let read = Maximum()
        func recorder(_ digests: [ArtifactDigest]) throws -> ArtifactRecorder {
            try InTotoRecordingTests.recorder(folder) { options in
                options.digests = digests
                options.marginSeconds = -3600
                options.onProgress = { read.take($0.bytes) }
            }
        }
        let first = try recorder(all).record(["."])
        let second = try recorder(all).record(["."], known: first.known)
        #expect(first.artifacts == second.artifacts)
        let other = try recorder([.sha512]).record(["."], known: first.known)
        #expect(try recorder([.sha512]).record(["."]).artifacts == other.artifacts)
        #expect(other.artifacts[0].digests.count == 2)
        #expect(try recorder(all).record(["."], keepingDigests: false).known.count == 0)
    }
}

/// Artifacts as Python prints them: digests by name, by name.
func pythonArtifacts(_ line: String) throws -> [Artifact] {
    var artifacts: [Artifact] = []
    for member in try JSONDocument(Array(line.utf8)).root.object() {
        var digests: [Artifact.Digest] = []
        for digest in try member.value.object() {
            digests.append(.init(algorithm: digest.key, hex: try digest.value.text()))
        }
        artifacts.append(Artifact(name: member.key, digests: digests))
    }
    return artifacts
}
