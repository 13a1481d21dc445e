// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning

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
        guard let issuer = GPGSigner.issuer(of: bytes) else {
            throw ToolError(.valueError, "Full keyid could not be determined for signature")
        }
        let key = try GPGSigner.publicKey(issuer, homeDirectory)
        do throws(OpenPGPFault) {
            return (try key.signature(bytes, over: message).json, UTF8Text(issuer))
        } catch {
            throw ToolError(.valueError, "\(error)")
        }
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
            return try OpenPGPKey(export: bytes)
        } catch {
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

    /// The fingerprint in a signature packet of version 4 (RFC 9580 §5.2.3.35), which gpg writes
    /// since 2.1.
    private static func issuer(of packet: [UInt8]) -> String? {
        var rest = packet[...]
        guard let tag = rest.popFirst(), tag & 0x80 != 0 else { return nil }
        // Its length, in the old form or the new one.
        let isNew = tag & 0x40 != 0
        let first = rest.first ?? 0
        let lengthBytes =
            isNew ? (first < 192 ? 1 : first < 255 ? 2 : 5) : [1, 2, 4, 0][Int(tag & 3)]
        rest = rest.dropFirst(lengthBytes)
        guard rest.count > 6, rest.first == 4 else { return nil }
        rest = rest.dropFirst(4)
        let count = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
        var area = rest.dropFirst(2).prefix(count)
        while let length = area.popFirst() {
            // Those that matter here are short.
            guard length < 192, area.count >= Int(length), length > 0 else { return nil }
            let subpacket = area.prefix(Int(length))
            if subpacket.first.map({ $0 & 0x7F }) == 33, subpacket.count == 22 {
                return hex(subpacket.dropFirst(2))
            }
            area = area.dropFirst(Int(length))
        }
        return nil
    }
}
