// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// One version of a role, as it lies in the repository.
package struct HistoryEntry: Sendable, Equatable {
    package let role: RoleName
    package let version: Int
    package let fileName: String
    /// When it was signed, where the document says for how long it was: expiry minus period.
    /// `nil` otherwise; nothing else in a repository tells.
    package let date: Instant?
    package let expires: Instant?
    /// Whose signatures verify: of the keys that counted for it, and for a root also of those
    /// of the root before.
    package let signers: [KeyLabel]
    /// Why the file cannot be read, or must not be trusted; `nil` if there is no reason.
    package let problem: String?
    /// The version that the changes are counted from; `nil` for the first one, and where
    /// nothing older is kept.
    package let since: Int?
    /// Versions between that one and this that are not kept.
    package let missing: ClosedRange<Int>?
    /// `nil` where nothing older is kept, or the file cannot be read.
    package let changes: RoleChanges?

    /// `targets 5, 2026-11-22, signed by alice and bob`.
    package var heading: String {
        let day = date.map { ", \($0.day)" } ?? ""
        let names = ChangeText.joined(signers.map(\.description), or: "nobody")
        return "\(ChangeText.name(role.text)) \(version)\(day), signed by \(names)"
    }

    /// A sentence a line: the problem, the gap, the changes.
    package var lines: [String] {
        var result: [String] = []
        if let problem { result.append("ALARM: \(problem)") }
        if let missing {
            let count =
                missing.count == 1
                ? "version \(missing.lowerBound) is"
                : "versions \(missing.lowerBound) to \(missing.upperBound) are"
            let end =
                since.map { ": this is what changed since version \($0)" }
                ?? ": what this version changed is not known"
            result.append("\(count) not kept\(end)")
        } else if let since, since != version - 1 {
            result.append("this is what changed since version \(since)")
        }
        return result + (changes?.lines ?? [])
    }

    package var json: JSON {
        [
            "role": .string(role.text), "version": .integer(version), "file": .text(fileName),
            "date": date.map { .text("\($0)") } ?? .null,
            "expires": expires.map { .text("\($0)") } ?? .null,
            "signers": .array(signers.map(\.json)), "problem": problem.map { .text($0) } ?? .null,
            "since": since.map { .integer($0) } ?? .null,
            "missing": missing.map { [.integer($0.lowerBound), .integer($0.upperBound)] } ?? .null,
            "changes": changes?.json["changes"] ?? .null,
        ]
    }
}
