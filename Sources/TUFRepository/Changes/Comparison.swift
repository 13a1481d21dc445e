// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Compares two states of one role's `signed` part and collects what differs.
///
/// It goes down member by member, only where the canonical forms differ, and each difference
/// either gets a sentence of its own or is told as it stands: ``explain(_:_:_:at:_:)`` sees to
/// that, so a shape that nobody thought of is not passed over.
struct Comparison {
    let role: RoleName
    let now: Instant
    /// Number of files, or of listed roles, that are told one by one; more are counted.
    let listed: Int
    private(set) var changes: [Change] = []

    init(_ role: RoleName, now: Instant, listed: Int) {
        self.role = role
        self.now = now
        self.listed = listed
    }

    mutating func add(_ fact: Change.Fact, at place: Place) {
        changes.append(Change(role: role, place: place, fact: fact))
    }

    /// Tells a difference in words of its own, or as it stands if there are none.
    ///
    /// - Parameter words: adds changes; `false` if it did not understand a value.
    mutating func explain(
        _ old: JSONValue?, _ new: JSONValue?, _ weight: Change.Weight, at place: Place,
        _ words: (inout Comparison) -> Bool
    ) {
        let count = changes.count
        let isUnderstood = words(&self)
        if !isUnderstood || changes.count == count { tell(old, new, weight, at: place) }
    }

    /// Tells a difference as it stands, down to the members that differ.
    mutating func tell(
        _ old: JSONValue?, _ new: JSONValue?, _ weight: Change.Weight, at place: Place
    ) {
        if let old, let new {
            if old.isSame(as: new) { return }
            if old.kind == .object, new.kind == .object {
                for pair in MemberPair.differing(old, new) {
                    tell(pair.old, pair.new, weight, at: place[pair.key])
                }
                return
            }
            if let first = try? old.array(), let second = try? new.array() {
                return tell(first, second, weight, at: place)
            }
        }
        add(.member(MemberFact(old: old?.tree(), new: new?.tree(), weight: weight)), at: place)
    }

    /// What two lists do not have in common at their beginning and end.
    private mutating func tell(
        _ old: [JSONValue], _ new: [JSONValue], _ weight: Change.Weight, at place: Place
    ) {
        let shorter = min(old.count, new.count)
        var head = 0
        while head < shorter, old[head].isSame(as: new[head]) { head += 1 }
        var tail = 0
        while tail < shorter - head, old[old.count - 1 - tail].isSame(as: new[new.count - 1 - tail])
        {
            tail += 1
        }
        let (left, right) = (old[head..<(old.count - tail)], new[head..<(new.count - tail)])
        for offset in head..<max(left.endIndex, right.endIndex, head) {
            tell(
                left.indices.contains(offset) ? old[offset] : nil,
                right.indices.contains(offset) ? new[offset] : nil, weight,
                at: place[UTF8Text("[\(offset)]")])
        }
    }

    /// The members of two lists of texts that only one of them has, and the rest of each.
    struct Lists {
        let gained: [UTF8Text]
        let lost: [UTF8Text]
        /// Whether what both have stands in the same order, each once. Where among the others
        /// something new stands is not told: in no list of this kind does it mean anything.
        let isSameOrder: Bool

        init(_ old: [UTF8Text], _ new: [UTF8Text]) {
            let (before, after) = (Set(old), Set(new))
            gained = new.filter { !before.contains($0) }
            lost = old.filter { !after.contains($0) }
            isSameOrder =
                old.filter(after.contains) == new.filter(before.contains)
                && Set(gained).count == gained.count && Set(lost).count == lost.count
        }
    }
}
