// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import Testing

@Suite("What an ssh-agent may answer")
struct HostileAgentTests {
    private let folder = TestFolder()
    private static let point = [UInt8](repeating: 9, count: 32)

    private func opener(_ agent: FakeAgent) -> KeyOpener {
        var opener = KeyOpener(ProcessEnvironment(["SSH_AUTH_SOCK": agent.path]))
        opener.limits.answer = .milliseconds(200)
        opener.limits.person = .milliseconds(300)
        opener.limits.patience = .milliseconds(50)
        return opener
    }

    private let uri: KeyURI

    init() throws {
        uri = try KeyURI("ssh-agent:SHA256:uNiVztksCsDhcc0u9e8BrD6dHX2I4kbVVvFQ1Gxo6rI")
    }

    @Test(
        "a list of keys that is not one is refused",
        arguments: [
            ([], true, .closed), ([0, 0], true, .closed), ([0, 0, 0, 9, 12], true, .closed),
            ([0, 0], false, .silent(.milliseconds(200))), ([], false, .silent(.milliseconds(200))),
            (number(262_145) + [12], false, .tooLong(bytes: 262_145, maximum: 262_144)),
            (number(-1 & 0xFFFF_FFFF), true, .tooLong(bytes: 4_294_967_295, maximum: 262_144)),
            (frame([]), true, .malformed("message type missing")),
            (frame([99]), true, .unexpected(type: 99)),
            (frame([5]), true, .noKeys), (frame([12] + number(0)), true, .noKeys),
            (frame([12, 0, 0]), true, .malformed("number of keys missing")),
            (frame([12] + number(2049)), true, .malformed("2049 keys announced")),
            (frame([12] + number(1)), true, .malformed("key missing")),
            (
                frame([12] + number(1) + number(50) + [1, 2]), true,
                .malformed("key of 50 bytes, 2 left")
            ),
            (
                frame([12] + number(1) + string("") + string("")), true,
                .malformed("key type missing")
            ),
            (frame([12] + number(0) + [1]), true, .malformed("1 bytes after the keys")),
        ] as [([UInt8], Bool, AgentFault)])
    func lists(_ bytes: [UInt8], _ closes: Bool, _ fault: AgentFault) {
        let agent = FakeAgent(in: folder) { _ in (bytes, closes) }
        #expect(throws: KeyAccessError.agent(fault)) {
            try opener(agent).open(uri, for: use, dialog: TestDialog())
        }
    }

    /// The error for a key that an agent lists.
    private func fault(ofKey blob: [UInt8]) throws -> AgentFault? {
        let agent = FakeAgent(in: folder) { _ in (identities(blob), true) }
        let opener = opener(agent)
        let key = try #require(
            try SSHAgent(opener.environment, allowsForwarded: true).keys().first)
        #expect(key.publicKey == nil)
        let error = #expect(throws: KeyAccessError.self) {
            try opener.open(.agent(key.fingerprint), for: use, dialog: TestDialog())
        }
        guard case .agent(let fault) = error else { return nil }
        return fault
    }

    @Test("keys of other types and malformed keys are refused with the reason")
    func keys() throws {
        let sk = "sk-ssh-ed25519@openssh.com"
        let fido = try fault(ofKey: string(sk) + string(Self.point) + string("ssh:"))
        #expect(fido == .unsupported(type: sk))
        #expect(fido.map { "\($0)" }?.contains("FIDO") == true)
        #expect(try fault(ofKey: string("ssh-dss")) == .unsupported(type: "ssh-dss"))
        let ed = string("ssh-ed25519")
        #expect(
            try fault(ofKey: ed + string([1, 2])) == .malformed("public key of another length"))
        #expect(
            try fault(ofKey: ed + string(Self.point) + [0])
                == .malformed("1 bytes after the public key"))
        // A point of small order: anybody could sign for it.
        let weak = try fault(ofKey: ed + string([1] + [UInt8](repeating: 0, count: 31)))
        guard case .unsound = weak else {
            Issue.record("\(String(describing: weak))")
            return
        }
        let curve = string("ecdsa-sha2-nistp256")
        let point = [4] + [UInt8](repeating: 9, count: 64)
        #expect(
            try fault(ofKey: curve + string("nistp384") + string(point))
                == .malformed("curve \"nistp384\" in a key of type ecdsa-sha2-nistp256"))
        #expect(
            try fault(ofKey: curve + string("nistp256") + string([2] + point.dropFirst(33)))
                == .malformed("public key is no uncompressed point of nistp256"))
        guard case .unsound = try fault(ofKey: curve + string("nistp256") + string(point)) else {
            Issue.record("a point that is not on its curve was taken")
            return
        }
    }

    /// What a signature by an agent with this P-256 key ends with.
    private func sign(
        _ signature: [UInt8], closes: Bool = true, _ dialog: TestDialog = TestDialog()
    ) throws -> SigningError? {
        let key = try PrivateKey(generating: .ecdsaP256).publicKey
        let lines = (key.pem ?? "").split(separator: "\n").dropFirst().dropLast()
        let info = try #require(bytes(fromBase64: lines.joined()))
        let name = "ecdsa-sha2-nistp256"
        let blob = string(name) + string("nistp256") + string(Array(info.suffix(65)))
        let agent = FakeAgent(in: folder) { request in
            request.first == 11 ? (identities(blob), false) : (signature, closes)
        }
        let opener = opener(agent)
        let fingerprint = try #require(SSHFingerprint(key))
        let signer = try opener.open(
            .agent(fingerprint), publicKey: key, for: use, dialog: dialog)
        return #expect(throws: SigningError.self) { try signer.sign(message) }
    }

    @Test(
        "a signature that is none is refused",
        arguments: [
            (frame([5]), .refused(use)), (frame([6]), .unexpected(type: 6)), ([], .closed),
            (frame([14]), .malformed("signature missing")),
            (frame([14] + string("") + [0]), .malformed("1 bytes after the signature")),
            (
                frame([14] + string(string("ssh-ed25519") + string("x"))),
                .malformed("signature of type \"ssh-ed25519\", expected ecdsa-sha2-nistp256")
            ),
            (signature(string([]) + string([1])), .malformed("r is not positive")),
            (signature(string([0x80]) + string([1])), .malformed("r is not positive")),
            (signature(string([0]) + string([1])), .malformed("r has needless zeros")),
            (signature(string([0, 1]) + string([1])), .malformed("r has needless zeros")),
            (
                signature(string([1] + [UInt8](repeating: 0, count: 32)) + string([1])),
                .malformed("r is too large")
            ),
            (signature(string([1])), .malformed("s missing")),
            (signature(string([1]) + string([1]) + [0]), .malformed("1 bytes after s")),
        ] as [([UInt8], AgentFault)])
    func malformed(_ answer: [UInt8], _ fault: AgentFault) throws {
        #expect(try sign(answer) == .notSigned("\(KeyAccessError.agent(fault))"))
    }

    private static func signature(_ numbers: [UInt8]) -> [UInt8] {
        frame([14] + string(string("ecdsa-sha2-nistp256") + string(numbers)))
    }

    @Test("a signature of another key or another message is not given out")
    func wrong() throws {
        let error = try sign(Self.signature(string([1]) + string([1])))
        guard case .notSigned(let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.hasPrefix("wrong signature: ssh-agent gave one that key \"root-1\" ("))
    }

    @Test("an agent that never answers is given up, and was announced")
    func silent() throws {
        let dialog = TestDialog()
        let error = try sign([], closes: false, dialog)
        let fault = KeyAccessError.agent(.silent(.milliseconds(300)))
        #expect(error == .notSigned("\(fault)"))
        #expect("\(fault)" == "ssh-agent: no answer within 0.3 s")
        #expect(dialog.words.count == 1)
    }
}
