// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// A role's metadata as a change will leave it.
struct RoleDraft: Sendable {
    /// The `signed` part; its version and expiry are set at the end, unless the draft
    /// ``isFixed``.
    var document: RoleDocument
    /// Whether its files, but for those of ``document``, are those of the published role, which
    /// has an index.
    var hasPublishedFiles = false
    /// Whether others may have signed it as it stands, so that not one byte may change.
    var isFixed = false
    /// What they signed it with.
    var signatures: [Signature] = []

    init(_ document: JSON) { self.document = RoleDocument(document) }

    /// Makes the draft one that nobody has signed yet.
    mutating func reopen() {
        isFixed = false
        signatures = []
    }

    /// Whether it lists nothing, and never did.
    var isWithoutFiles: Bool {
        !hasPublishedFiles && document.files.isEmpty
            && (document.rest["targets"]?.members ?? []).isEmpty
    }

    /// The document; unless it is fixed, under this version and with an expiry counted from
    /// `now`.
    ///
    /// - Parameter days: how long it is good for where it does not say so itself.
    func finished(version: Int, now: Instant, days: Int) -> RoleDocument {
        guard !isFixed else { return document }
        var result = document
        let period = MetadataBuilder.period(document.rest) ?? days
        result.rest.set("version", .integer(version))
        result.rest.set("expires", .text(now.adding(days: period).description))
        return result
    }
}

/// Finishes many drafts: those of hash bins mostly differ in their files alone, and then share one
/// tree of the rest.
struct DraftFinisher {
    private let now: Instant
    private var last: (draft: JSON, version: Int, days: Int, finished: JSON)?

    init(now: Instant) { self.now = now }

    /// ``RoleDraft/finished(version:now:days:)`` at this moment.
    mutating func finish(_ draft: RoleDraft, version: Int, days: Int) -> RoleDocument {
        if let last, !draft.isFixed, last.version == version, last.days == days,
            last.draft == draft.document.rest
        {
            var document = draft.document
            document.rest = last.finished
            return document
        }
        let document = draft.finished(version: version, now: now, days: days)
        if !draft.isFixed { last = (draft.document.rest, version, days, document.rest) }
        return document
    }
}
