// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoRecording
import MetadataSigning
import Testing

@Suite("Python in-toto 3.1.0 and ITE-4, envelopes, digests and the environment")
struct PythonFolderTests {
    private let python: Python
    private let folder = TestFolder()

    init() throws {
        python = try Python()
        for name in [
            "a.txt", "src/b.c", "src/deep/c.c", "src/old~", "caf\u{E9}", "cafe\u{301}",
            "two\nlines", "back\\slash", "Z", "a", "a-b", "a/b", ".hidden", "\u{1F600}",
        ] where name != "a" { folder.write("tree/\(name)", "content of \(name)\r\nmore\r") }
        folder.makeFolder("tree/nothing")
        folder.link("tree/alias", to: "src/b.c")
        folder.link("tree/linked-folder", to: "src/deep")
        folder.makeFolder("links")
    }

    @Test(
        "a folder as one artifact has Python's name and digest",
        arguments: [
            (["", "/src", "/nothing", "/linked-folder"], [], ["*~"], true),
            (["/", "//src/", "/./src"], [], ["*~"], true),
            ([""], ["/tmp/"], ["src/deep"], true), (["/src"], [], ["*.c"], false),
            ([""], [], ["linked-folder", "caf*"], false),
        ] as [([String], [String], [String], Bool)])
    func folders(
        paths: [String], strip: [String], exclude: [String], follow: Bool
    ) throws {
        let uris = paths.map { "dir:\(folder.path)/tree\($0)" } + ["file:tree/a.txt", "tree/src"]
        for normalizes in [false, true] {
            var options = ArtifactRecorder.Options()
            options.basePath = folder.path
            options.lstripPaths = strip
            options.exclude = exclude
            options.followSymlinkDirs = follow
            options.normalizeLineEndings = normalizes
            let ours = try ArtifactRecorder(options).record(uris).artifacts
            let script = """
                import json, sys
                from in_toto.runlib import record_artifacts_as_dict
                uris, strip, exclude, follow, normalize = json.loads(sys.argv[1])
                print(json.dumps(record_artifacts_as_dict(uris, exclude_patterns=exclude,
                    base_path=sys.argv[2], lstrip_paths=strip, follow_symlink_dirs=follow,
                    normalize_line_endings=normalize)))
                """
            let texts = [uris, strip, exclude].map { JSON.array($0.map { .text($0) }) }
            let given = JSON.array(texts + [.boolean(follow), .boolean(normalizes)])
            let theirs = try python.run(
                script, [String(decoding: given.compactBytes(), as: UTF8.self), folder.path],
                in: folder.path)
            #expect(ours == Artifacts(try pythonArtifacts(theirs)))
            #expect(ours.names.filter { $0.hasPrefix("dir:") }.count == paths.count)
        }
    }

    private func recording(
        _ set: (inout StepRecording.Options) -> Void = { _ in }
    ) throws -> StepRecording {
        var options = StepRecording.Options()
        options.artifacts.basePath = "\(folder.path)/tree"
        options.linkDirectory = "\(folder.path)/links"
        options.unfinishedDirectory = "\(folder.path)/links"
        options.materials = ["."]
        options.products = ["src"]
        set(&options)
        return try StepRecording(step: "build", signer: try key(7), options: options)
    }

    @Test("Python reads an envelope written here and verifies it under both key ids")
    func envelope() throws {
        let outcome = try recording {
            $0.container = .envelope
            $0.command.recordStreams = true
        }.run(["printf", "caf\u{E9}\\t\"quoted\"\\001\\n"])
        folder.write("key.pub", try #require(try key(7).publicKey.pem))
        let script = """
            import json, sys
            from in_toto.models.metadata import Envelope, Metadata
            from in_toto.models._signer import load_public_key_from_file
            metadata = Metadata.load(sys.argv[1])
            assert isinstance(metadata, Envelope)
            key = load_public_key_from_file(sys.argv[2])
            metadata.verify_signature(key)
            key["keyid"] = sys.argv[3]
            metadata.verify_signature(key)
            link = metadata.get_payload()
            assert link.byproducts["stdout"] == "caf\\u00e9\\t\\"quoted\\"\\x01\\n", link.byproducts
            print(json.dumps(link.materials))
            """
        let line = try python.run(
            script,
            [
                try #require(outcome.path), "\(folder.path)/key.pub",
                try key(7).publicKey.legacyKeyID.text.string,
            ], in: folder.path)
        let link = try #require(outcome.link)
        #expect(link.materials == Artifacts(try pythonArtifacts(line)))
        let signer = try key(7).publicKey
        let bytes = try #require(folder.read("links/build.\(signer.keyID.prefix).link"))
        #expect(try verifiedLink(bytes, by: signer).canonicalBytes() == link.canonicalBytes())
    }

    @Test("an envelope begun with start is finished by stop")
    func openEnvelope() throws {
        let recording = try recording { $0.container = .envelope }
        let first = try recording.start()
        let name = ".build.\(try key(7).publicKey.keyID.prefix).link-unfinished"
        #expect(first.path == "\(folder.path)/links/\(name)")
        let unfinished = try #require(folder.read("links/\(name)"))
        #expect(unfinished.starts(with: "{\"payload\":".utf8))
        let second = try recording.stop()
        #expect(second.link.materials == first.link.materials)
        #expect(folder.names(in: "links").count == 1)
    }

    @Test("Python reads more digests than it makes, and compares them all")
    func digests() throws {
        let outcome = try recording { $0.artifacts.digests = ArtifactDigest.allCases }.run([])
        let script = """
            import sys
            from in_toto import verifylib
            from in_toto.models.link import Link
            from in_toto.models.metadata import Metadata
            link = Metadata.load(sys.argv[1]).get_payload()
            other = Link(name="other", products=dict(link.materials))
            links = {"build": link, "other": other}
            match = [["MATCH", "*", "WITH", "PRODUCTS", "FROM", "other"], ["DISALLOW", "*"]]
            verifylib.verify_item_rules("build", "materials", match, links)
            name = sorted(other.products)[0]
            other.products[name] = {"sha256": other.products[name]["sha256"]}
            try:
                verifylib.verify_item_rules("build", "materials", match, links)
            except Exception as error:
                print(sorted(link.materials[name]), type(error).__name__)
            """
        let answer = try python.run(script, [try #require(outcome.path)], in: folder.path)
        #expect(
            answer
                == "['gitoid:blob:sha1', 'gitoid:blob:sha256', 'sha256', 'sha384', 'sha512'] "
                + "RuleVerificationError")
    }

    @Test("the signed part of a link is Python's, byte for byte")
    func sameBytes() throws {
        let outcome = try recording {
            $0.recordsEnvironment = true
            $0.command.recordStreams = true
        }.run(["sh", "-c", "echo out; echo err >&2"])
        let script = """
            import json, os, sys
            from in_toto.models.metadata import Metablock
            from in_toto.runlib import in_toto_run
            os.chdir(sys.argv[2])
            metadata = in_toto_run("build", ["."], ["src"], ["sh", "-c", "echo out; echo err >&2"],
                record_streams=True, base_path=sys.argv[1], record_environment=True)
            signed = metadata.signed if hasattr(metadata, "signed") else metadata.get_payload()
            open(sys.argv[1] + "/../signed", "wb").write(signed.signable_bytes)
            """
        _ = try python.run(
            script, ["\(folder.path)/tree", workingFolder], in: folder.path)
        let theirs = try #require(folder.read("signed"))
        #expect(outcome.link?.canonicalBytes() == theirs)
    }
}

/// The folder that the tests run in.
private var workingFolder: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
}
