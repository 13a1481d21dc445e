// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository

extension RepositoryEdit {
    /// Roles that are told one by one; a change of hash bins may touch thousands.
    private static let told = 12

    /// What the change means, compared with what is published: who gains what, who loses what,
    /// which files, which dates; and what clients will experience.
    func sentences() throws(RepositoryError) -> String {
        var text = ""
        var told = 0
        var passed = 0
        for role in changed {
            let new = try document(of: role)
            let old = try published(role)
            let changes: RoleChanges
            do throws(JSONError) {
                changes = try RoleChanges(of: role, from: old, to: new, at: now)
            } catch {
                throw .invalid(file: role.shownFile, .malformed(error))
            }
            // Who may sign what is told of every role.
            let isGrave =
                changes.hasAlarm || changes.changes.contains { $0.weight == .trust }
            guard isGrave || told < RepositoryEdit.told else {
                passed += 1
                continue
            }
            told += 1
            text += "\(role)\(old == nil ? ", a new role" : "")\n"
            if changes.isEmpty { text += "  signed anew, nothing else\n" }
            for group in changes.groups {
                text += "  \(group.heading)\n"
                for change in group.changes { text += "    \(change.line)\n" }
            }
        }
        if passed > 0 {
            text += "and \(passed) more roles, such as hash bins, in which nobody gains or loses "
            text += "the right to sign\n"
        }
        for sentence in try experience() { text += "\(sentence)\n" }
        return text
    }

    /// What stands of a role now; `nil` for a role that is new.
    private func published(_ role: RoleName) throws(RepositoryError) -> JSON? {
        switch role {
        case .root: return state.root.document.value.tree()
        case .targets: return state.targets.document.value.tree()
        case .snapshot: return state.snapshot.document.value.tree()
        case .timestamp: return state.timestamp.document.value.tree()
        default:
            guard state.version(of: role) > 0, try state.tree.place(of: role) != nil else {
                return nil
            }
            return try state.delegated(role).targets.document.value.tree()
        }
    }

    private func experience() throws(RepositoryError) -> [String] {
        guard changed.contains(.root) else { return [] }
        let document = try document(of: .root)
        do throws(JSONError) {
            let new = try Root(JSONDocument(document.compactBytes()).root)
            return ClientExperience(of: state.root.document, to: new).sentences
        } catch {
            throw .invalid(file: RoleName.root.shownFile, .malformed(error))
        }
    }
}
