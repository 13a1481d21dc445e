// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

extension Comparison {
    /// Compares two `x-carnet` members of top-level targets (its form: Docs/Formats/Policy.md).
    mutating func comparePolicy(_ old: JSONValue?, _ new: JSONValue?, at place: Place) -> Bool {
        guard old?.kind ?? .object == .object, new?.kind ?? .object == .object else {
            return false
        }
        guard new != nil else {
            let role = try? old?["layouts"]?.text()
            add(.policy(.layouts(role: nil, before: role.map(RoleName.init))), at: place)
            return false
        }
        for pair in MemberPair.differing(old, new) {
            let place = place[pair.key]
            explain(pair.old, pair.new, .policy, at: place) {
                $0.comparePolicyMember(pair, isNew: old == nil, at: place)
            }
        }
        return true
    }

    private mutating func comparePolicyMember(
        _ pair: MemberPair, isNew: Bool, at place: Place
    ) -> Bool {
        switch pair.key {
        case "layouts":
            guard let texts = pair.texts else { return false }
            add(
                .policy(
                    .layouts(
                        role: texts.new.map(RoleName.init), before: texts.old.map(RoleName.init))),
                at: place)
        case "unattested":
            guard let lists = pair.lists else { return false }
            if !lists.gained.isEmpty {
                add(.policy(.needNoEvidence(lists.gained, isNew: isNew)), at: place)
            }
            if !lists.lost.isEmpty { add(.policy(.needEvidence(lists.lost)), at: place) }
            return lists.isSameOrder
        default: return false
        }
        return true
    }

    /// Tells what a layout's target says of itself: `custom.carnet` and `custom.in-toto`.
    mutating func compareLayout(_ pair: MemberPair, at place: Place) {
        let layout = pair.key
        guard pair.new != nil else {
            // The rest goes with the file, and the removal of that is told.
            let templates = pair.old?["custom"]?["carnet"]?["applies-to"]?.textList ?? []
            if !templates.isEmpty {
                add(.policy(.governsNoLonger(layout: layout, templates)), at: place)
            }
            return
        }
        let (old, new) = (pair.old?["custom"], pair.new?["custom"])
        let keys = MemberPair(key: "in-toto", old: old?["in-toto"], new: new?["in-toto"])
        let place = place["custom"]
        if keys.isDifferent {
            explain(keys.old, keys.new, .trust, at: place["in-toto"]) { comparison in
                guard let lists = keys.lists else { return false }
                if !lists.gained.isEmpty || !lists.lost.isEmpty {
                    comparison.add(
                        .policy(
                            .layoutKeys(layout: layout, gained: lists.gained, lost: lists.lost)),
                        at: place["in-toto"])
                }
                return lists.isSameOrder
            }
        }
        let carnet = MemberPair(key: "carnet", old: old?["carnet"], new: new?["carnet"])
        guard carnet.isDifferent else { return }
        explain(carnet.old, carnet.new, .trust, at: place["carnet"]) { comparison in
            guard carnet.old?.kind ?? .object == .object, carnet.new?.kind ?? .object == .object
            else { return false }
            for pair in MemberPair.differing(carnet.old, carnet.new) {
                let place = place["carnet"][pair.key]
                comparison.explain(pair.old, pair.new, .policy, at: place) {
                    $0.compareLayoutMember(pair, of: layout, at: place)
                }
            }
            return true
        }
    }

    private mutating func compareLayoutMember(
        _ pair: MemberPair, of layout: UTF8Text, at place: Place
    ) -> Bool {
        switch pair.key {
        case "applies-to":
            guard let lists = pair.lists else { return false }
            if !lists.gained.isEmpty {
                add(.policy(.governs(layout: layout, lists.gained)), at: place)
            }
            if !lists.lost.isEmpty {
                add(.policy(.governsNoLonger(layout: layout, lists.lost)), at: place)
            }
            return lists.isSameOrder
        case "threshold":
            let (old, new) = (try? pair.old?.integer(), try? pair.new?.integer())
            guard (old == nil) == (pair.old == nil), (new == nil) == (pair.new == nil) else {
                return false
            }
            add(
                .policy(.layoutThreshold(layout: layout, new, before: old)), at: place)
        case "product-of":
            guard let texts = pair.texts else { return false }
            add(
                .policy(.productOf(layout: layout, step: texts.new, before: texts.old)),
                at: place)
        default: return false
        }
        return true
    }
}

extension MemberPair {
    /// Whether there is anything to tell.
    var isDifferent: Bool {
        guard let old, let new else { return old != nil || new != nil }
        return !old.isSame(as: new)
    }

    /// Both as texts; `nil` if one of them is something else.
    var texts: (old: UTF8Text?, new: UTF8Text?)? {
        let (before, after) = (try? old?.text(), try? new?.text())
        guard (before == nil) == (old == nil), (after == nil) == (new == nil) else { return nil }
        return (before, after)
    }

    /// Both as lists of texts, a missing one as an empty one; `nil` if one is something else.
    var lists: Comparison.Lists? {
        let (before, after) = (old?.textList, new?.textList)
        guard (before == nil) == (old == nil), (after == nil) == (new == nil) else { return nil }
        return Comparison.Lists(before ?? [], after ?? [])
    }
}
