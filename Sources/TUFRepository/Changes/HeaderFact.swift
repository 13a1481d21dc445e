// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// A change of what all four kinds of documents have: version, dates, periods, form.
package enum HeaderFact: Sendable, Equatable {
    /// There was no older state.
    case begins(RoleName, version: Int)
    /// There is no newer state.
    case ends(RoleName, version: Int?)
    case version(Int, before: Int?)
    /// Something differs, yet the version is the same.
    case sameVersion(Int)
    /// Roots are taken one by one, so this one can never be (TUF 1.0.34 §5.3.3).
    case rootOutOfOrder(Int, before: Int)
    /// - Parameter isPast: whether it is over already.
    case expires(Instant, before: Instant?, isPast: Bool)
    /// How long a signature is good for, or how long before its end it is renewed.
    case period(member: UTF8Text, role: RoleName, days: Int?, before: Int?)
    case consistentSnapshot(Bool, before: Bool?)
    /// What kind of metadata it says it is.
    case type(UTF8Text?, before: UTF8Text?)
    case specVersion(UTF8Text, before: UTF8Text?)
    /// The role's file is there and cannot be read or trusted; what it says is unknown.
    case unread(RoleName, reason: String)
    /// There are more roles than were looked at.
    case beyond(limit: Int)
    /// A new document lists none of what it could.
    case nothing(of: String)
}

extension HeaderFact: FactWords {
    var kind: String {
        switch self {
        case .begins: "begins"
        case .ends: "ends"
        case .version: "version"
        case .sameVersion: "same-version"
        case .rootOutOfOrder: "root-out-of-order"
        case .expires: "expires"
        case .period: "period"
        case .consistentSnapshot: "consistent-snapshot"
        case .type: "type"
        case .specVersion: "spec-version"
        case .unread: "unread"
        case .beyond: "beyond-limit"
        case .nothing: "nothing-listed"
        }
    }

    var weight: Change.Weight {
        switch self {
        case .begins, .ends, .version, .sameVersion, .rootOutOfOrder, .expires, .period: .dates
        case .consistentSnapshot: .policy
        case .nothing, .type, .specVersion, .unread, .beyond: .other
        }
    }

    var urgency: Change.Urgency {
        switch self {
        case .version(let new, let old?): new < old ? .alarm : .plain
        case .rootOutOfOrder, .type, .unread: .alarm
        case .sameVersion, .ends, .beyond: .warning
        case .expires(_, _, let isPast): isPast ? .alarm : .plain
        case .consistentSnapshot(let isOn, let old): isOn && old == nil ? .plain : .warning
        case .begins, .version, .period, .nothing, .specVersion: .plain
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .begins(let role, let version):
            return "\(ChangeText.name(role.text)) is new, at version \(version)"
        case .ends(let role, let version):
            let end = version.map { "; its last version was \($0)" } ?? ""
            return "\(ChangeText.name(role.text)) is gone\(end)"
        case .version(let new, let old?) where new < old:
            return "version \(new), but \(old) came before: clients that have \(old) will refuse it"
        case .version(let new, let old):
            return "version \(new)" + (old.map { ", before \($0)" } ?? "")
        case .sameVersion(let version):
            return "still version \(version) although something differs: "
                + "clients that have version \(version) keep what they have"
        case .rootOutOfOrder(let new, let old):
            return "root \(new) cannot follow root \(old): clients ask for root \(old + 1) next"
        case .expires(let new, let old, let isPast):
            let before = old.map { ", before \($0) (\(HeaderFact.distance(from: $0, to: new)))" }
            return "expires \(new)\(before ?? "")\(isPast ? ": that is over already" : "")"
        case .period(let member, let role, let days, let old):
            return HeaderFact.period(member, role, days, old)
        case .consistentSnapshot(let isOn, let old):
            return HeaderFact.consistentSnapshot(isOn, isNew: old == nil)
        case .type(let new, let old):
            let type = new.map { "it is metadata of type \(ChangeText.name($0))" }
            return "says \(type ?? "not what kind of metadata it is")"
                + (old.map { ", before \(ChangeText.name($0))" } ?? "")
                + ": clients will refuse it"
        case .specVersion(let new, let old):
            return "follows TUF \(ChangeText.name(new))"
                + (old.map { ", before \(ChangeText.name($0))" } ?? "")
        case .unread(let role, let reason):
            return "what \(ChangeText.name(role.text)) says is not known: \(reason)"
        case .beyond(let limit):
            return "only \(ChangeText.count(limit, "role")) were looked at; there are more"
        case .nothing(let things): return "there are no \(things) in it"
        }
    }

