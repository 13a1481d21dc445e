// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// A role's metadata as a change will leave it.
struct RoleDraft: Sendable {
    /// The `signed` part, without ``files``; its version and expiry are set at the end, unless
    /// the draft ``isFixed``.
    var document: JSON
    /// Target files to list, or with `nil` to list no more. Kept apart, because a role may have a
    /// million files, of which a change touches one.
    var files: [UTF8Text: JSON?] = [:]
    /// Whether its files, but for ``files``, are those of the published role, which has an index.
    var hasPublishedFiles = false
    /// Whether others may have signed it as it stands, so that not one byte may change.
    var isFixed = false
    /// What they signed it with.
    var signatures: [Signature] = []

    init(_ document: JSON) { self.document = document }

    /// Makes the draft one that nobody has signed yet.
    mutating func reopen() {
        isFixed = false
        signatures = []
    }

    /// The document with its files; unless it is fixed, under this version and with an expiry
    /// counted from `now`.
    ///
    /// - Parameter days: how long it is good for where it does not say so itself.
    func finished(version: Int, now: Instant, days: Int) -> JSON {
        guard !isFixed else { return document }
        var result = document
        if !files.isEmpty { result.set("targets", .object(mergedFiles)) }
        let period = MetadataBuilder.period(document) ?? days
        result.set("version", .integer(version))
        result.set("expires", .text(now.adding(days: period).description))
        return result
    }

    private var mergedFiles: [JSON.Member] {
        var rest = files
        var members: [JSON.Member] = []
        for member in document["targets"]?.members ?? [] {
            guard let change = rest.removeValue(forKey: member.key) else {
                members.append(member)
                continue
            }
            if let entry = change { members.append(JSON.Member(member.key, entry)) }
        }
        for (path, change) in rest.sorted(by: { $0.key < $1.key }) {
            if let entry = change { members.append(JSON.Member(path, entry)) }
        }
        return members
    }
}
