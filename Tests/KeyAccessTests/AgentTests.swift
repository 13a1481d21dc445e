// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import Testing

@Suite("Keys of a real ssh-agent")
struct AgentTests {
    private let folder = TestFolder()

    private func openKey(
        _ uri: KeyURI, _ agent: RealAgent, listed: PublicKey? = nil,
        _ dialog: TestDialog = TestDialog()
    ) throws -> any Signer {
        try KeyOpener(agent.environment).open(uri, publicKey: listed, for: use, dialog: dialog)
    }

    @Test(
        "signatures of its keys verify here and in securesystemslib",
        arguments: [("ed25519", 0), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521)])
    func signs(_ type: String, _ bits: Int) throws {
        let python = try Python()
        let agent = try RealAgent(in: folder)
        let (uri, expected, _) = try agent.makeKey(type, bits: bits > 0 ? bits : nil)
        let dialog = TestDialog()
        let signer = try openKey(uri, agent, listed: expected, dialog)
        if bits > 0 { #expect(expected?.keyID == signer.publicKey.keyID) }
        #expect(SSHFingerprint(signer.publicKey).map { "ssh-agent:\($0)" } == "\(uri)")
        folder.write("message", message)
        folder.write("public", Array((signer.publicKey.pem ?? "").utf8))
        // Often enough for numbers with and without a leading zero.
        for _ in 0..<24 {
            #expect(verifies(try signer.sign(message), message, signer.publicKey))
        }
        folder.write("signature", try signer.sign(message))
        let keyID = signer.publicKey.keyID.text.string
        #expect(try python.run(verifyScript, [folder.path, keyID]) == "verified")
        #expect(dialog.words.isEmpty)
    }

    @Test("all keys are listed, those that cannot sign here without a public key")
    func lists() throws {
        let agent = try RealAgent(in: folder)
        let first = try agent.makeKey("ed25519")
        let second = try agent.makeKey("rsa", bits: 2048)
        let keys = try SSHAgent(agent.environment, allowsForwarded: false).keys()
        #expect(keys.map { "ssh-agent:\($0.fingerprint)" } == ["\(first.uri)", "\(second.uri)"])
        #expect(keys.map(\.type) == ["ssh-ed25519", "ssh-rsa"])
        #expect(keys.map(\.comment) == ["of the test", "of the test"])
        #expect(keys.map { $0.publicKey == nil } == [false, true])
        #expect(throws: KeyAccessError.agent(.unsupported(type: "ssh-rsa"))) {
            try openKey(second.uri, agent)
        }
    }

    @Test("a listed key keeps its own form, and another one is refused")
    func listed() throws {
        let agent = try RealAgent(in: folder)
        let (uri, key, _) = try agent.makeKey("ecdsa", bits: 256)
        let json = try #require(key).json.compactBytes()
        let older = String(decoding: json, as: UTF8.self).replacing(
            "\"ecdsa\"", with: "\"ecdsa-sha2-nistp256\"")
        let listed = try PublicKey(JSONDocument(Array(older.utf8)).root)
        let signer = try openKey(uri, agent, listed: listed)
        #expect(signer.publicKey.keyID == listed.keyID && listed.keyID != key?.keyID)
        #expect(verifies(try signer.sign(message), message, listed))
        let other = try PrivateKey(generating: .ecdsaP256).publicKey
        #expect(
            throws: KeyAccessError.wrongKey(
                expected: KeyLabel(name: "root-1", keyID: other.keyID.prefix),
                found: KeyLabel(keyID: key?.keyID.prefix ?? ""))
        ) { try openKey(uri, agent, listed: other) }
    }

    @Test("a missing key is said with what the agent has")
    func missing() throws {
        let agent = try RealAgent(in: folder)
        let (uri, _, path) = try agent.makeKey("ed25519")
        let text = "SHA256:uNiVztksCsDhcc0u9e8BrD6dHX2I4kbVVvFQ1Gxo6rI"
        let error = #expect(throws: KeyAccessError.self) {
            try openKey(try KeyURI("ssh-agent:\(text)"), agent)
        }
        let fingerprint = "\(uri)".dropFirst("ssh-agent:".count)
        #expect(
            error.map { "\($0)" }
                == "ssh-agent: key \(text) not found, it has \(fingerprint) \"of the test\"")
        let signer = try openKey(uri, agent)
        try agent.run(["ssh-add", "-q", "-d", path])
        let gone = SigningError.notSigned("\(KeyAccessError.agent(.noKeys))")
        #expect(throws: gone) { try signer.sign(message) }
        #expect(throws: KeyAccessError.agent(.noKeys)) { try openKey(uri, agent) }
    }

    @Test("a locked agent is named as such, before and after the key was opened")
    func locked() throws {
        let agent = try RealAgent(in: folder)
        let (uri, _, _) = try agent.makeKey("ed25519")
        let signer = try openKey(uri, agent)
        let secret = folder.script("secret", "echo abc")
        try agent.run(["ssh-add", "-x"], askingWith: secret)
        #expect(throws: SigningError.notSigned("\(KeyAccessError.agent(.noKeys))")) {
            try signer.sign(message)
        }
        let error = #expect(throws: KeyAccessError.agent(.noKeys)) { try openKey(uri, agent) }
        #expect(error.map { "\($0)" }?.contains("ssh-add -X unlocks it") == true)
        try agent.run(["ssh-add", "-X"], askingWith: secret)
        #expect(verifies(try signer.sign(message), message, signer.publicKey))
    }

    @Test("while somebody is asked to confirm, that is told; a refusal is said")
    func confirmation() throws {
        // Says yes as soon as the notice came, and no if there is a file that says so.
        let program = folder.script(
            "ask",
            """
            cd '\(folder.path)'; [ -e no ] && exit 1
            while [ ! -e told ]; do sleep 0.02; done
            """)
        let agent = try RealAgent(
            in: folder,
            ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":none"])
        let (uri, _, _) = try agent.makeKey("ed25519", add: ["-c"])
        let folder = folder
        let dialog = TestDialog { folder.write("told", []) }
        let signer = try openKey(uri, agent, dialog)
        #expect(verifies(try signer.sign(message), message, signer.publicKey))
        #expect(
            dialog.words == [
                "\(use): ssh-agent waits; confirm in its window, or touch the token now"
            ])
        folder.write("no", [])
        #expect(throws: SigningError.notSigned("\(KeyAccessError.agent(.refused(use)))")) {
            try signer.sign(message)
        }
    }

    @Test("an agent that an ssh server listens for is refused unless allowed")
    func forwarded() throws {
        // The process has the name of the file it was started from.
        let agent = try RealAgent(in: folder, named: "sshd")
        let (uri, _, _) = try agent.makeKey("ed25519")
        #expect(try SSHAgent(agent.environment, allowsForwarded: false).isForwarded())
        let error = KeyAccessError.agent(.forwarded(path: agent.socket))
        #expect(throws: error) { try openKey(uri, agent) }
        #expect("\(error)".contains("forwarded from another machine"))
        var opener = KeyOpener(agent.environment)
        opener.allowsForwardedAgent = true
        let signer = try opener.open(uri, for: use, dialog: TestDialog())
        #expect(verifies(try signer.sign(message), message, signer.publicKey))
    }

    @Test("an agent that is exchanged for a forwarded one after the key was opened is refused")
    func exchanged() throws {
        let agent = try RealAgent(in: folder)
        let (uri, _, path) = try agent.makeKey("ed25519")
        let signer = try openKey(uri, agent)
        unlink(agent.socket)
        let second = try RealAgent(in: folder, named: "sshd")
        try second.run(["ssh-add", "-q", path])
        let error = KeyAccessError.agent(.forwarded(path: agent.socket))
        #expect(throws: SigningError.notSigned("\(error)")) { try signer.sign(message) }
    }

    @Test("a local agent is none of another machine, even in a login over ssh")
    func local() throws {
        try shell(["mkdir", "\(folder.path)/ssh-abc"])
        let agent = try RealAgent(in: folder, socket: "ssh-abc/agent.1")
        var environment = agent.environment
        environment["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"
        #expect(try !SSHAgent(environment, allowsForwarded: false).isForwarded())
    }

    @Test(
        "where an agent is shows in its listener, its socket's name and the login",
        arguments: [
            ("/tmp/ssh-abcdefghij/agent.77", .named("sshd"), false, true),
            ("/run/user/1/gnupg/S.gpg-agent.ssh", .named("sshd-session"), false, true),
            ("/tmp/dropbear-1/auth-1-2", .named("dropbear"), true, true),
            ("/home/a/.ssh/agent/s.0a1b2c.sshd.XyZ", .unknown, false, true),
            ("/home/a/.ssh/agent/s.0a1b2c.agent.XyZ", .unknown, true, false),
            ("/run/user/1/vscode-ssh-auth-sock-12", .named("node"), false, true),
            ("/tmp/ssh-abcdefghij/agent.77", .unknown, true, true),
            ("/tmp/ssh-abcdefghij/agent.77", .named("relay"), true, true),
            ("/tmp/ssh-abcdefghij/agent.77", .named("ssh-agent"), true, false),
            ("/tmp/ssh-abcdefghij/agent.77", .ended, true, false),
            ("/tmp/ssh-abcdefghij/agent.77", .unknown, false, false),
            ("/run/user/1/gnupg/S.gpg-agent.ssh", .named("gpg-agent"), true, false),
            ("/run/user/1/keyring/ssh", .unknown, true, false), ("", .unknown, true, false),
        ] as [(String, AgentOrigin.Listener, Bool, Bool)])
    func origin(
        _ path: String, _ listener: AgentOrigin.Listener, _ isRemote: Bool, _ expected: Bool
    ) {
        let origin = AgentOrigin(path: path, listener: listener, isRemoteLogin: isRemote)
        #expect(origin.isForwarded == expected)
    }

    @Test("no agent, no socket, too long a path and too much to sign are said")
    func unreachable() throws {
        let uri = try KeyURI("ssh-agent:SHA256:uNiVztksCsDhcc0u9e8BrD6dHX2I4kbVVvFQ1Gxo6rI")
        func expect(_ variables: KeyValuePairs<String, String>, _ fault: AgentFault) {
            #expect(throws: KeyAccessError.agent(fault)) {
                try KeyOpener(ProcessEnvironment(variables)).open(
                    uri, for: use, dialog: TestDialog())
            }
        }
        expect([:], .none)
        expect(["SSH_AUTH_SOCK": ""], .none)
        let path = "\(folder.path)/none"
        expect(
            ["SSH_AUTH_SOCK": path], .unreachable(path: path, SystemReason(number: ENOENT)))
        let long = "/tmp/" + String(repeating: "a", count: 103)
        expect(["SSH_AUTH_SOCK": long], .longPath(long))
        let agent = try RealAgent(in: folder)
        let signer = try openKey(try agent.makeKey("ed25519").uri, agent)
        let limit = SSHAgent.maximumMessage
        let most = [UInt8](repeating: 7, count: limit)
        #expect(verifies(try signer.sign(most), most, signer.publicKey))
        let fault = AgentFault.longMessage(bytes: limit + 1, maximum: limit)
        #expect(throws: SigningError.notSigned("\(KeyAccessError.agent(fault))")) {
            try signer.sign(most + [7])
        }
    }
}
