// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Nothing at all is never verified")
struct NothingTests {
    @Test(
        "commands without a file, or with a pattern that no file fits",
        arguments: [
            (["get"], 2), (["verify"], 2), (["explain"], 2), (["release"], 2),
            (["get", "demo/none-*"], 2), (["get", ""], 2), (["verify", ""], 2),
            (["bundle", "make"], 2), (["bundle", "verify"], 2),
        ] as [([String], Int32)])
    func commands(arguments: [String], status: Int32) throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("empty"))
        let outcome = try stage.carnet(arguments, in: "empty", home: "user")
        #expect(outcome.status == status, "\(outcome)")
        #expect(!outcome.output.uppercased().contains("VERIFIED"), "\(outcome)")
        expectPlain(outcome)
        #expect(try Files.names(in: stage.path("empty")).isEmpty)
    }

    @Test("an empty file is no release, no bundle and no layout")
    func emptyFiles() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.write("", to: stage.path("empty/demo-1.1.txt"))
        for arguments in [
            ["verify"], ["bundle", "verify"], ["layout", "lint"], ["layout", "show"],
        ] {
            let outcome = try stage.carnet(
                arguments + ["demo-1.1.txt"], in: "empty", home: "user")
            #expect(outcome.status != 0, "\(outcome)")
            #expect(!outcome.output.uppercased().contains("VERIFIED"), "\(outcome)")
        }
    }
}
