// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import InTotoRecording
import KeyAccess
import MetadataSigning
import PKCS11
import Releases
import RepositoryStorage
import TUFClient
import TUFRepository

/// Why a command ends without having done its work: one line, at most one hint, an exit code.
struct CommandFailure: Error {
    let message: String
    let hint: String?
    let code: Int32

    /// Code 2: the command's words or the files it was given.
    static let badInput: Int32 = 2

    init(_ message: String, hint: String? = nil, code: Int32 = CommandFailure.badInput) {
        self.message = message
        self.hint = hint
        self.code = code
    }

    /// What a person is told of an error of the modules below.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as PublishingError: self.init(publishing: error)
        case let error as RepositoryError: self.init(publishing: .repository(error))
        case let error as TrustError: self.init(trust: error)
        case let error as BundleError: self.init(bundle: error)
        case let error as UpdateError:
            let refusal = Refusal(error)
            self.init("\(error)", hint: refusal.next, code: refusal.exitCode)
        case let error as any CustomStringConvertible & Error where Self.isOurs(error):
            self.init(error.description)
        default: self.init("unexpected error: \(error)", code: 70)
        }
    }

    private static func isOurs(_ error: any Error) -> Bool {
        error is StorageError || error is RecordingError || error is SigningError
            || error is LayoutSourceError || error is StoreError
            || error is FetchError || error is JSONError || error is CredentialError
            || error is TemplateError
            || error is TokenError || error is PKCS11URIError || error is KeyAccessError
    }

    private init(publishing error: PublishingError) {
        switch error {
        case .repository(.key(let name, .wrongPassphrase)):
            self.init(
                "key \(name): wrong passphrase",
                hint: "it is taken from --passphrase-fd, CARNET_PASSPHRASE or the terminal")
        case .repository(.key(let name, .passphraseNeeded)):
            self.init(
                "key \(name): a passphrase is needed and there is no terminal to ask at",
                hint: "set CARNET_PASSPHRASE, or give --passphrase-fd N")
        case .repository(.keysMissing):
            self.init(
                "\(error)",
                hint: "--keys DIR gives the folder that holds them; --propose, where there is "
                    + "that option, leaves it to others to sign")
        case .repository(.storage(_, "no such key")):
            self.init(
                "\(error)", hint: "carnet key list shows the keys here, carnet key new makes one")
        case .repository(.event):
            self.init(
                "\(error)",
                hint: "bring this copy up to date first; carnet sign --abandon gives the change up")
        case .repository(.noRepository):
            self.init("\(error)", hint: "carnet init makes one; --repository DIR names another")
        case .unconfirmed:
            self.init("\(error)", hint: "--yes takes the change as it is shown")
        case .nothingWaits, .declined: self.init("\(error)")
        case .waiting:
            self.init(
                "\(error)", hint: "carnet sign completes it; carnet sign --abandon gives it up")
        case .layoutUnsigned:
            self.init("\(error)", hint: "carnet layout sign FILE --key NAME adds a signature")
        case .weakLayout:
            self.init("\(error)", hint: "carnet layout lint FILE shows all findings")
        case .repository(.listedBefore):
            self.init("\(error)", hint: "a new version is safer; --replace insists")
        case .overlapping:
            self.init(
                "\(error)",
                hint: "give the layout that one's name to replace it; --also lets files choose")
        case .noLinks:
            self.init("\(error)", hint: "give the folders of the links with --links DIR")
        case .store(_, _, let isUnreachable):
            self.init(
                "\(error)", code: isUnreachable ? 5 : 2)
        case .overtaken:
            self.init(
                "\(error)", hint: "run it again", code: 5)
        case .otherRepository:
            self.init(
                "\(error)", hint: "a bucket or prefix of its own for each repository", code: 1)
        case .localOnly(let place):
            self.init(
                "\(error)",
                hint: "carnet mirror sync \(place) DIR, the change with --repository DIR, then "
                    + "carnet publish \(place) --repository DIR")
        case .preflight(let inner): self.init("\(error)", code: Refusal(inner).exitCode)
        case .refused: self.init("\(error)", code: 1)
        default: self.init("\(error)")
        }
    }

    private init(trust error: TrustError) {
        switch error {
        case .notTrusted:
            self.init(
                "\(error)", hint: "carnet trust add NAME URL --fingerprint HEX", code: 6)
        case .fingerprint:
            self.init("\(error)", hint: "ask the publisher for the fingerprint again", code: 1)
        case .root(let inner): self.init("\(error)", code: Refusal(inner).exitCode)
        default: self.init("\(error)")
        }
    }

    private init(bundle error: BundleError) {
        switch error {
        case .foreign: self.init("\(error)", code: 1)
        case .fingerprint:
            self.init("\(error)", hint: "ask the publisher for the fingerprint again", code: 1)
        case .notTrusted(_, _, let known):
            let hint =
                known.isEmpty
                ? "--root FILE gives the root that you trust"
                : "trusted are \(known.joined(separator: ", ")); --root FILE gives another root"
            self.init("\(error)", hint: hint, code: 6)
        case .rootsMissing:
            self.init("\(error)", hint: "a bundle made after the one you have leads there first")
        case .ambiguous: self.init("\(error)", hint: "--trusted NAME says which")
        case .damaged:
            self.init("\(error)", hint: "copy it again; a bundle is used as it was made")
        default: self.init("\(error)")
        }
    }
}
