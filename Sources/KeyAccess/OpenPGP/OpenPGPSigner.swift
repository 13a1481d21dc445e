// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
package import MetadataSigning
import OpenPGP

/// Signs links and layouts of in-toto with a key of gpg, through the gpg program: what
/// python-securesystemslib 1.6 and in-toto 3.1 verify.
///
/// gpg asks for the passphrase or the PIN itself. What it made is read and checked here before
/// it is given out.
package struct OpenPGPSigner: Signer {
    /// Most that gpg may export of a key, in bytes.
    private static let maximumExport = 4 << 20

    /// The primary key with its subkeys.
    package let publicKey: PublicKey
    private let key: OpenPGPKey
    private let program: String
    private let arguments: [String]
    private let environment: ProcessEnvironment
    private let limits: AccessLimits
    private let use: KeyUse
    private let dialog: any KeyDialog

    /// Finds the public key in gpg's keyring.
    ///
    /// - Parameters:
    ///   - fingerprint: 40 lower-case hexadecimal digits; of a primary key, and gpg chooses which
    ///     of its subkeys signs, or of the subkey that is to sign.
    ///   - homeDirectory: of gpg, if it is not the usual one.
    ///   - now: a key that is expired or revoked at this moment is refused.
    ///   - environment: GNUPG may name the program; it is `gpg` otherwise.
    /// - Throws: ``KeyAccessError``.
    package init(
        fingerprint: String, homeDirectory: String?, at now: Instant, for use: KeyUse,
        dialog: any KeyDialog, environment: ProcessEnvironment = .current,
        limits: AccessLimits = AccessLimits()
    ) throws(KeyAccessError) {
        program = environment.value("GNUPG") ?? "gpg"
        self.environment = OpenPGPSigner.withTerminal(environment)
        self.limits = limits
        self.use = use
        self.dialog = dialog
        // What the user's configuration may say otherwise.
        let common =
            ["--batch", "--no-armor", "--no-textmode"]
            + (homeDirectory.map { ["--homedir", $0] } ?? [])
        let export =
            common + ["--export-options", "export-minimal", "--export", "0x\(fingerprint)"]
        let bytes: [UInt8]
        do throws(ProgramFault) {
            bytes = try ProgramRun(
                program, arguments: export, environment: environment,
                maximumOutput: OpenPGPSigner.maximumExport
            ).run(within: limits.answer)
        } catch {
            throw .program(program, error)
        }
        do throws(OpenPGPFault) {
            guard !bytes.isEmpty else { throw .noKey(fingerprint: fingerprint) }
            let certificate = try OpenPGPCertificate(bytes)
            key = certificate.key
            publicKey = try PublicKey(openPGP: certificate)
            try key.check(fingerprint, at: now.seconds)
            let isPrimary = key.fingerprint.utf8.elementsEqual(fingerprint.utf8)
            // The mark keeps gpg from choosing another key of the same owner.
            let user = isPrimary ? "0x\(fingerprint)" : "0x\(fingerprint)!"
            arguments = common + ["--detach-sign", "--digest-algo", "SHA256", "--local-user", user]
        } catch {
            throw .openPGP(error)
        }
    }

    /// gpg's window on a terminal needs to know which one that is, since standard input is not.
    private static func withTerminal(_ environment: ProcessEnvironment) -> ProcessEnvironment {
        guard environment.value("GPG_TTY") == nil else { return environment }
        var result = environment
        var name = [CChar](repeating: 0, count: 256)
        for descriptor: Int32 in [0, 2] where ttyname_r(descriptor, &name, name.count) == 0 {
            result["GPG_TTY"] = String(
                decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            break
        }
        return result
    }

    /// - Throws: always: a signature of gpg's is more than its value.
    package func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        throw .notSigned("\(OpenPGPFault.notForMetadata)")
    }

    /// An entry of `signatures` over the canonical bytes of what is signed.
    ///
    /// - Parameter id: without effect: the entry stands under the fingerprint of the key or
    ///   subkey that gpg chose.
    package func signature(
        over message: [UInt8], as id: KeyID
    ) throws(SigningError) -> Signature {
        do throws(KeyAccessError) { return try signature(over: message) } catch {
            throw error.signingError
        }
    }

    /// An entry of `signatures`.
    ///
    /// - Throws: ``KeyAccessError``: `.program` if gpg refuses, `.openPGP`.
    package func signature(over message: [UInt8]) throws(KeyAccessError) -> Signature {
        let bytes: [UInt8]
        do throws(ProgramFault) {
            let run = try ProgramRun(
                program, arguments: arguments, environment: environment,
                maximumOutput: limits.programOutput)
            bytes = try run.run(
                input: message, within: limits.person, patience: limits.patience
            ) {
                dialog.notice("\(use): gpg waits; answer in its window, or touch the token now")
            }
        } catch {
            throw .program(program, error)
        }
        do throws(OpenPGPFault) {
            return Signature(openPGP: try key.signature(bytes, over: message))
        } catch {
            throw .openPGP(error)
        }
    }
}

extension KeyOpener {
    /// A signer with a `gpg:` or `gnupg:` key.
    ///
    /// - Parameters:
    ///   - fingerprint: of the public key, which a `gnupg:` URI does not name.
    ///   - now: the moment for which the key must be valid.
    /// - Throws: ``KeyAccessError``: `.notOpened` for other URIs.
    package func openPGP(
        _ uri: KeyURI, fingerprint: String? = nil, at now: Instant, for use: KeyUse,
        dialog: any KeyDialog
    ) throws(KeyAccessError) -> OpenPGPSigner {
        let (named, home): (String?, String?)
        switch uri {
        case .openPGP(let digits, let folder): (named, home) = (digits, folder)
        case .gnupg(let folder): (named, home) = (fingerprint, folder)
        default: throw .notOpened(scheme: uri.scheme)
        }
        guard let named else { throw .openPGP(.noKey(fingerprint: "")) }
        return try OpenPGPSigner(
            fingerprint: named, homeDirectory: home, at: now, for: use, dialog: dialog,
            environment: environment, limits: limits)
    }
}
