// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import KeyAccess

/// A program of docker's that keeps credentials: `docker-credential-<name> get`, with the
/// registry on its standard input.
struct CredentialHelper {
    private static let maximumBytes = 64 << 10
    private static let patience = Duration.seconds(30)

    private let program: String

    /// - Throws: ``RegistryError/credentialHelper(_:_:)`` for a name with other characters than
    ///   such programs have.
    init(_ name: String) throws(RegistryError) {
        program = "docker-credential-\(name)"
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "._-".utf8.contains(byte)
            }
        }
        guard isPlain else { throw .credentialHelper(program, "no name of a program") }
    }

    /// - Throws: ``RegistryError/credentialHelper(_:_:)``, without anything that it printed.
    func login(
        for place: RegistryPlace, _ environment: ProcessEnvironment
    ) throws(RegistryError) -> RegistryLogin {
        let output: [UInt8]
        do throws(ProgramFault) {
            let run = try ProgramRun(
                program, arguments: ["get"], environment: environment,
                maximumOutput: CredentialHelper.maximumBytes)
            output = try run.run(
                input: Array(place.registry.utf8), within: CredentialHelper.patience)
        } catch {
            // That it has none is said in no other way than any other failure.
            if case .exited(let status, _) = error {
                return .anonymous(remark: "\(program) gave no credentials, exit status \(status)")
            }
            throw .credentialHelper(program, "\(error)")
        }
        guard let answer = try? JSONDocument(output).root.object(),
            let user = try? answer["Username"]?.text(),
            let secret = try? answer["Secret"]?.text()
        else { throw .credentialHelper(program, "answered without user and secret") }
        guard user != "<token>" else {
            return .anonymous(
                remark: "\(program) has an identity token for it, which is not used here")
        }
        return .password(user: user.string, password: secret.string)
    }
}
