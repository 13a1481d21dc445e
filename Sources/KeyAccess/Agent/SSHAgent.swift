// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import MetadataSigning

/// A key that an agent holds.
package struct AgentKey: Sendable {
    package let fingerprint: SSHFingerprint
    /// ssh's name of the type, such as `ssh-ed25519`.
    package let type: String
    /// What the agent says of the key; not to be trusted.
    package let comment: String
    /// `nil` for a key whose signatures cannot be used here.
    package let publicKey: PublicKey?
    let blob: [UInt8]

    /// In a list, fit for one line.
    package var description: String {
        "\(fingerprint) \(quoted(comment))" + (publicKey == nil ? " (\(type))" : "")
    }
}

/// The ssh-agent of this session, or another that speaks its protocol (draft-ietf-sshm-ssh-agent):
/// gpg-agent, a password manager, the agent of a hardware token.
///
/// Its signatures name no purpose: an agent that signs logins signs metadata too, which is why
/// a key used here should be used for nothing else.
package struct SSHAgent: Sendable {
    private enum Message {
        static let failure: UInt8 = 5
        static let requestIdentities: UInt8 = 11
        static let identities: UInt8 = 12
        static let signRequest: UInt8 = 13
        static let signature: UInt8 = 14
    }

    /// Most keys an agent may list; OpenSSH takes no more itself.
    package static let maximumKeys = 2048

    /// Most that can be signed, in bytes: OpenSSH's agent takes messages of 256 KiB in all.
    package static let maximumMessage = (256 << 10) - 1024

    /// The socket.
    package let path: String
    private let environment: ProcessEnvironment
    private let limits: AccessLimits
    private let allowsForwarded: Bool

    /// - Parameters:
    ///   - environment: with SSH_AUTH_SOCK.
    ///   - allowsForwarded: `false` refuses to sign with an agent of another machine, see
    ///     ``AgentOrigin``.
    /// - Throws: ``AgentFault/none``.
    package init(
        _ environment: ProcessEnvironment, allowsForwarded: Bool,
        limits: AccessLimits = AccessLimits()
    ) throws(AgentFault) {
        guard let path = environment.value("SSH_AUTH_SOCK") else { throw .none }
        self.path = path
        self.environment = environment
        self.limits = limits
        self.allowsForwarded = allowsForwarded
    }

    /// Whether the agent is on another machine.
    package func isForwarded() throws(AgentFault) -> Bool {
        let connection = try AgentConnection(path, limits.answer)
        return AgentOrigin(connection, path: path, environment).isForwarded
    }

    /// The keys it has, in its order; none if it is locked. Certificates are left out.
    package func keys() throws(AgentFault) -> [AgentKey] {
        let connection = try AgentConnection(path, limits.answer)
        let answer = try connection.exchange(
            [Message.requestIdentities], within: limits.answer)
        var reader = SSHReader(answer)
        let type = try reader.byte("message type")
        if type == Message.failure { return [] }
        guard type == Message.identities else { throw .unexpected(type: type) }
        let count = try reader.integer("number of keys")
        guard count <= SSHAgent.maximumKeys else { throw .malformed("\(count) keys announced") }
        var keys: [AgentKey] = []
        for _ in 0..<count {
            let blob = try reader.string("key")
            let comment = try reader.text("comment")
            var inside = SSHReader(blob)
            let type = try inside.text("key type")
            if type.utf8.suffix(21).elementsEqual("-cert-v01@openssh.com".utf8) { continue }
            // One unusable key is no reason to do without the others.
            keys.append(
                AgentKey(
                    fingerprint: SSHFingerprint(ofKey: blob), type: type, comment: comment,
                    publicKey: try? SSHPublicKey.read(blob), blob: blob))
        }
        try reader.expectEnd(of: "the keys")
        return keys
    }

    /// The key of this fingerprint.
    ///
    /// - Throws: ``AgentFault``: `.noKeys`, `.missing`, `.unsupported`, `.unsound`.
    func key(
        _ fingerprint: SSHFingerprint
    ) throws(AgentFault) -> (key: AgentKey, publicKey: PublicKey) {
        let keys = try keys()
        guard !keys.isEmpty else { throw .noKeys }
        guard let key = keys.first(where: { $0.fingerprint == fingerprint }) else {
            let shown = keys.prefix(8).map(\.description)
            let more = keys.count > 8 ? ["\(keys.count - 8) more"] : []
            throw .missing(fingerprint, has: shown + more)
        }
        return (key, try SSHPublicKey.read(key.blob))
    }

    /// A signature as TUF writes it; not checked yet.
    ///
    /// - Parameter whileWaiting: called once if the agent takes its time: a person is asked.
    /// - Throws: ``AgentFault``.
    func sign(
        _ message: [UInt8], with key: AgentKey, _ publicKey: PublicKey, for use: KeyUse,
        whileWaiting: () -> Void
    ) throws(AgentFault) -> [UInt8] {
        guard message.count <= SSHAgent.maximumMessage else {
            throw .longMessage(bytes: message.count, maximum: SSHAgent.maximumMessage)
        }
        let connection = try AgentConnection(path, limits.answer)
        if !allowsForwarded, AgentOrigin(connection, path: path, environment).isForwarded {
            throw .forwarded(path: path)
        }
        let request =
            [Message.signRequest] + sshString(key.blob) + sshString(message) + sshInteger(0)
        let answer = try connection.exchange(
            request, within: limits.person, patience: limits.patience, whileWaiting: whileWaiting)
        var reader = SSHReader(answer)
        let type = try reader.byte("message type")
        if type == Message.failure {
            // Tells a key that is gone, or an agent locked in between, from a refusal.
            _ = try self.key(key.fingerprint)
            throw .refused(use)
        }
        guard type == Message.signature else { throw .unexpected(type: type) }
        let blob = try reader.string("signature")
        try reader.expectEnd(of: "the signature")
        return try SSHPublicKey.signature(blob, of: publicKey)
    }
}