    private static func distance(from old: Instant, to new: Instant) -> String {
        let seconds = new.seconds - old.seconds
        let direction = seconds < 0 ? "earlier" : "later"
        let (days, hours) = (abs(seconds) / 86400, abs(seconds) / 3600)
        if days > 0 { return "\(ChangeText.count(days, "day")) \(direction)" }
        if hours > 0 { return "\(ChangeText.count(hours, "hour")) \(direction)" }
        return "\(ChangeText.count(abs(seconds), "second")) \(direction)"
    }

    private static func consistentSnapshot(_ isOn: Bool, isNew: Bool) -> String {
        if isOn {
            return isNew
                ? "each version of a file is kept under a name of its own"
                : "each version of a file is now kept under a name of its own: "
                    + "clients ask for other file names from here on"
        }
        return "files \(isNew ? "are not" : "are no longer") kept under names of their own: "
            + "a client that reads while the repository is published may see half of each state"
    }

    private static func period(
        _ member: UTF8Text, _ role: RoleName, _ days: Int?, _ old: Int?
    ) -> String {
        let name = ChangeText.name(role.text)
        let before = old.map { ", before \(ChangeText.count($0, "day"))" } ?? ""
        guard let days else {
            return "\(name): it is no longer said how long a signature is good for or when it is "
                + "renewed (\(ChangeText.name(member)))\(before)"
        }
        let words = ChangeText.count(days, "day")
        switch member {
        case MetadataBuilder.periodMember, "x-tuf-on-ci-expiry-period":
            return "a signature of \(name) is good for \(words)\(before)"
        case "x-tuf-on-ci-signing-period":
            return "\(name) is to be signed anew \(words) before it expires\(before)"
        default: return "\(name): \(ChangeText.name(member)) is \(words)\(before)"
        }
    }

    /// Whether a member holds a number of days that ``period(member:role:days:before:)`` tells.
    static func isPeriod(_ member: UTF8Text) -> Bool {
        if member == "x-tuf-on-ci-expiry-period" || member == "x-tuf-on-ci-signing-period" {
            return true
        }
        return member.utf8.starts(with: "x-carnet-".utf8)
            && member.utf8.reversed().starts(with: "-days".utf8.reversed())
    }

    var details: [JSON.Member] {
        switch self {
        case .begins(_, let version), .sameVersion(let version): [fact("version", version)]
        case .ends(_, let version): [fact("before", version)]
        case .version(let new, let old):
            [fact("version", new), fact("before", old)]
        case .rootOutOfOrder(let new, let old): [fact("version", new), fact("before", old)]
        case .expires(let new, let old, let isPast):
            [
                fact("expires", new.description), fact("before", old?.description),
                JSON.Member("past", .boolean(isPast)),
            ]
        case .period(let member, let role, let days, let old):
            [
                fact("member", member.string), fact("of", role.text.string), fact("days", days),
                fact("before", old),
            ]
        case .consistentSnapshot(let isOn, let old):
            [
                JSON.Member("consistent", .boolean(isOn)),
                JSON.Member("before", old.map(JSON.boolean) ?? .null),
            ]
        case .type(let new, let old):
            [fact("after", new?.string), fact("before", old?.string)]
        case .specVersion(let new, let old):
            [fact("after", new.string), fact("before", old?.string)]
        case .unread(let role, let reason):
            [fact("of", role.text.string), fact("reason", reason)]
        case .beyond(let limit): [fact("limit", limit)]
        case .nothing(let things): [fact("of", things)]
        }
    }
}

/// A fact in JSON; `null` for none.
func fact(_ name: UTF8Text, _ value: Int?) -> JSON.Member {
    JSON.Member(name, value.map { .integer($0) } ?? .null)
}

/// A fact in JSON; `null` for none.
func fact(_ name: UTF8Text, _ value: String?) -> JSON.Member {
    JSON.Member(name, value.map { .text($0) } ?? .null)
}

/// A list of texts in JSON.
func fact(_ name: UTF8Text, _ value: [UTF8Text]) -> JSON.Member {
    JSON.Member(name, .array(value.map(JSON.string)))
}
