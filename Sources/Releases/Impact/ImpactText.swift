// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Impact {
    /// How many files of a list are shown.
    private static let shownFiles = 20

    /// What rests on the key, for a person.
    public var text: String {
        var text = heading
        if roles.isEmpty && policies.isEmpty && releases.isEmpty {
            return text + "Nothing rests on it.\n"
        }
        for (index, role) in roles.enumerated() {
            text += line(index == 0 ? "Roles" : "", sentence(role))
        }
        for (index, policy) in policies.enumerated() {
            text += line(index == 0 ? "Policies" : "", sentence(policy))
        }
        text += releaseLines
        return text + next
    }

    private var heading: String {
        let known = key.names.isEmpty ? "key" : joined(key.names.map { quotedIfOdd($0) })
        return "\(known)  \(key.key.type)  \(shown(key.ids[0]))\n"
    }

    private func line(_ label: String, _ words: String) -> String {
        "  " + label.padding(to: 10) + words + "\n"
    }

    private func sentence(_ role: Role) -> String {
        var words = "\(role.name): "
        words +=
            role.isAlone
            ? (role.keys == 1 ? "the only key" : "any of \(role.keys) keys is enough")
            : "\(role.threshold) of \(role.keys) keys needed"
        if role.files > 0 { words += "; \(counted(role.files, "released file"))" }
        return words
    }

    private func sentence(_ policy: Policy) -> String {
        var parts: [String] = []
        if let signing = policy.signing {
            parts.append("signs it (\(signing.threshold) of \(signing.keys) needed)")
        }
        if !policy.steps.isEmpty {
            let steps = policy.steps.map {
                "\(quotedIfOdd($0.name.string)) (\($0.threshold) of \($0.functionaries) needed)"
            }
            parts.append("does \(joined(steps))")
        }
        if let revocation = policy.revocation { parts.append(revocation.words) }
        return "\(policy.name): \(parts.joined(separator: "; "))"
    }

    private var releaseLines: String {
        guard !releases.isEmpty else {
            return policies.contains { !$0.steps.isEmpty }
                ? line("Releases", "none rests on a link of it") : ""
        }
        var text = line("Releases", "\(counted(releases.count, "file")) with links of it")
        text += list(falling, "would be refused without them") { release in
            release.without.map { "\($0.cause) [\($0.code)]" } ?? ""
        }
        text += list(standing, "would still be verified") { _ in "" }
        text += list(refused, "refused as things are") { release in
            release.refusal.map { "\($0.cause) [\($0.code)]" } ?? ""
        }
        return text
    }

    private func list(
        _ files: [Release], _ title: String, _ words: (Release) -> String
    ) -> String {
        guard !files.isEmpty else { return "" }
        var text = line("", "\(files.count) \(title)")
        for file in files.prefix(Impact.shownFiles) {
            let why = words(file)
            text += line("", "  \(file.path)" + (why.isEmpty ? "" : ": \(why)"))
        }
        if files.count > Impact.shownFiles {
            text += line("", "  and \(files.count - Impact.shownFiles) more")
        }
        return text
    }

    /// What can be done, command by command.
    private var next: String {
        var commands: [(String, String)] = []
        let name = commandWord(key.names.first ?? shown(key.ids[0]))
        if policies.contains(where: { !$0.steps.isEmpty && $0.revocation == nil }) {
            commands.append(
                ("carnet revoke \(name) --retired", "no new links; what is published stands"))
            commands.append(
                ("carnet revoke \(name) --compromised", "no link counts but those you keep"))
        }
        for role in roles {
            commands.append(
                (
                    "carnet role keys \(role.name) --replace \(name)=NEW.pub",
                    "another key in its place"
                ))
        }
        for policy in policies where policy.signing != nil {
            commands.append(
                ("carnet layout sign, carnet layout add", "\(policy.name) by other owners"))
        }
        guard !commands.isEmpty else { return "" }
        let width = commands.map(\.0.utf8.count).max() ?? 0
        var text = ""
        for (index, (command, what)) in commands.enumerated() {
            text += line(index == 0 ? "Next" : "", command.padding(to: width + 2) + what)
        }
        return text
    }

    private func commandWord(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "._+-@".utf8.contains(byte)
        }
        return isPlain && !name.isEmpty ? name : shown(key.ids[0])
    }

    private func quotedIfOdd(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 }
        return isPlain && (1...80).contains(text.utf8.count) ? text : quoted(text)
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - utf8.count))
    }
}
