// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
import CanonicalJSON
import KeyAccess
import MetadataSigning
import PKCS11
import Releases
import RepositoryStorage
import TUFRepository

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, show and check keys, in files, on tokens, in agents, behind programs.",
        subcommands: [KeyNew.self, KeyList.self, KeyShow.self, KeyDoctor.self])
}

extension KeyKind: ExpressibleByArgument {}

struct KeyNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a key, or give one that is elsewhere a name.",
        discussion: """
            A key in a file: NAME.pem, encrypted, and NAME.pub, to be given away. A key that is \
            elsewhere: NAME.uri, which says where, and NAME.pub. Wherever a command takes the \
            name of a key it takes such a name, too, and the URI itself.

              file:PATH                        encrypted PKCS#8 in PEM
              ssh-agent:SHA256:FINGERPRINT     ed25519 or ECDSA; ssh-add -l lists them
              pkcs11:token=T;object=KEY        a token; ?module-path=/…/libykcs11.so
              gpg:FINGERPRINT                  for links and layouts
              exec:PROGRAM?arg=A               a program that signs what it reads

            Passphrases are asked for at the terminal, or taken from --passphrase-fd or the \
            variable CARNET_PASSPHRASE; PINs from --pin-fd or CARNET_PIN. They are never arguments.

            Examples:
              carnet key new alice
              carnet key new alice --at ssh-agent:SHA256:lV3…
              carnet key new root-1 --on 'pkcs11:token=release' --type ecdsa-p256
            """)

    @Argument(help: "Name of the key, or a path that ends in .pem.")
    var name: String

    @Option(help: "ed25519, ecdsa-p256, ecdsa-p384, rsa-3072 or rsa-4096.")
    var type = KeyKind.ed25519

    @Option(help: "URI of a key that is elsewhere already.")
    var at: String?

    @Option(help: "URI of a token to make the key on; it never leaves it.")
    var on: String?

    @OptionGroup var options: KeyOptions

    func run() throws {
        guard at == nil || on == nil else {
            throw CommandFailure("either --at or --on is expected, not both")
        }
        let directory = try options.makingDirectory()
        if let uri = try at ?? on.map({ try make(on: $0, directory) }) {
            let key = try directory.signer(named: uri).publicKey
            try directory.register(name, at: uri, key)
            Output.result("\(name)  \(key.type)  \(key.keyID)")
            Output.result("  private  \(uri)")
        } else {
            let key = try directory.make(name, type)
            Output.result("\(name)  \(type.rawValue)  \(key.keyID)")
            Output.result("  private  \(directory.privatePath(name))   (encrypted; keep it)")
        }
        Output.result("  public   \(directory.publicPath(name))   (give it to others)")
    }

    /// - Returns: the URI of the key that was made.
    private func make(on uri: String, _ directory: KeyDirectory) throws -> String {
        guard !directory.exists(name) else {
            throw CommandFailure("key \(quoted(name)): there is a key of this name already")
        }
        let use = KeyUse(keyName: name, purpose: "a new key on the token")
        let dialog = options.dialog
        var parsed = try PKCS11URI(uri)
        if parsed.modulePath == nil, parsed.moduleName == nil {
            // So that the key is found again where the variable is not set.
            parsed.modulePath = try ModuleLocation.path(for: parsed)
        }
        let token = try Token(
            parsed, interaction: TokenKeys.interaction(use, dialog))
        return try token.makeKey(type, label: FileSystem.name(of: name)).uri.description
    }
}

struct KeyList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys in the folder.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: KeyOptions

    func run() throws {
        let directory = try options.directory()
        let names = try directory.names()
        if names.isEmpty { Output.remark("no keys in \(directory.path)") }
        var lines: [JSON] = []
        for name in names {
            let key = try directory.inTotoKey(name)
            let place = try directory.place(of: name)
            lines.append([
                "name": .text(name), "keytype": .string(key.type),
                "keyid": .string(key.keyID.text), "private": .text(place),
            ])
            if !json { Output.result("\(name)  \(key.type)  \(key.keyID)  \(place)") }
        }
        if json { Output.result(.array(lines)) }
    }
}

struct KeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a public key, its ids, and where its private half is.")

    @Argument(help: "Name of a key in the folder, a URI, or a path that ends in .pub or .pem.")
    var key: String

    @OptionGroup var options: KeyOptions

    func run() throws {
        let directory = try options.directory()
        let found = try directory.inTotoKey(key)
        Output.result("type         \(found.type), \(found.scheme)")
        Output.result("key id       \(found.keyID)")
        if !found.isOpenPGP {
            Output.result("legacy id    \(found.legacyKeyID)   (in-toto-golang and older tools)")
        }
        for subkey in found.subkeyIDs { Output.result("subkey       \(subkey)") }
        if let expires = found.expires { Output.result("expires      \(expires)") }
        if let end = found.end(at: currentInstant()) {
            Output.result("             the key \(end)")
        }
        if let fingerprint = SSHFingerprint(found) {
            Output.result("fingerprint  \(fingerprint)   (as ssh-add -l shows it)")
        }
        Output.result("private      \(try directory.place(of: key))")
        if let encryption = try directory.encryption(of: key) {
            Output.result("             \(encryption)")
        }
        Output.raw(String(decoding: found.file ?? [], as: UTF8.self))
    }
}

extension KeyDirectory {
    /// Where the private half of a key is, in words.
    func place(of key: String) throws -> String {
        if let uri = try uri(key) { return uri }
        let path = privatePath(key)
        return FileSystem.exists(path) ? "file:\(path)" : "not here"
    }

    /// How the private file is encrypted; `nil` if there is none.
    func encryption(of key: String) throws -> KeyEncryption? {
        guard !KeyDirectory.isURI(key) else { return nil }
        return try FileSystem.read(privatePath(key), maximumBytes: 1 << 20)
            .flatMap { KeyEncryption(pem: $0) }
    }
}
