// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoRecording
import MetadataSigning
import Testing

@Suite("Recording a step that is one command")
struct StepRecordingTests {
    private let folder = TestFolder()

    init() {
        folder.write("src/a.c", "int a;")
        folder.makeFolder("out")
        folder.makeFolder("links")
    }

    private func recording(
        step: UTF8Text = "build", signer: (any Signer)? = nil,
        _ set: (inout StepRecording.Options) -> Void = { _ in }
    ) throws -> StepRecording {
        var options = StepRecording.Options()
        options.materials = ["src"]
        options.products = ["out"]
        options.artifacts.basePath = folder.path
        options.linkDirectory = "\(folder.path)/links"
        set(&options)
        return try StepRecording(step: step, signer: try signer ?? key(1), options: options)
    }

    @Test("the link holds materials, command, byproducts and products, and verifies")
    func link() throws {
        let command = ["cp", "\(folder.path)/src/a.c", "\(folder.path)/out/a.o"]
        let outcome = try recording().run(command)
        let key = try key(1).publicKey
        let name = "build.\(key.keyID.prefix).link"
        #expect(outcome.path == "\(folder.path)/links/\(name)")
        #expect(outcome.status == 0)
        #expect(folder.names(in: "links") == [name])
        let file = try #require(folder.read("links/\(name)"))
        let link = try verifiedLink(file, by: key)
        #expect(link.name == "build")
        #expect(link.materials.names == ["src/a.c"])
        #expect(link.products.names == ["out/a.o"])
        #expect(link.products[0].sha256 == sha256("int a;"))
        #expect(link.command == command.map { UTF8Text($0) })
        #expect(link.byproducts == ["return-value": 0, "stderr": "", "stdout": ""])
        #expect(link.environment == .object([]))
        #expect(link.deviation == nil)
        #expect(file.starts(with: "{\n \"signatures\": [\n".utf8))
    }

    @Test("files that the command changed have their new digests among the products")
    func changedProducts() throws {
        folder.write("src/b.c", "same")
        let recording = try recording {
            $0.products = ["src"]
            $0.artifacts.marginSeconds = -3600
        }
        let outcome = try recording.run(["sh", "-c", "printf new > '\(folder.path)/src/a.c'"])
        let link = try #require(outcome.link)
        #expect(link.materials["src/a.c"]?.sha256 == sha256("int a;"))
        #expect(link.products["src/a.c"]?.sha256 == sha256("new"))
        #expect(link.materials["src/b.c"] == link.products["src/b.c"])
    }

    @Test("a step without a command has no byproducts")
    func noCommand() throws {
        let outcome = try recording().run([])
        #expect(outcome.link?.command == [])
        #expect(outcome.link?.byproducts == .object([]))
    }

    @Test("streams go into the byproducts when asked for")
    func streams() throws {
        let outcome = try recording { $0.command.recordStreams = true }.run(
            ["sh", "-c", "echo out; echo err >&2"])
        let byproducts: JSON = ["return-value": 0, "stdout": "out\n", "stderr": "err\n"]
        #expect(outcome.link?.byproducts == byproducts)
    }

    @Test("a failed command gives its status and no link")
    func failed() throws {
        let outcome = try recording().run(["sh", "-c", "exit 4"])
        #expect(outcome.status == 4)
        #expect(outcome.link == nil)
        #expect(outcome.path == nil)
        #expect(folder.names(in: "links").isEmpty)
    }

    @Test("a failed command is recorded if asked for, as Python does")
    func failedAndRecorded() throws {
        let outcome = try recording { $0.writesLinkOnFailure = true }.run(
            ["sh", "-c", "kill -TERM $$"])
        #expect(outcome.status == 143)
        #expect(outcome.link?.byproducts["return-value"] == -15)
        #expect(folder.names(in: "links").count == 1)
    }

    @Test("links of two keys stand beside each other; a later one of a key replaces its first")
    func twoKeys() throws {
        for number: UInt8 in [1, 2, 1] {
            _ = try recording(signer: try key(number)).run(["true"])
        }
        let keys = try [key(1).publicKey, key(2).publicKey]
        let names = keys.map { "build.\($0.keyID.prefix).link" }
        #expect(Set(folder.names(in: "links")) == Set(names))
        for (name, key) in zip(names, keys) {
            _ = try verifiedLink(try #require(folder.read("links/\(name)")), by: key)
        }
    }

    @Test("paths that were passed over are told")
    func skipped() throws {
        let outcome = try recording { $0.materials = ["src", "gone"] }.run(["true"])
        #expect(outcome.skipped == [SkippedPath(path: "gone", reason: .missing)])
    }

    @Test(
        "a name that is not safe is refused before anything is done",
        arguments: ["", "a/b", "../x", ".hidden", "a b", "caf\u{E9}"])
    func unsafeName(_ name: String) throws {
        #expect(throws: RecordingError.stepName(UTF8Text(name))) {
            try recording(step: UTF8Text(name))
        }
    }

    @Test("without its folder the link is refused before the command runs")
    func missingFolder() throws {
        let path = "\(folder.path)/nowhere"
        #expect(throws: RecordingError.unreadable(path: path, SystemError(number: ENOENT))) {
            try recording { $0.linkDirectory = path }.run(
                ["touch", "\(folder.path)/out/ran"])
        }
        #expect(folder.names(in: "out").isEmpty)
    }

    @Test("nothing is left when the link cannot be signed or written, or the command not run")
    func nothingLeft() throws {
        let broken = BrokenSigner(publicKey: try key(1).publicKey)
        #expect(throws: RecordingError.signing(.openSSL("no token"))) {
            try recording(signer: broken).run(["true"])
        }
        #expect(throws: RecordingError.commandNotFound("no-such-command-here")) {
            try recording().run(["no-such-command-here"])
        }
        #expect(folder.names(in: "links").isEmpty)
        let name = "build.\(try key(1).publicKey.keyID.prefix).link"
        folder.makeFolder("links/\(name)")
        let path = "\(folder.path)/links/\(name)"
        #expect(throws: RecordingError.notWritten(path: path, SystemError(number: EISDIR))) {
            try recording().run(["true"])
        }
        #expect(folder.names(in: "links") == [name])
    }

    @Test("both key ids carry one signature, made once")
    func signedOnce() throws {
        let signer = CountingSigner(try key(3))
        _ = try recording(signer: signer).run(["true"])
        #expect(signer.count == 1)
    }
}
