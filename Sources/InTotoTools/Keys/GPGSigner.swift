// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import OpenPGP

/// Signs through gpg, and asks it for public keys, as securesystemslib's `_gpg` does.
struct GPGSigner {
    /// `nil` for gpg's default key.
    let keyID: String?
    /// `nil` for the usual one.
    let homeDirectory: String?

    /// A signature as an entry of a Metablock's `signatures`, and the id of the key that made it.
    ///
    /// - Throws: `FormatError` for an id that is no hex; `OSError` if gpg does not sign;
    ///   `ValueError` for what it makes.
    func entry(over message: [UInt8]) throws(ToolError) -> (entry: JSON, keyID: UTF8Text) {
        var arguments = ["--detach-sign", "--digest-algo", "SHA256"]
        if let keyID {
            _ = try PythonValue.string(UTF8Text(keyID)).hexText()
            arguments += ["--local-user", keyID]
        }
        let bytes = try GPGSigner.run(arguments, homeDirectory, input: message)
        let signature: OpenPGPSignature
        do throws(OpenPGPFault) { signature = try OpenPGPSignature(detached: bytes) } catch {
            throw ToolError(.valueError, "\(error)")
        }
        guard let issuer = signature.issuer else {
            throw ToolError(.valueError, "Full keyid could not be determined for signature")
        }
        return (Signature(openPGP: signature).json, UTF8Text(issuer))
    }

    /// A key of gpg's keyring as a key object.
    ///
    /// - Throws: `KeyNotFoundError`, `OSError`, `ValueError`.
    static func publicKey(
        _ keyID: String, _ homeDirectory: String?
    ) throws(ToolError) -> OpenPGPKey {
        if keyID.hasPrefix("-") {
            throw ToolError(.refused, "\(quoted(keyID)): an option of gpg in place of a key's id")
        }
        let bytes = try run(["--export", keyID], homeDirectory)
        guard !bytes.isEmpty else {
            throw ToolError(.keyNotFoundError, "No key or subkey found for keyid '\(keyID)'")
        }
        do throws(OpenPGPFault) {
            return try OpenPGPKey(asPythonReads: bytes, keyID: keyID)
        } catch {
            if case .noKey = error {
                throw ToolError(.keyNotFoundError, "Could not find gpg key '\(keyID)'")
            }
            throw ToolError(.valueError, "\(error)")
        }
    }

    private static func run(
        _ arguments: [String], _ homeDirectory: String?, input: [UInt8] = []
    ) throws(ToolError) -> [UInt8] {
        let environment = ProcessEnvironment.current
        let chosen = getenv("GNUPG").map { String(cString: $0) } ?? ""
        let names = chosen.isEmpty ? ["gpg2", "gpg"] : [chosen]
        let home = homeDirectory.flatMap { $0.isEmpty ? nil : ["--homedir", $0] } ?? []
        for name in names {
            do throws(ProgramFault) {
                return try ProgramRun(
                    name, arguments: home + arguments, environment: environment,
                    maximumOutput: 4 << 20
                ).run(input: input, within: .seconds(120))
            } catch {
                if error == .notFound, name != names.last { continue }
                throw ToolError(.osError, "\(name): \(error)")
            }
        }
        throw ToolError(.osError, "gpg: not found")
    }
}
