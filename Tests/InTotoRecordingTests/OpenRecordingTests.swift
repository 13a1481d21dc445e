// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoRecording
import MetadataSigning
import Testing

@Suite("Recording a step between start and stop")
struct OpenRecordingTests {
    private let folder = TestFolder()

    init() {
        folder.write("src/a.c", "int a;")
        folder.makeFolder("out")
        folder.makeFolder("links")
    }

    private func recording(
        step: UTF8Text = "build", key number: UInt8 = 1,
        _ set: (inout StepRecording.Options) -> Void = { _ in }
    ) throws -> StepRecording {
        var options = StepRecording.Options()
        options.materials = ["src"]
        options.products = ["out"]
        options.artifacts.basePath = folder.path
        options.unfinishedDirectory = folder.path
        options.linkDirectory = "\(folder.path)/links"
        set(&options)
        return try StepRecording(step: step, signer: try key(number), options: options)
    }

    private func unfinished(_ step: String = "build", key number: UInt8 = 1) throws -> String {
        ".\(step).\(try key(number).publicKey.keyID.prefix).link-unfinished"
    }

    @Test("start keeps the materials, stop adds the products and leaves the link alone")
    func startAndStop() throws {
        let started = try recording().start()
        #expect(started.path == "\(folder.path)/\(try unfinished())")
        let kept = try verifiedLink(
            try #require(folder.read(try unfinished())), by: try key(1).publicKey)
        #expect(kept.materials.names == ["src/a.c"])
        #expect(kept.products.isEmpty)
        folder.write("src/a.c", "changed later")
        folder.write("out/a.o", "object")
        let stopped = try recording().stop()
        let name = "build.\(try key(1).publicKey.keyID.prefix).link"
        #expect(stopped.path == "\(folder.path)/links/\(name)")
        #expect(folder.names() == ["links", "out", "src"])
        let link = try verifiedLink(
            try #require(folder.read("links/\(name)")), by: try key(1).publicKey)
        #expect(link.materials["src/a.c"]?.sha256 == sha256("int a;"))
        #expect(link.products["out/a.o"]?.sha256 == sha256("object"))
        #expect(link.command == [])
        #expect(link.byproducts == .object([]))
    }

    @Test("a second start is refused and leaves the first as it is")
    func alreadyStarted() throws {
        _ = try recording().start()
        let before = folder.read(try unfinished())
        folder.write("src/b.c")
        let path = "\(folder.path)/\(try unfinished())"
        #expect(throws: RecordingError.alreadyStarted(path: path)) {
            try recording().start()
        }
        #expect(folder.read(try unfinished()) == before)
        #expect(folder.names() == [try unfinished(), "links", "out", "src"])
    }

    @Test("another key and another step may be open at the same time")
    func several() throws {
        _ = try recording().start()
        _ = try recording(key: 2).start()
        _ = try recording(step: "test").start()
        for (step, number) in [("build", 1), ("build", 2), ("test", 1)] as [(UTF8Text, UInt8)] {
            _ = try recording(step: step, key: number).stop()
        }
        #expect(folder.names(in: "links").count == 3)
    }

    @Test("stop without start is refused")
    func notStarted() throws {
        _ = try recording(step: "build.sub").start()
        #expect(throws: RecordingError.notStarted(path: "\(folder.path)/\(try unfinished())")) {
            try recording().stop()
        }
        #expect(folder.names(in: "links").isEmpty)
    }

    @Test("stop with another key is refused, and names the key that started")
    func anotherKey() throws {
        _ = try recording(key: 2).start()
        let error = RecordingError.startedWithAnotherKey(
            found: "\(folder.path)/\(try unfinished(key: 2))",
            expected: "\(folder.path)/\(try unfinished())")
        #expect(throws: error) { try recording().stop() }
        #expect(folder.names() == [try unfinished(key: 2), "links", "out", "src"])
    }

    @Test("an unfinished link under another key's file name is refused")
    func renamed() throws {
        _ = try recording(key: 2).start()
        rename(
            "\(folder.path)/\(try unfinished(key: 2))", "\(folder.path)/\(try unfinished())")
        #expect { try recording().stop() } throws: { error in
            guard case .tampered(_, .threshold(let count)) = error as? RecordingError else {
                return false
            }
            return count.accepted.isEmpty
        }
    }

    @Test(
        "an unfinished link that was changed is refused, and no link is written",
        arguments: [
            ("\"src/a.c\"", "\"src/b.c\""), ("\"byproducts\": {}", "\"byproducts\": {\"a\": 1}"),
        ])
    func tampered(_ part: String, _ replacement: String) throws {
        _ = try recording().start()
        let text = String(decoding: try #require(folder.read(try unfinished())), as: UTF8.self)
        let range = try #require(text.firstRange(of: part))
        let changed = text[..<range.lowerBound] + replacement + text[range.upperBound...]
        folder.write(try unfinished(), String(changed))
        #expect { try recording().stop() } throws: { error in
            guard case .tampered(let path, .threshold) = error as? RecordingError else {
                return false
            }
            return path.utf8.elementsEqual("\(folder.path)/\((try? unfinished()) ?? "")".utf8)
        }
        #expect(folder.names(in: "links").isEmpty)
    }

    @Test("an unfinished link that is cut short is refused")
    func truncated() throws {
        _ = try recording().start()
        let bytes = try #require(folder.read(try unfinished()))
        folder.write(try unfinished(), bytes: Array(bytes.prefix(bytes.count / 2)))
        #expect { try recording().stop() } throws: { error in
            guard case .tampered(_, .malformed) = error as? RecordingError else { return false }
            return true
        }
    }

    @Test("an unfinished link of another step is refused")
    func anotherStep() throws {
        _ = try recording(step: "test").start()
        rename(
            "\(folder.path)/\(try unfinished("test"))", "\(folder.path)/\(try unfinished())")
        let error = RecordingError.anotherStep(
            path: "\(folder.path)/\(try unfinished())", found: "test", expected: "build")
        #expect(throws: error) { try recording().stop() }
    }

    @Test("an unfinished link that is a symbolic link is refused")
    func linked() throws {
        _ = try recording().start()
        rename("\(folder.path)/\(try unfinished())", "\(folder.path)/out/moved")
        folder.link(try unfinished(), to: "out/moved")
        let path = "\(folder.path)/\(try unfinished())"
        #expect(throws: RecordingError.unreadable(path: path, SystemError(number: ELOOP))) {
            try recording().stop()
        }
        #expect(throws: RecordingError.alreadyStarted(path: path)) {
            try recording().start()
        }
    }

    @Test("a stop that fails can be done again")
    func retried() throws {
        _ = try recording().start()
        folder.link("out/memory", to: "/proc/self/mem")
        #expect(throws: RecordingError.self) { try recording().stop() }
        #expect(folder.names(in: "links").isEmpty)
        unlink("\(folder.path)/out/memory")
        _ = try recording().stop()
        #expect(folder.names(in: "links").count == 1)
        #expect(folder.read(try unfinished()) == nil)
    }
}
