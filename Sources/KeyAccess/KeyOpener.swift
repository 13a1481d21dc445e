// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
package import MetadataSigning

/// Opens keys on tokens; made by what knows PKCS#11.
package protocol TokenOpener: Sendable {
    /// A signer with the key of a `pkcs11:` URI (RFC 7512).
    ///
    /// - Parameters:
    ///   - publicKey: the key as it is listed, if it is known which one must sign.
    ///   - dialog: asked for the PIN, and told when the token is to be touched.
    func open(
        _ uri: String, publicKey: PublicKey?, for use: KeyUse, dialog: any KeyDialog
    ) throws(SigningError) -> any Signer
}

/// Makes signers of URIs: whatever holds the key, each one gives out only signatures that verify
/// with the public key.
package struct KeyOpener: Sendable {
    package var environment: ProcessEnvironment
    package var limits = AccessLimits()
    /// Whether an ssh-agent of another machine may sign, see ``AgentOrigin``.
    package var allowsForwardedAgent = false
    /// What opens `pkcs11:` and `hsm:` keys.
    package var tokens: (any TokenOpener)?

    /// Tells the moment for which keys of gpg must be valid.
    private let clock: @Sendable () -> Instant

    /// - Parameter clock: the system's, unless told otherwise.
    package init(
        _ environment: ProcessEnvironment = .current,
        clock: @escaping @Sendable () -> Instant = { Instant(seconds: time(nil)) }
    ) {
        self.environment = environment
        self.clock = clock
    }

    /// A signer with the key of a URI.
    ///
    /// - Parameters:
    ///   - publicKey: the key as it is listed; another one found in its place is refused. If
    ///     none is given, the key says itself which one it is.
    ///   - use: said with every question.
    ///   - dialog: asked when the key is opened or used, from the thread that does so.
    /// - Throws: ``KeyAccessError``.
    package func open(
        _ uri: KeyURI, publicKey: PublicKey? = nil, for use: KeyUse, dialog: any KeyDialog
    ) throws(KeyAccessError) -> any Signer {
        switch uri {
        case .file, .prefixedFile, .namedFile:
            return try openFile(try path(of: uri), publicKey, use, dialog)
        case .agent(let fingerprint):
            return try openAgent(fingerprint, publicKey, use, dialog)
        case .token(let text):
            return try openToken(text, uri, publicKey, use, dialog)
        case .hsm:
            let module = try variable("PYKCS11LIB", for: uri)
            let text = uri.tokenURI(module: module) ?? ""
            return try openToken(text, uri, publicKey, use, dialog)
        case .openPGP, .gnupg:
            let id = publicKey.flatMap { $0.isOpenPGP ? $0.keyID.text.string : nil }
            let signer = try openPGP(
                uri, fingerprint: id, at: clock(), for: use, dialog: dialog)
            // Its own subkeys may be others by now; the primary key is the same.
            _ = try CheckedSigner.key(signer.publicKey, listed: publicKey, name: use.keyName)
            return signer
        case .program(let name, let arguments):
            return try openProgram(name, arguments, publicKey, use, dialog)
        }
    }

    private func path(of uri: KeyURI) throws(KeyAccessError) -> String {
        switch uri {
        case .file(let path): return path
        case .prefixedFile(let path):
            return KeyOpener.join(environment.value("CRYPTO_SIGNER_PATH_PREFIX"), path)
        case .namedFile(let name):
            return KeyOpener.join(try variable("RSTUF_ONLINE_KEY_DIR", for: uri), name)
        default: throw .notOpened(scheme: uri.scheme)
        }
    }

    /// As Python's `os.path.join`: an absolute path stays as it is.
    private static func join(_ folder: String?, _ path: String) -> String {
        guard let folder, path.utf8.first != UInt8(ascii: "/") else { return path }
        return folder.utf8.last == UInt8(ascii: "/") ? folder + path : "\(folder)/\(path)"
    }

    private func variable(_ name: String, for uri: KeyURI) throws(KeyAccessError) -> String {
        guard let value = environment.value(name) else {
            throw .missingVariable(name, scheme: uri.scheme)
        }
        return value
    }

    private func openFile(
        _ path: String, _ listed: PublicKey?, _ use: KeyUse, _ dialog: any KeyDialog
    ) throws(KeyAccessError) -> any Signer {
        let key = try KeyFile.open(path, for: use, dialog)
        return try CheckedSigner(
            key, listed: listed, name: use.keyName, holder: "file \(quoted(path))")
    }

    private func openToken(
        _ text: String, _ uri: KeyURI, _ listed: PublicKey?, _ use: KeyUse,
        _ dialog: any KeyDialog
    ) throws(KeyAccessError) -> any Signer {
        guard let tokens else { throw .notOpened(scheme: uri.scheme) }
        let signer: any Signer
        do throws(SigningError) {
            signer = try tokens.open(text, publicKey: listed, for: use, dialog: dialog)
        } catch {
            throw .key(name: use.keyName, error)
        }
        return try CheckedSigner(signer, listed: listed, name: use.keyName, holder: "the token")
    }

    private func openAgent(
        _ fingerprint: SSHFingerprint, _ listed: PublicKey?, _ use: KeyUse,
        _ dialog: any KeyDialog
    ) throws(KeyAccessError) -> any Signer {
        let agent: SSHAgent
        let found: (key: AgentKey, publicKey: PublicKey)
        do throws(AgentFault) {
            agent = try SSHAgent(
                environment, allowsForwarded: allowsForwardedAgent, limits: limits)
            // Said before somebody is asked for anything.
            if !allowsForwardedAgent, try agent.isForwarded() {
                throw .forwarded(path: agent.path)
            }
            found = try agent.key(fingerprint)
        } catch {
            throw .agent(error)
        }
        let key = try CheckedSigner.key(found.publicKey, listed: listed, name: use.keyName)
        return CheckedSigner(
            key, name: use.keyName, holder: "ssh-agent"
        ) { message throws(KeyAccessError) in
            do throws(AgentFault) {
                return try agent.sign(message, with: found.key, found.publicKey, for: use) {
                    dialog.notice(
                        "\(use): ssh-agent waits; confirm in its window, or touch the token now")
                }
            } catch {
                throw .agent(error)
            }
        }
    }

    private func openProgram(
        _ name: String, _ arguments: [String], _ listed: PublicKey?, _ use: KeyUse,
        _ dialog: any KeyDialog
    ) throws(KeyAccessError) -> any Signer {
        let program = ProgramSigner(
            name: name, arguments: arguments, environment: environment, limits: limits, use: use)
        let key: PublicKey
        if let listed { key = listed } else { key = try program.publicKey() }
        return CheckedSigner(
            key, name: use.keyName, holder: "program \(quoted(name))"
        ) { message throws(KeyAccessError) in
            let signature = try program.sign(message, with: key) {
                dialog.notice(
                    "\(use): program \(quoted(name)) is at work; if it uses a token, touch it now")
            }
            if !message.withUnsafeBytes({ key.verifies(signature, over: $0) }) {
                try program.expectKey(key)
            }
            return signature
        }
    }
}
