// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// A key behind a program: the way to a KMS, to Vault and to everything else.
///
/// The program is run without a shell, once for each signature:
///
/// ```
/// PROGRAM sign ARG…     bytes to sign on standard input; the signature, raw, on standard output
/// PROGRAM public ARG…   the public key as PEM on standard output
/// ```
///
/// Signatures are in the key's scheme: 64 bytes for ed25519, DER for ECDSA, for RSA the bytes of
/// PSS with SHA-256. `CARNET_KEY_NAME`, `CARNET_KEY_HOLDER` and `CARNET_KEY_PURPOSE` tell what is
/// wanted for whom, `CARNET_KEY_ID` and `CARNET_KEY_SCHEME` which key must sign;
/// `CARNET_PASSPHRASE` is not passed on. An exit status other than 0 is a refusal, and the last
/// line of standard error is shown as its reason. It may ask its user at `/dev/tty`.
struct ProgramSigner: Sendable {
    let name: String
    let arguments: [String]
    let environment: ProcessEnvironment
    let limits: AccessLimits
    let use: KeyUse

    /// What the program says is its public key.
    func publicKey() throws(KeyAccessError) -> PublicKey {
        do throws(ProgramFault) {
            let pem = try run("public", listed: nil).run(within: limits.answer)
            do throws(SigningError) { return try PublicKey(pem: pem) } catch {
                throw .noPublicKey("\(error)")
            }
        } catch {
            throw .program(name, error)
        }
    }

    /// A signature, not checked yet.
    func sign(
        _ message: [UInt8], with key: PublicKey, whileWaiting: () -> Void
    ) throws(KeyAccessError) -> [UInt8] {
        do throws(ProgramFault) {
            let signature = try run("sign", listed: key).run(
                input: message, within: limits.person, patience: limits.patience,
                whileWaiting: whileWaiting)
            guard !signature.isEmpty else { throw .noSignature }
            return signature
        } catch {
            throw .program(name, error)
        }
    }

    /// Tells why a signature does not verify: whether the program has another key.
    func expectKey(_ listed: PublicKey) throws(KeyAccessError) {
        guard let found = try? publicKey() else { return }
        _ = try CheckedSigner.key(found, listed: listed, name: use.keyName)
    }

    private func run(_ action: String, listed: PublicKey?) throws(ProgramFault) -> ProgramRun {
        var environment = environment
        environment["CARNET_KEY_NAME"] = use.keyName
        environment["CARNET_KEY_HOLDER"] = use.holder
        environment["CARNET_KEY_PURPOSE"] = use.purpose
        environment["CARNET_KEY_ID"] = listed?.keyID.text.string
        environment["CARNET_KEY_SCHEME"] = listed?.scheme.string
        return try ProgramRun(
            name, arguments: [action] + arguments, environment: environment,
            maximumOutput: limits.programOutput)
    }
}
