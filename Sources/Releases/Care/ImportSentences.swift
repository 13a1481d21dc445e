// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository

extension ImportReport {
    /// What was taken over, and how it goes on, for a person.
    public var text: String {
        (facts + [""] + remarks + ["Next:"] + next.map { "  \($0)" })
            .joined(separator: "\n") + "\n"
    }

    // MARK: what there is

    private var facts: [String] {
        let span =
            roots.count == 1
            ? "root \(roots.lowerBound)" : "roots \(roots.lowerBound) to \(roots.upperBound)"
        var lines = [
            "taken over into \(directory): \(span), \(counted(files, "file")), \(bytes) bytes"
        ]
        for role in roles { lines += sentences(role) }
        lines.append("private keys that it needs:")
        for key in keys {
            let isUsable = key.holder.key.material != nil
            let kind = isUsable ? "\(key.holder.key.type)" : "of no type that can be used"
            let place = key.place.map { ", at \(quoted($0))" } ?? ""
            lines.append(
                "  \(shown(key)), \(kind)\(place): \(joined(key.roles.map(label)))")
        }
        return lines
    }

    private func sentences(_ role: Role) -> [String] {
        let name = role.bins > 0 ? "\(role.bins) hash bins \(role.name)-…" : role.name.description
        let holders = role.keys.holders.map {
            "\(quoted($0.name)) (\(MetadataSigning.shown($0.id)))"
        }
        let expiry =
            (role.expires <= now ? "EXPIRED since " : role.bins > 0 ? "the first until " : "until ")
            + role.expires.day
        let period =
            "signed for \(counted(role.period, "day"))"
            + (role.isPeriodStated ? "" : ", as its metadata does not say for how many")
        let files = role.files > 0 ? ", \(counted(role.files, "file"))" : ""
        return [
            "  \(name): \(role.keys.threshold) of \(joined(holders))",
            "      version \(role.version), \(expiry)\(files); will be \(period)",
        ]
    }

    private func label(_ role: RoleName) -> String {
        roles.contains { $0.name == role && $0.bins > 0 }
            ? "the bins \(role)" : role.description
    }

    private func shown(_ key: Key) -> String {
        "\(quoted(key.holder.name)) (\(MetadataSigning.shown(key.holder.id)))"
    }

    // MARK: what to know

    private var remarks: [String] {
        var lines: [String] = []
        if roots.lowerBound > 1 {
            lines.append(
                "The roots before \(roots.lowerBound) were not taken over: clients that trust one of "
                    + "them and none later cannot go on.")
        }
        lines.append(
            "Metadata is as it was, byte for byte. Earlier versions of other roles than root were "
                + "left behind: the history begins here.")
        if names > files {
            lines.append(
                isConsistent
                    ? "Files of several digests have a name for each of them, as clients choose one."
                    : "Each file has its plain name, as clients ask for it now, and one for each "
                        + "digest.")
        }
        if !isConsistent {
            lines.append(
                "It has no consistent snapshots. Clients can read it as it is; before anything else "
                    + "is changed, root must turn them on.")
        }
        if !expired.isEmpty {
            let names = expired.map { label($0.name) }
            lines.append("Clients refuse it until these are signed anew: \(joined(names)).")
        }
        if !unreachable.isEmpty {
            let first = unreachable.prefix(3).map { "\($0.path) in \($0.role)" }
            lines.append(
                (unreachable.count == 1 ? "1 entry" : "\(unreachable.count) entries")
                    + " no client can find where they "
                    + "stand, so their files were left behind: \(joined(first))"
                    + (unreachable.count > 3 ? " and so on." : "."))
        }
        if !orphans.isEmpty {
            let first = orphans.prefix(3).map { quoted($0) }
            lines.append(
                "snapshot lists \(counted(orphans.count, "file")) that nobody delegates to; they "
                    + "stay listed: \(joined(first))" + (orphans.count > 3 ? " and so on." : "."))
        }
        return lines
    }

    // MARK: what to do

    private var next: [String] {
        let there = "--repository \(directory)"
        var lines: [String] = []
        for key in keys {
            guard let place = key.place else { continue }
            let name = ImportReport.keyName(key.holder.name)
            // A cloud's key is reached by a program that signs.
            let isKnown = ImportReport.schemes.contains { place.utf8.starts(with: $0.utf8) }
            lines.append(
                isKnown
                    ? "carnet key new \(name) --at \(ImportReport.shellWord(place))"
                    : "carnet key new \(name) --at exec:PROGRAM   "
                        + "# a program that signs with \(ImportReport.shellWord(place))")
        }
        if keys.contains(where: { $0.place == nil && $0.holder.key.material != nil }) {
            lines.append("carnet key new NAME --at URI   # for each other key that you hold")
        }
        if !isConsistent { lines.append("carnet role consistent \(there)") }
        for role in expired where role.name == .root || role.period > 90 {
            lines.append("carnet role expire \(role.name) \(there)")
        }
        lines.append("carnet refresh \(there)")
        lines.append("carnet role list \(there)")
        if !hasPolicy {
            lines.append(
                "carnet role unattested --add PATTERN \(there)   "
                    + "# files to be released without evidence of how they were made")
        }
        let root = RoleName.root.fileName(version: roots.lowerBound)
        lines.append(
            roots.lowerBound == 1
                ? "carnet trust add NAME URL --fingerprint \(fingerprint)   # new consumers"
                : "carnet trust add NAME URL --root \(directory)/metadata/\(root)   # new consumers"
        )
        return lines
    }

    /// Keys that are opened where they are.
    private static let schemes = [
        "file:", "file2:", "fn:", "ssh-agent:", "pkcs11:", "hsm:", "gpg:", "gnupg:", "exec:",
    ]

    /// A name for a key's file.
    private static func keyName(_ holder: String) -> String {
        let name = holder.utf8.map { byte -> UInt8 in
            let isLetter =
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x30...0x39).contains(byte)
            return isLetter ? byte : UInt8(ascii: "-")
        }
        let text = name.drop { $0 == UInt8(ascii: "-") }
        return text.isEmpty ? "key" : String(decoding: text.prefix(60), as: UTF8.self)
    }

    /// A word that a shell takes as it is.
    private static func shellWord(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x30...0x39).contains(byte) || "-_./:=@,+%".utf8.contains(byte)
        }
        // What is no plain text is not offered to be pasted.
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x27 }) else {
            return "URI"
        }
        return isPlain ? text : "'\(text)'"
    }
}
