// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import Releases
import Synchronization
import TUFMetadata
import TUFRepository

/// Options of every command that uses private keys.
struct KeyOptions: ParsableArguments {
    @Option(help: "Folder of the keys; by default keys in CARNET_HOME or in the XDG folders.")
    var keys: String?

    @Option(
        name: .customLong("passphrase-fd"),
        help: "Read the keys' passphrase from this file descriptor, one line.")
    var passphraseDescriptor: Int32?

    @Option(
        name: .customLong("pin-fd"),
        help: "Read the PIN of a token from this file descriptor, one line.")
    var pinDescriptor: Int32?

    @Flag(help: "Let the ssh-agent of another machine, forwarded to this one, sign root, too.")
    var allowForwardedAgent = false

    /// The folder of keys, with passphrases from the descriptor, `CARNET_PASSPHRASE` or the
    /// terminal, in this order.
    ///
    /// - Parameter extra: key files named on the command line.
    func directory(extra: [String] = []) throws -> KeyDirectory {
        forbidCoreDumps()
        let source = PassphraseSource(descriptor: passphraseDescriptor)
        return KeyDirectory(
            try keys ?? Home().keys, extra: extra, opener: opener(source)
        ) { try source.passphrase($0, $1) }
    }

    /// The passphrase for a new key: at a terminal it is asked for twice.
    func makingDirectory() throws -> KeyDirectory {
        forbidCoreDumps()
        let source = PassphraseSource(descriptor: passphraseDescriptor, confirms: true)
        return KeyDirectory(try keys ?? Home().keys, opener: opener(source)) {
            try source.passphrase($0, $1)
        }
    }

    /// Asks for passphrases and PINs.
    var dialog: KeyHolderDialog {
        KeyHolderDialog(
            passphrases: PassphraseSource(descriptor: passphraseDescriptor),
            pinDescriptor: pinDescriptor)
    }

    /// What opens keys that are in an agent, on a token or behind a program.
    private func opener(_ source: PassphraseSource) -> KeyDirectory.Opener {
        let dialog = KeyHolderDialog(passphrases: source, pinDescriptor: pinDescriptor)
        let allowsForwarded = allowForwardedAgent
        return { (uri, name, publicKey, purpose) throws(RepositoryError) in
            var opener = KeyOpener()
            opener.tokens = TokenKeys()
            // An agent signs whatever the machine that it is forwarded to asks for.
            opener.allowsForwardedAgent = allowsForwarded || purpose?.role != .root
            let use = KeyUse(
                keyName: name, holder: purpose?.holder,
                purpose: purpose?.description ?? "in-toto metadata")
            do throws(KeyAccessError) {
                return try opener.open(
                    try KeyURI(uri), publicKey: publicKey, for: use, dialog: dialog)
            } catch {
                throw .key(name: name, .notSigned("\(error)"))
            }
        }
    }
}

/// Keeps the passphrase from a command that is about to be run: what it sees, it could print
/// into a link that is published.
func forgetPassphrase() {
    // Overwritten first: a child can read its parent's environment as it was at the start.
    if let value = getenv("CARNET_PASSPHRASE") { memset(value, 0x78, strlen(value)) }
    unsetenv("CARNET_PASSPHRASE")
}

/// Where passphrases come from.
final class PassphraseSource: Sendable {
    private struct None: Error {}

    private let descriptor: Int32?
    private let confirms: Bool
    private let known = Mutex<[UInt8]?>(nil)

    init(descriptor: Int32?, confirms: Bool = false) {
        self.descriptor = descriptor
        self.confirms = confirms
    }

    func passphrase(_ keyName: String, _ purpose: SigningPurpose? = nil) throws -> [UInt8] {
        if let descriptor {
            return try known.withLock { known in
                if let known { return known }
                guard let line = Terminal.line(descriptor), !line.isEmpty else {
                    throw SigningError.passphraseUnusable(
                        "no passphrase could be read from descriptor \(descriptor)")
                }
                // Nothing that is run later may read on where the passphrase stood.
                if descriptor > 2 { close(descriptor) }
                known = line
                return line
            }
        }
        if let value = Home.variable("CARNET_PASSPHRASE") { return Array(value.utf8) }
        var name = quoted(personName(keyName))
        if let holder = purpose?.holder { name += " of \(quoted(holder))" }
        if let purpose { name += ", to sign \(purpose)" }
        guard
            let secret = Terminal.secret(
                confirms ? "New passphrase for key \(name): " : "Passphrase for key \(name): ")
        else { throw None() }
        if secret.isEmpty { throw SigningError.passphraseUnusable("the passphrase is empty") }
        if confirms, Terminal.secret("The same again: ") != secret {
            throw SigningError.passphraseUnusable("the two passphrases differ")
        }
        return secret
    }
}
