// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

/// Options of every command that changes who holds what.
struct ChangeOptions: ParsableArguments {
    @Option(help: "Folder of the repository.")
    var repository = "."

    @Flag(help: "Take the change as shown, without asking.")
    var yes = false

    @OptionGroup var keys: KeyOptions

    func publisher() throws -> Publisher {
        Publisher(RepositoryDirectory(repository), try keys.directory(), now: currentInstant())
    }

    /// Makes a change: shows it, asks, signs, and says how it ended.
    func apply(
        _ body: (inout RepositoryEdit) throws(RepositoryError) -> Void
    ) async throws {
        let confirmation = confirmation
        let outcome = try await publisher().change(confirming: confirmation, body)
        report(outcome)
    }

    /// Shows a change in sentences and asks whether it is meant.
    var confirmation: Publisher.Confirmation {
        let yes = yes
        return { (edit, foresight) throws(PublishingError) in
            do throws(RepositoryError) { Output.raw(try edit.sentences()) } catch {
                throw .repository(error)
            }
            Output.raw(foresight.sentences)
            if yes { return true }
            guard Terminal.isInteractive else { throw .unconfirmed }
            return Terminal.confirms("Sign this?")
        }
    }

    func report(_ outcome: ChangeOutcome) {
        switch outcome {
        case .published(let roles):
            let changed = roles.filter { $0.role != .snapshot && $0.role != .timestamp }
            var names = changed.prefix(8).map { "\($0.role) version \($0.version)" }
            if changed.count > 8 { names.append("and \(changed.count - 8) more") }
            Output.result("published in \(repository): \(names.joined(separator: ", "))")
            if let root = roles.first(where: { $0.role == .root }) {
                let digest = DigestAlgorithm.sha256.hexDigest(of: root.bytes)
                Output.result("new consumers trust the new root: --fingerprint \(digest)")
            }
        case .waiting(let change): Output.raw(change.sentences(repository))
        }
    }

    /// A key from the folder or a file, under its holder's name.
    func holder(_ name: String) throws -> RoleKeySet.Holder {
        RoleKeySet.Holder(try keys.directory().publicKey(name), name: personName(name))
    }

    /// Keys for a role that is to be.
    func keySet(_ names: [String], threshold: Int?) throws -> RoleKeySet {
        var set = RoleKeySet([], threshold: 1)
        for name in names { try set.add(try holder(name)) }
        set.set(threshold: threshold ?? names.count)
        return set
    }
}

extension SignedChange {
    /// What waits for whom, and how it goes on.
    func sentences(_ repository: String) -> String {
        var text = ""
        let open = own.filter { !$0.isComplete }
        if open.isEmpty {
            text += "signed by all who must; it waits for the online keys:\n"
            for role in waiting {
                text += "  \(role.role): \(role.missing.joined(separator: " or "))\n"
            }
            return text + "  next, where they are: carnet sign --repository \(repository)\n"
        }
        text += "waits for signatures in \(repository)/signing:\n"
        for role in own.prefix(50) {
            text += "  \(role.role) version \(role.version): "
            text += role.signers.isEmpty ? "" : "signed by \(role.signers.joined(separator: ", "))"
            let needs = role.authorities.map { max(0, $0.threshold - role.count($0)) }.max() ?? 0
            if needs > 0 {
                text += role.signers.isEmpty ? "" : "; "
                text += "\(needs) more needed, of: \(role.missing.joined(separator: ", "))"
            }
            text += "\n"
        }
        return text + """
            Send them the repository's folder (git, a shared folder), or one file:
              carnet sign --repository \(repository) --export change.json
            They sign with
              carnet sign --repository DIR     or     carnet sign --repository DIR --import change.json

            """
    }
}
