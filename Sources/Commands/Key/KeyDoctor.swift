// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import PKCS11
import Releases
import RepositoryStorage
import TUFRepository

struct KeyDoctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at the keys and at what holds them, and say what is wrong.",
        discussion: """
            Without names all keys in the folder are looked at, and the agent and the tokens \
            that there are. With --sign each key makes a signature, which is checked; passphrases \
            and PINs are asked for. Exit code 1 if something is wrong.
            """)

    @Argument(help: "Names or URIs of keys; by default all in the folder.")
    var names: [String] = []

    @Flag(help: "Let each key sign something, which is thrown away.")
    var sign = false

    @OptionGroup var options: KeyOptions

    func run() throws {
        let directory = try options.directory()
        var isSound = true
        let chosen = try names.isEmpty ? directory.names() : names
        for name in chosen {
            let problems = problems(name, directory)
            Output.result("\(name): \(problems.isEmpty ? "sound" : problems[0])")
            for problem in problems.dropFirst() {
                Output.result("\(String(repeating: " ", count: name.utf8.count))  \(problem)")
            }
            isSound = isSound && problems.isEmpty
        }
        if names.isEmpty { holders() }
        if !isSound { throw ExitCode(1) }
    }

    private func problems(_ name: String, _ directory: KeyDirectory) -> [String] {
        var problems: [String] = []
        do {
            let key = try directory.inTotoKey(name)
            if key.material == nil { problems.append("the public key cannot be used") }
            if let end = key.end(at: currentInstant()) { problems.append("the public key \(end)") }
            guard try directory.place(of: name) != "not here" else {
                return problems + (sign ? ["its private half is not here"] : [])
            }
            if let encryption = try directory.encryption(of: name), let words = encryption.weakness
            {
                problems.append(
                    "\(encryption): \(words); openssl pkcs8 -topk8 -scrypt seals it anew")
            }
            problems += try permissions(name, directory)
            // A token or an agent is asked whether it has the key at all.
            guard try sign || directory.uri(name) != nil else { return problems }
            let signer = try directory.signer(named: name)
            guard signer.publicKey.material == key.material else {
                return problems + ["its private half belongs to another public key"]
            }
            if sign {
                let message = Array("carnet key doctor".utf8)
                guard !key.isOpenPGP else {
                    // Checked where it is made.
                    _ = try signer.signature(over: message, as: key.keyID)
                    return problems
                }
                let signature = try signer.sign(message)
                if !message.withUnsafeBytes({ key.verifies(signature, over: $0) }) {
                    problems.append("its signature does not verify")
                }
            }
        } catch {
            problems.append(CommandFailure(error).message)
        }
        return problems
    }

    private func permissions(_ name: String, _ directory: KeyDirectory) throws -> [String] {
        guard try directory.uri(name) == nil else { return [] }
        let path = directory.privatePath(name)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return [] }
        let mode = String(status.st_mode & 0o777, radix: 8)
        return ["\(path): mode \(mode), others may read it; chmod 600 \(path)"]
    }

    /// The agent and the tokens that are there.
    private func holders() {
        do {
            let agent = try SSHAgent(.current, allowsForwarded: true)
            let keys = try agent.keys()
            let words = try agent.isForwarded() ? ", forwarded from another machine" : ""
            Output.result("ssh-agent: \(keys.count == 1 ? "1 key" : "\(keys.count) keys")\(words)")
            for key in keys {
                Output.result("  ssh-agent:\(key.fingerprint)  \(key.type), \(quoted(key.comment))")
            }
        } catch {
            Output.result("ssh-agent: \(error)")
        }
        for module in ModuleLocation.usual() {
            do {
                for report in try TokenReport.all(module: module) {
                    Output.result("token \(report.info)   (\(module))")
                    for key in report.keys { Output.result("  \(key)") }
                    for problem in report.problems { Output.result("  \(problem)") }
                }
            } catch {
                Output.result("\(module): \(error)")
            }
        }
    }
}
