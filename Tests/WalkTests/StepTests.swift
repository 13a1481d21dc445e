// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Steps: run and record")
struct StepTests {
    private let words = ["--key", "alice", "-m", "work/src"]

    @Test("a command's failure is the step's, and there is no link", arguments: [1, 7, 70, 255])
    func failing(status: Int32) throws {
        let stage = try Stage.withRelease()
        let before = try Files.tree(stage.folder)
        let run = try stage.carnet(
            ["run", "-n", "build"] + words + ["--", "sh", "-c", "exit \(status)"])
        #expect(run.status == status, "\(run)")
        #expect(run.output.isEmpty && run.errors.contains("no link was written"), "\(run)")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("a command that is not there, or none")
    func noCommand() throws {
        let stage = try Stage.withRelease()
        let run = ["run", "-n", "build"] + words
        try stage.expectFailure(run, saying: ["no command"])
        try stage.expectFailure(run + ["--", "./no-such-program"], saying: ["no-such-program"])
        try stage.expectFailure(run + ["-x", "--", "true"], saying: ["-x"])
        try stage.expectFailure(
            ["run", "-n", "../build"] + words + ["--", "true"], saying: ["step name"])
    }

    @Test("a link says what there was, what was run and what came of it, signed")
    func link() throws {
        let stage = try Stage.withRelease()
        try stage.succeed(
            ["run", "-n", "build"] + words + [
                "-p", "made.txt", "--", "cp", "fingerprint", "made.txt",
            ]
        )
        let name = try stage.linkName("build", "alice")
        let link = try SignedFile(try Files.read(stage.path(name)))
        let alice = try PublicKey(pem: try Files.read(stage.path("home/keys/alice.pub")))
        let authority = Authority([Authority.Entry([alice.keyID], alice)], threshold: 1)
        #expect(link.count(by: authority).isMet)
        let signed = link.signed.tree()
        #expect(signed["name"]?.text == "build")
        #expect(
            signed["command"]?.elements?.compactMap(\.text) == ["cp", "fingerprint", "made.txt"])
        #expect(signed["materials"]?.members?.map(\.key) == ["work/src/main.txt"])
        let digest = DigestAlgorithm.sha256.hexDigest(of: try Files.read(stage.path("made.txt")))
        #expect(signed["products"]?["made.txt"]?["sha256"]?.text == UTF8Text(digest))
    }

    @Test("the command does not see the passphrase, and cannot bring it into the link")
    func secretStays() throws {
        let stage = try Stage.withRelease()
        let run = ["run", "-n", "build", "--key", "alice", "--record-streams"]
        try stage.succeed(run + ["--", "env"])
        let link = try Files.text(stage.path(try stage.linkName("build", "alice")))
        #expect(link.contains("CARNET_HOME"))
        #expect(!link.contains("CARNET_PASSPHRASE") && !link.contains(Stage.passphrase), "\(link)")
        let parent = "tr '\\0' '\\n' </proc/$PPID/environ"
        try stage.succeed(run + ["--", "sh", "-c", parent])
        let second = try Files.text(stage.path(try stage.linkName("build", "alice")))
        #expect(second.contains("CARNET_HOME") && !second.contains(Stage.passphrase), "\(second)")
        try Files.write(Stage.passphrase, to: stage.path("secret"))
        let byDescriptor = try stage.carnet(
            run + ["--passphrase-fd", "3", "--", "sh", "-c", "cat /proc/self/fd/3 || echo closed"],
            passphrase: nil, openFiles: [3: stage.path("secret")])
        #expect(byDescriptor.status == 0, "\(byDescriptor)")
        #expect(byDescriptor.output == "closed\n", "\(byDescriptor)")
    }

    @Test("a path where there is nothing is an error, and no link is signed")
    func nothingThere() throws {
        let stage = try Stage.withRelease()
        let key = ["-n", "write", "--key", "alice"]
        try stage.expectFailure(
            ["run"] + key + ["-m", "wrok", "--", "touch", "ran"], saying: ["wrok", "nothing there"])
        #expect(!Files.exists(stage.path("ran")))
        try stage.expectFailure(
            ["run"] + key + ["-p", "dits", "-x"], saying: ["dits", "nothing there"])
        try stage.succeed(["record", "start"] + key + ["-m", "work/src"])
        try stage.expectFailure(
            ["record", "stop"] + key + ["-p", "dits"], saying: ["dits", "nothing there"])
        try stage.succeed(["record", "stop"] + key + ["-p", "work/src"])
    }

    @Test("record stop without start, and start twice")
    func recordOrder() throws {
        let stage = try Stage.withRelease()
        let stop = ["record", "stop", "-n", "build", "--key", "alice", "-p", "work/src"]
        let start = ["record", "start", "-n", "build"] + words
        try stage.expectFailure(stop, saying: ["expected an open recording"])
        try stage.succeed(start)
        try stage.expectFailure(start, saying: ["recording is open already"])
        try stage.expectFailure(
            ["record", "stop", "-n", "build", "--key", "bob", "-p", "work/src"],
            saying: ["another key"])
        try stage.succeed(stop)
        #expect(Files.exists(stage.path(try stage.linkName("build", "alice"))))
        try stage.expectFailure(stop, saying: ["expected an open recording"])
    }

    @Test("a recording that somebody changed is not signed")
    func tampered() throws {
        let stage = try Stage.withRelease()
        try stage.succeed(["record", "start", "-n", "build"] + words)
        let name = try needed(
            try Files.names(in: stage.folder).first { $0.hasPrefix(".build.") }, "recording")
        let text = try Files.text(stage.path(name))
        try Files.write(text.replacing("work/src", with: "work/scr"), to: stage.path(name))
        try stage.expectFailure(
            ["record", "stop", "-n", "build", "--key", "alice", "-p", "work/src"], saying: [name])
    }
}
