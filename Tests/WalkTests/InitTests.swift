// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("init: asked at a terminal, or told by flags")
struct InitTests {
    @Test("at a terminal it asks, and an empty answer takes the proposal")
    func interactive() throws {
        let stage = try Stage.withRelease()
        let command = "'\(Carnet.path)' init asked"
        let outcome = try stage.run(
            [
                "sh", "-c",
                "printf 'chosen\\n\\nhttps://x.example/r\\n' | script -qec \"\(command)\" /dev/null",
            ], in: ".", home: "asked-home", passphrase: Stage.passphrase, openFiles: [:])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("[asked]"), "\(outcome)")
        #expect(outcome.output.contains("files    chosen/*/*"), "\(outcome)")
        #expect(
            outcome.output.contains("carnet trust add chosen https://x.example/r --fingerprint "),
            "\(outcome)")
        #expect(Files.exists(stage.path("asked/metadata/1.root.json")))
    }

    @Test("the online key may not hold an offline role as well")
    func onlineKey() throws {
        let stage = try Stage.withRelease()
        try stage.expectFailure(
            ["init", "second", "--name", "second", "--layouts", "alice", "--online", "alice"],
            saying: ["online key", "offline role"])
    }
}
