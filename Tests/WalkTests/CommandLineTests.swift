// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("The command line")
struct CommandLineTests {
    static let commands = [
        "", "init", "key", "key new", "key list", "key show", "layout", "layout new",
        "layout lint", "layout show", "layout sign", "layout add", "run", "record",
        "record start", "record stop", "release", "serve", "trust", "trust add", "trust list",
        "trust show", "trust mirrors", "trust map", "trust remove", "conformance",
        "conformance init", "conformance refresh", "conformance download", "get", "verify", "list",
        "limits", "bundle", "bundle make", "bundle verify",
    ]

    @Test("every command says what it is for", arguments: commands)
    func help(command: String) throws {
        let stage = try Stage()
        let words = command.split(separator: " ").map(String.init)
        let help = try stage.carnet(words + ["--help"])
        #expect(help.status == 0)
        #expect(help.errors.isEmpty, "\(help)")
        let overview = try needed(help.lines.first, "first line")
        #expect(overview.hasPrefix("OVERVIEW: "), "\(help)")
        #expect(overview.utf8.count > "OVERVIEW: ".utf8.count + 10, "\(help)")
        #expect(help.output.contains("USAGE: carnet"), "\(help)")
        #expect(try Files.tree(stage.folder).isEmpty)
    }

    @Test("the version is one line")
    func version() throws {
        let version = try Stage().carnet(["--version"])
        #expect(version.status == 0 && version.lines.count == 1, "\(version)")
    }

    @Test(
        "unknown commands, options and values",
        arguments: [
            ["frobnicate"], ["key", "forge"], ["get"], ["get", "demo/x", "--frobnicate"],
            ["get", "demo/x", "--jobs", "0"],
            ["get", "demo/x", "--as-of", "yesterday"], ["get", "x", "--root", "r"], ["release"],
            ["run", "--", "true"], ["layout", "sign"],
            ["key", "new", "a", "--type", "dsa"], ["serve", "--port", "many"],
            ["trust", "add", "demo"], ["list", "--jason"],
        ])
    func unknown(words: [String]) throws {
        try Stage().expectFailure(words)
    }

    @Test(
        "a passphrase is never taken from an argument",
        arguments: [
            ["key", "new", "a"], ["init", "repository", "--name", "demo"],
            ["run", "-n", "build", "--key", "a"], ["release", "file"],
            ["layout", "sign", "a.yaml", "--key", "a"], ["layout", "add", "a.yaml"],
        ])
    func passphraseArgument(words: [String]) throws {
        for option in [["--passphrase", "secret"], ["--passphrase=secret"]] {
            let outcome = try Stage().expectFailure(words + option, passphrase: nil)
            #expect(outcome.errors.contains("--passphrase"), "\(outcome)")
        }
    }

    @Test("a passphrase comes from a file descriptor, which goes before the environment")
    func passphraseDescriptor() throws {
        let stage = try Stage()
        try Files.write("bob has two boats\nand a second line", to: stage.path("secret"))
        try Files.write("", to: stage.path("empty"))
        let secret: [Int32: String] = [3: stage.path("secret")]
        let made = try stage.carnet(
            ["key", "new", "bob", "--passphrase-fd", "3"], passphrase: "of the environment",
            openFiles: secret)
        #expect(made.status == 0, "\(made)")
        let run = ["run", "-n", "build", "--key", "bob", "-x"]
        try stage.expectFailure(
            run, passphrase: "of the environment", saying: ["wrong passphrase"])
        try stage.expectFailure(
            run + ["--passphrase-fd", "3"], passphrase: "bob has two boats",
            openFiles: [3: stage.path("empty")], saying: ["passphrase"])
        try stage.expectFailure(
            run + ["--passphrase-fd", "9"], passphrase: "bob has two boats",
            saying: ["passphrase"])
        let signed = try stage.carnet(
            run + ["--passphrase-fd", "3"], passphrase: nil, openFiles: secret)
        #expect(signed.status == 0, "\(signed)")
    }
}
