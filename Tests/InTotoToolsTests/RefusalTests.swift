// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools
import MetadataSigning
import Testing

@Suite("in-toto-verify refuses on purpose what python reads, runs or crashes on")
struct RefusalTests {
    @Test("a step whose name leads out of the folder", arguments: ["../a", "/tmp/a", "x/../../a"])
    func stepName(name: String) throws {
        let chain = try ChainFolder()
        let refusal = chain.refusal(try chain.signed(chain.layout([chain.step(name)])))
        #expect(refusal?.kind == .refused)
        #expect(refusal?.message.contains("must not lead out of the folder") == true)
    }

    @Test("an inspection whose name leads out of the folder, before it runs")
    func inspectionName() throws {
        let chain = try ChainFolder()
        let layout = chain.layout([], [chain.inspection("../x", ["touch", "made"])])
        #expect(chain.refusal(try chain.signed(layout))?.kind == .refused)
        #expect(access("\(chain.folder.path)/product/made", F_OK) != 0)
    }

    @Test("no inspection runs after the rule of an earlier one has failed")
    func order() throws {
        let chain = try ChainFolder()
        let layout = chain.layout(
            [],
            [
                chain.inspection("first", ["touch", "a"], products: [["DISALLOW", "a"]]),
                chain.inspection("second", ["touch", "b"]),
            ])
        let refusal = chain.refusal(try chain.signed(layout))
        #expect(refusal?.kind == .ruleVerificationError)
        #expect(access("\(chain.folder.path)/product/b", F_OK) != 0)
    }

    @Test("a threshold of 0 without a link, by the name of python's crash")
    func zero() throws {
        let chain = try ChainFolder()
        let layout = chain.layout([chain.step("s", threshold: 0)])
        #expect(chain.refusal(try chain.signed(layout))?.kind == .stopIteration)
    }

    @Test("sublayouts that go round through a link of the file system", .timeLimit(.minutes(1)))
    func cycle() throws {
        let chain = try ChainFolder()
        let layout = chain.layout([chain.step("s"), chain.step("t")])
        try chain.write(layout, "s")
        try chain.write(layout, "t")
        for step in ["s", "t"] {
            symlink(".", "\(chain.folder.path)/\(step).\(chain.id.prefix(8))")
        }
        let refusal = chain.refusal(try chain.signed(layout))
        #expect(refusal?.kind == .refused)
        #expect(refusal?.message.contains("sublayouts") == true)
    }

    @Test("a recording whose name leads out of the folder")
    func recordingName() throws {
        let chain = try ChainFolder()
        let programs = try Side.carnet.programs("\(chain.folder.path)/programs")
        let scenario = Scenario("in-toto-run -n ../a --signing-key key -x")
        try scenario.prepare(chain.folder.path, programs)
        let outcome = run(
            Scenario.words(of: scenario.lines[0]), in: "\(chain.folder.path)/work",
            path: programs, scratch: chain.folder.path)
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("(in-toto-run) Refused: "))
    }

    @Test("an RSA key of 1024 bits signs nothing")
    func smallKey() throws {
        let chain = try ChainFolder()
        let script = """
            openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key
            openssl pkey -in key -pubout -out key.pub
            """
        let outcome = run(
            ["sh", "-e", "-c", script], in: chain.folder.path, path: "/usr/bin",
            scratch: chain.folder.path)
        #expect(outcome.status == 0)
        let pem = try ToolFile.read("\(chain.folder.path)/key.pub")
        #expect(throws: ToolError.self) { try PublicPEM.key(pem) }
    }

    @Test("a hundred thousand signatures are no trouble", .timeLimit(.minutes(1)))
    func manySignatures() throws {
        let chain = try ChainFolder()
        let layout = chain.layout([])
        let good = try chain.signed(layout)
        let entry = #"{"keyid":"aa","sig":"bb"},"#
        let text = String(decoding: good, as: UTF8.self)
        let start = "\"signatures\":["
        let many = text.replacing(start, with: start + String(repeating: entry, count: 100_000))
        #expect(chain.refusal(Array(many.utf8)) == nil)
    }

    @Test("brackets without end are an error", arguments: ["[", "{\"a\":", "[1.5,"])
    func depth(bracket: String) throws {
        let chain = try ChainFolder()
        let bytes = Array(String(repeating: bracket, count: 200_000).utf8)
        #expect(chain.refusal(bytes)?.kind == .recursionError)
    }

    @Test("every part of a good file, cut off, is an error and never more than that")
    func truncation() throws {
        let chain = try ChainFolder()
        try chain.write(chain.link("s", products: ["é", "a\\b"]), "s")
        let layout = try chain.signed(
            chain.layout([chain.step("s", products: [["ALLOW", "*"], ["DISALLOW", "*"]])]))
        #expect(chain.refusal(layout) == nil)
        for count in 0..<layout.count {
            #expect(chain.refusal(Array(layout[..<count])) != nil)
        }
    }
}
