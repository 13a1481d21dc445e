// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// A change of what snapshot or timestamp lists: the versions of other roles' files.
package enum ListingFact: Sendable, Equatable {
    case listed(RoleName, Entry)
    case moved(RoleName, Entry, before: Int)
    case lowered(RoleName, Entry, before: Int)
    /// The version is the same, length or digest is not.
    case swapped(RoleName, Entry)
    case dropped(RoleName, before: Int?)
    /// More than are told one by one.
    ///
    /// - Parameter digest: SHA-256 over all of them.
    case many(Kind, count: Int, first: [UTF8Text], digest: String)

    package enum Kind: String, Sendable {
        case listed, moved
    }

    /// What stands there of a file.
    package struct Entry: Sendable, Equatable {
        package let version: Int
        package let length: Int?
        /// By algorithm.
        package let digests: [FileEntry.Digest]

        fileprivate var pins: String {
            let parts =
                [length.map { ChangeText.count($0, "byte") }]
                + digests.map { "\(ChangeText.name($0.algorithm)) \(ChangeText.name($0.hex))" }
            let words = parts.compactMap(\.self).joined(separator: ", ")
            return words.isEmpty ? "" : " (\(words))"
        }

        fileprivate var json: JSON {
            var entry: JSON = ["version": .integer(version)]
            entry.set("length", length.map { .integer($0) })
            if !digests.isEmpty {
                entry.set(
                    "hashes",
                    .object(digests.map { JSON.Member($0.algorithm, .string($0.hex)) }))
            }
            return entry
        }
    }
}

extension ListingFact: FactWords {
    var kind: String {
        switch self {
        case .listed: "role-listed"
        case .moved: "role-version"
        case .lowered: "role-version-lowered"
        case .swapped: "role-swapped"
        case .dropped: "role-dropped"
        case .many(let kind, _, _, _): "roles-\(kind.rawValue)"
        }
    }

    var weight: Change.Weight { .dates }

    var urgency: Change.Urgency {
        switch self {
        case .listed, .moved, .many: .plain
        case .lowered, .swapped, .dropped: .alarm
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .listed(let role, let entry):
            return "\(name(role)) is listed, at version \(entry.version)\(entry.pins)"
        case .moved(let role, let entry, let old):
            return "\(name(role)) is at version \(entry.version)\(entry.pins), before \(old)"
        case .lowered(let role, let entry, let old):
            return "\(name(role)) goes back to version \(entry.version)\(entry.pins) from \(old): "
                + "clients will refuse it"
        case .swapped(let role, let entry):
            return "\(name(role)) is still at version \(entry.version), but its file is another one"
                + entry.pins
        case .dropped(let role, let old):
            return "\(name(role)) is listed no more"
                + (old.map { "; it was at version \($0)" } ?? "")
                + ": clients that know it will refuse this"
        case .many(let kind, let count, let first, let digest):
            let words = kind == .listed ? "newly listed" : "at a newer version"
            return "\(ChangeText.count(count, "role")) \(words), the first: "
                + first.map(ChangeText.name).joined(separator: ", ")
                + " (sha256 over all of them \(digest))"
        }
    }

    private func name(_ role: RoleName) -> String { ChangeText.name(role.text) }

    var details: [JSON.Member] {
        switch self {
        case .listed(let role, let entry), .swapped(let role, let entry):
            [fact("of", role.text.string), JSON.Member("after", entry.json)]
        case .moved(let role, let entry, let old), .lowered(let role, let entry, let old):
            [
                fact("of", role.text.string), JSON.Member("after", entry.json),
                fact("before", old),
            ]
        case .dropped(let role, let old):
            [fact("of", role.text.string), fact("before", old)]
        case .many(_, let count, let first, let digest):
            [fact("count", count), fact("first", first), fact("sha256", digest)]
        }
    }
}
