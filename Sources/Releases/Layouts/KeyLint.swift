// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// Looks at who may do what with which key.
struct KeyLint {
    /// Somebody, with a key if it is at hand.
    struct Holder {
        let name: String
        let key: PublicKey?
    }

    /// Two holders in one group that are the same key.
    static func shared(
        _ group: [Holder], _ log: inout FindingList,
        _ report: (String, String, inout FindingList) -> Void
    ) {
        var holders: [KeyMaterial: String] = [:]
        for holder in group {
            guard let key = holder.key else { continue }
            if let other = key.materials.lazy.compactMap({ holders[$0] }).first {
                report(other, holder.name, &log)
            }
            for material in key.materials { holders[material] = holder.name }
        }
    }

    /// Whether so many of the group may be asked for.
    ///
    /// - Parameters:
    ///   - subject: `step wheel`, `the layout`.
    ///   - deed: `do it`, `sign it`.
    static func threshold(
        _ wanted: Int, _ group: [Holder], _ place: LayoutFinding.Place, _ subject: String,
        _ deed: String, _ log: inout FindingList
    ) {
        if wanted < 1 {
            log.add(
                .thresholdZero, .error, place, "\(subject) wants \(wanted) to \(deed)",
                remedy: "set its threshold to 1 or more")
            return
        }
        let usable = group.compactMap(\.key)
        let isKnown = usable.count == group.count
        let count = isKnown ? DistinctKeys(usable).count : group.count
        if count < wanted, !group.isEmpty {
            log.add(
                .thresholdUnreachable, .error, place,
                "\(subject) wants \(wanted) to \(deed), and there "
                    + (count == 1 ? "is 1 different key" : "are \(count) different keys"),
                remedy: "name more people, each with a key of their own, or lower the threshold")
        } else if wanted == 1, count > 1 {
            log.add(
                .thresholdOne, .note, place, "any one of \(count) may \(deed): \(subject)",
                remedy: "set its threshold to 2 if two of them can be had each time")
        }
    }

    /// The lint of the end that a key of gpg has.
    static func end(
        _ holder: Holder, layoutEnds: Instant, _ now: Instant, _ log: inout FindingList
    ) {
        guard let key = holder.key else { return }
        let remedy =
            "let \(holder.name) renew the key with gpg --quick-set-expire, and export it anew"
        let place = LayoutFinding.Place("key", holder.name)
        if let end = key.end(at: now) {
            log.add(.keyEnds, .error, place, "the key of \(holder.name) \(end)", remedy: remedy)
        } else if let end = key.expires, end < layoutEnds {
            log.add(
                .keyEnds, .warning, place,
                "the key of \(holder.name) expires at \(end), before the layout does",
                remedy: remedy)
        }
    }
}

/// Looks at when a layout ends.
struct TermLint {
    private static let farDays = 730

    static func run(_ end: Instant, soonDays: Int, _ now: Instant, _ log: inout FindingList) {
        let place = LayoutFinding.Place("layout")
        if end <= now {
            log.add(
                .expired, .error, place, "the layout is expired since \(end)",
                remedy: "set a later date in \"expires\", and sign it anew")
        } else if end < now.adding(days: soonDays) {
            log.add(
                .expiresSoon, .warning, place,
                "the layout expires within \(counted(soonDays, "day")), at \(end)",
                remedy: "set a later date, or plan to sign it anew")
        } else if end > now.adding(days: farDays) {
            log.add(
                .expiresFar, .warning, place,
                "the layout expires in more than two years, at \(end)",
                remedy: "write \"expires: 1y\" and sign it anew each year")
        }
    }
}
