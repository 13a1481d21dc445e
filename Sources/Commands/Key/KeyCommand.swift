// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
import MetadataSigning
import Releases
import TUFRepository

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make and show keys.",
        subcommands: [KeyNew.self, KeyList.self, KeyShow.self])
}

extension KeyKind: ExpressibleByArgument {}

struct KeyNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a key: NAME.pem, encrypted, and NAME.pub, to be given away.",
        discussion: """
            The passphrase is asked for at the terminal, or taken from --passphrase-fd or the \
            variable CARNET_PASSPHRASE. It is never an argument.
            """)

    @Argument(help: "Name of the key, or a path that ends in .pem.")
    var name: String

    @Option(help: "ed25519, ecdsa-p256, ecdsa-p384, rsa-3072 or rsa-4096.")
    var type = KeyKind.ed25519

    @OptionGroup var options: KeyOptions

    func run() throws {
        let directory = try options.makingDirectory()
        let key = try directory.make(name, type)
        Output.result("\(name)  \(type.rawValue)  \(key.keyID)")
        Output.result("  private  \(directory.privatePath(name))   (encrypted; keep it)")
        Output.result("  public   \(directory.publicPath(name))   (give it to others)")
    }
}

struct KeyList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys in the folder.")

    @OptionGroup var options: KeyOptions

    func run() throws {
        let directory = try options.directory()
        let names = try directory.names()
        if names.isEmpty { Output.remark("no keys in \(directory.path)") }
        for name in names {
            let key = try directory.publicKey(name)
            Output.result("\(name)  \(key.type)  \(key.keyID)")
        }
    }
}

struct KeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a public key and its ids.")

    @Argument(help: "Name of a key in the folder, or a path that ends in .pub or .pem.")
    var key: String

    @OptionGroup var options: KeyOptions

    func run() throws {
        let found = try options.directory().publicKey(key)
        Output.result("type       \(found.type), \(found.scheme)")
        Output.result("key id     \(found.keyID)")
        Output.result("legacy id  \(found.legacyKeyID)   (in-toto-golang and older tools)")
        Output.raw(found.pem ?? "")
    }
}
