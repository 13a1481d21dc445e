// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// An agent of a test's own; ended with its last reference.
private final class Agent {
    let socket: String
    private let process: pid_t

    init(_ stage: Stage) throws {
        socket = stage.path("agent")
        let words = try stage.run(["ssh-agent", "-s", "-a", socket]).output
        // Its last words are `echo Agent pid 123;`.
        let digits = words.split { !$0.isNumber }.last ?? ""
        guard let process = pid_t(digits), process > 1 else { throw SystemFailure("ssh-agent") }
        self.process = process
    }

    deinit { kill(process, SIGKILL) }
}

@Suite("Keys that are elsewhere: in an agent, on a token, behind a program")
struct KeyPlacesTests {
    private let stage: Stage

    init() throws { stage = try Stage() }

    private func carnet(_ variables: [String], _ words: String...) throws -> Outcome {
        try stage.run(["env"] + variables + [Carnet.path] + words)
    }

    /// Makes a repository whose root is held by the key `elsewhere`, and changes it.
    private func expectCeremony(_ variables: [String]) throws {
        let made = try carnet(
            variables, "init", "repository", "--name", "demo", "--root", "elsewhere", "--yes")
        #expect(made.status == 0, "\(made)")
        let changed = try carnet(
            variables, "role", "expire", "root", "--days", "200", "--yes", "--repository",
            "repository")
        #expect(changed.output.contains("published in repository: root version 2"), "\(changed)")
        #expect(try !Files.names(in: stage.path("home/keys")).contains("elsewhere.pem"))
        let sound = try carnet(variables, "key", "doctor", "elsewhere", "--sign")
        #expect(sound.output == "elsewhere: sound\n" && sound.status == 0, "\(sound)")
    }

    @Test("a key in an agent holds root; without the agent doctor says what is missing")
    func agent() throws {
        let agent = try Agent(stage)
        let variables = ["SSH_AUTH_SOCK=\(agent.socket)"]
        for words in [
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "of the test", "-f", "k"],
            ["env"] + variables + ["ssh-add", "-q", "k"],
        ] {
            let outcome = try stage.run(words)
            #expect(outcome.status == 0, "\(outcome)")
        }
        let line = try stage.run(["ssh-keygen", "-l", "-E", "sha256", "-f", "k"]).output
        let uri = "ssh-agent:\(line.split(separator: " ")[1])"
        let made = try carnet(variables, "key", "new", "elsewhere", "--at", uri)
        #expect(made.output.contains("  private  \(uri)"), "\(made)")
        try expectCeremony(variables)
        let all = try carnet(variables, "key", "doctor")
        #expect(all.output.contains("ssh-agent: 1 key\n  \(uri)  ssh-ed25519, \"of the test\""))
        let alone = try carnet(["SSH_AUTH_SOCK=\(stage.path("none"))"], "key", "doctor")
        #expect(alone.status == 1 && alone.output.contains("elsewhere: "), "\(alone)")
        #expect(!alone.output.contains("elsewhere: sound"), "\(alone)")
    }

    @Test("a key made on a token never leaves it; a wrong PIN is said with what is left")
    func token() throws {
        try Files.makeFolder(stage.path("tokens"))
        try Files.write(
            "directories.tokendir = \(stage.path("tokens"))\nobjectstore.backend = file\n"
                + "log.level = ERROR\n", to: stage.path("softhsm2.conf"))
        let configured = "SOFTHSM2_CONF=\(stage.path("softhsm2.conf"))"
        let token = try stage.run(
            ["env", configured]
                + ["softhsm2-util", "--init-token", "--free", "--label", "release"]
                + ["--so-pin", "87654321", "--pin", "648219"])
        #expect(token.status == 0, "\(token)")
        let variables = [configured, "CARNET_PIN=648219"]
        let uri = "pkcs11:token=release?module-path=/usr/lib/softhsm/libsofthsm2.so"
        let made = try carnet(
            variables, "key", "new", "elsewhere", "--on", uri, "--type", "ecdsa-p256")
        #expect(made.status == 0, "\(made)")
        #expect(try !Files.names(in: stage.path("home/keys")).contains("elsewhere.pem"))
        try expectCeremony(variables)
        let all = try carnet(variables, "key", "doctor")
        #expect(all.output.contains("token \"release\""), "\(all)")
        let before = try Files.tree(stage.path("repository"))
        let wrong = try carnet(
            [configured, "CARNET_PIN=000000"], "role", "expire", "root", "--days", "100",
            "--yes", "--repository", "repository")
        #expect(wrong.status == 2 && wrong.errors.contains("PIN"), "\(wrong)")
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
    }

    @Test("a program signs; its refusal is the error, and the repository is as it was")
    func program() throws {
        let key = try stage.run([
            "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-out", "k.pem",
        ])
        #expect(key.status == 0, "\(key)")
        let program = stage.path("kms")
        let script = """
            #!/bin/sh
            case $1 in
            public) exec openssl pkey -in '\(stage.path("k.pem"))' -pubout ;;
            sign) exec openssl dgst -sha256 -sign '\(stage.path("k.pem"))' ;;
            esac

            """
        try Files.write(script, to: program)
        chmod(program, 0o755)
        let made = try carnet([], "key", "new", "elsewhere", "--at", "exec:\(program)")
        #expect(made.status == 0, "\(made)")
        try expectCeremony([])
        try Files.write(
            script.replacing("sign) exec", with: "sign) echo no more today >&2; exit 9;"),
            to: program)
        let before = try Files.tree(stage.path("repository"))
        let refused = try carnet(
            [], "role", "expire", "root", "--days", "100", "--yes", "--repository",
            "repository")
        #expect(refused.status == 2, "\(refused)")
        #expect(refused.errors.contains("no more today"), "\(refused)")
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
    }
}
