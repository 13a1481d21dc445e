// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// The changes of one role.
package struct RoleChanges: Sendable, Equatable {
    package let role: RoleName
    /// Alarms first, then by weight.
    package let changes: [Change]

    init(_ role: RoleName, _ changes: [Change]) {
        self.role = role
        self.changes = changes.inReadingOrder
    }

    /// Compares two states of a role's `signed` part.
    ///
    /// The two need not be sound metadata: what has an unexpected shape is told as it stands.
    ///
    /// - Parameters:
    ///   - old: the last signed state; `nil` if there is none, then everything is new.
    ///   - new: the state to be signed; `nil` if the role is gone.
    ///   - now: what "over already" goes by.
    ///   - listed: number of files and of listed roles of each kind that are told one by one;
    ///     more are counted. All that is about trust is always told one by one.
    package init(
        of role: RoleName, from old: JSONValue?, to new: JSONValue?, at now: Instant,
        listing listed: Int = 10
    ) {
        var comparison = Comparison(role, now: now, listed: listed)
        comparison.compareDocuments(old, new)
        self.init(role, comparison.changes)
    }

    /// Compares two states that were built and not read.
    ///
    /// - Throws: `JSONError` only for a tree that could not be metadata, as one nested too deeply.
    package init(
        of role: RoleName, from old: JSON?, to new: JSON?, at now: Instant, listing: Int = 10
    ) throws(JSONError) {
        self.init(
            of: role, from: try RoleChanges.value(old), to: try RoleChanges.value(new), at: now,
            listing: listing)
    }

    private static func value(_ tree: JSON?) throws(JSONError) -> JSONValue? {
        guard let tree else { return nil }
        return try JSONDocument(tree.compactBytes()).root
    }

    package var isEmpty: Bool { changes.isEmpty }

    package var hasAlarm: Bool { changes.contains { $0.urgency == .alarm } }

    /// The changes under headings: alarms first, then by weight; none of them empty.
    package var groups: [(heading: String, changes: [Change])] {
        let alarms = changes.filter { $0.urgency == .alarm }
        return [("alarms", alarms)].filter { !$0.1.isEmpty }
            + Change.Weight.allCases.compactMap { weight in
                let part = changes.filter { $0.urgency != .alarm && $0.weight == weight }
                return part.isEmpty ? nil : (RoleChanges.heading(weight), part)
            }
    }

    private static func heading(_ weight: Change.Weight) -> String {
        switch weight {
        case .trust: "who can sign what"
        case .policy: "evidence and layout"
        case .files: "files"
        case .dates: "versions and dates"
        case .other: "other"
        }
    }

    /// `{"role", "changes": […]}`.
    package var json: JSON {
        ["role": .string(role.text), "changes": .array(changes.map(\.json))]
    }

    /// A sentence a line, alarms marked.
    package var lines: [String] { changes.map(\.line) }
}
