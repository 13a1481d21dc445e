// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

extension Comparison {
    /// Compares two `delegations` members.
    mutating func compareDelegations(
        _ old: JSONValue?, _ new: JSONValue?, at place: Place
    ) -> Bool {
        guard old?.kind ?? .object == .object, new?.kind ?? .object == .object else {
            return false
        }
        let names = KeyNames(old?["keys"], new?["keys"])
        for pair in MemberPair.differing(old, new) {
            let place = place[pair.key]
            switch pair.key {
            case "keys": compareKeys(pair.old, pair.new, names, at: place)
            case "roles":
                explain(pair.old, pair.new, .trust, at: place) {
                    $0.compareRoles(pair, names, at: place)
                }
            case "succinct_roles":
                explain(pair.old, pair.new, .trust, at: place) {
                    $0.compareBins(pair, names, at: place)
                }
            default: tell(pair.old, pair.new, .trust, at: place)
            }
        }
        return true
    }

    /// Delegations by their names, in the order in which they are asked.
    private struct Roles {
        let names: [UTF8Text]
        let values: [UTF8Text: JSONValue]

        /// - Returns: `nil` unless it is a list of objects, each with a name of its own.
        init?(_ value: JSONValue?) {
            var names: [UTF8Text] = []
            var values: [UTF8Text: JSONValue] = [:]
            guard let elements = value == nil ? [] : try? value?.array() else { return nil }
            for element in elements {
                guard let name = try? element["name"]?.text(),
                    values.updateValue(element, forKey: name) == nil
                else { return nil }
                names.append(name)
            }
            (self.names, self.values) = (names, values)
        }
    }

    private mutating func compareRoles(
        _ pair: MemberPair, _ names: KeyNames, at place: Place
    ) -> Bool {
        guard let old = Roles(pair.old), let new = Roles(pair.new) else { return false }
        for name in old.names where new.values[name] == nil {
            guard let value = old.values[name] else { continue }
            add(
                .delegation(.withdrawn(RoleName(name), paths(of: value))), at: place[name])
        }
        for (offset, name) in new.names.enumerated() {
            let before = old.values[name]
            guard let value = new.values[name], before?.isSame(as: value) != true else { continue }
            if before == nil {
                add(
                    .delegation(
                        .delegated(RoleName(name), number: offset + 1, of: new.names.count)),
                    at: place[name])
            }
            compareRole(before, value, RoleName(name), names, at: place[name])
        }
        addMoves(old.names, new.names, at: place)
        return pair.new != nil
    }

    private func paths(of role: JSONValue) -> DelegationFact.Paths {
        if let prefixes = role["path_hash_prefixes"]?.textList { return .hashPrefixes(prefixes) }
        return .patterns(role["paths"]?.textList ?? [])
    }

    private mutating func compareRole(
        _ old: JSONValue?, _ new: JSONValue, _ name: RoleName, _ names: KeyNames, at place: Place
    ) {
        let own: [UTF8Text] = ["name", "paths", "path_hash_prefixes", "terminating"]
        compareSigners(old, new, of: .role(name), names, at: place, except: own.contains)
        // The name is the same in both, or told with the new delegation.
        for pair in MemberPair.differing(old, new)
        where own.contains(pair.key) && pair.key != "name" {
            let place = place[pair.key]
            explain(pair.old, pair.new, .trust, at: place) { comparison in
                guard pair.key == "terminating" else {
                    return comparison.comparePaths(pair, of: name, at: place)
                }
                guard let isOn = try? pair.new?.boolean() else { return false }
                comparison.add(
                    .delegation(.terminating(name, isOn, isNew: old == nil)), at: place)
                return true
            }
        }
    }

    private mutating func comparePaths(
        _ pair: MemberPair, of role: RoleName, at place: Place
    ) -> Bool {
        let (before, after) = (pair.old?.textList, pair.new?.textList)
        guard (before == nil) == (pair.old == nil), (after == nil) == (pair.new == nil) else {
            return false
        }
        func paths(_ list: [UTF8Text]) -> DelegationFact.Paths {
            pair.key == "paths" ? .patterns(list) : .hashPrefixes(list)
        }
        let lists = Lists(before ?? [], after ?? [])
        if !lists.lost.isEmpty {
            add(.delegation(.mayNot(role, paths(lists.lost))), at: place)
        }
        if !lists.gained.isEmpty {
            add(.delegation(.may(role, paths(lists.gained))), at: place)
        }
        if !lists.isSameOrder { add(.delegation(.order(role, paths(after ?? []))), at: place) }
        // An empty list is not the same as none.
        return after?.isEmpty != true
    }

    /// Tells which of the roles that both states have are asked at another turn: as few of them
    /// as explain the new order.
    private mutating func addMoves(_ old: [UTF8Text], _ new: [UTF8Text], at place: Place) {
        let positions = Dictionary(
            uniqueKeysWithValues: old.enumerated().map { ($0.element, $0.offset) })
        let common = new.enumerated().compactMap { offset, name in
            positions[name].map { (name: name, new: offset, old: $0) }
        }
        let staying = Comparison.longestRise(common.map(\.old))
        for (index, role) in common.enumerated() where !staying.contains(index) {
            add(
                .delegation(
                    .moved(
                        RoleName(role.name), to: role.new + 1, from: role.old + 1, of: new.count)),
                at: place[role.name])
        }
    }

    /// Indices of a longest run of rising numbers, not necessarily neighbours.
    private static func longestRise(_ numbers: [Int]) -> Set<Int> {
        // Of each length, the index at which the run of that length with the lowest end ends.
        var ends: [Int] = []
        var previous = [Int](repeating: -1, count: numbers.count)
        for (index, number) in numbers.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if numbers[ends[middle]] < number { low = middle + 1 } else { high = middle }
            }
            if low > 0 { previous[index] = ends[low - 1] }
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var result: Set<Int> = []
        var index = ends.last ?? -1
        while index >= 0 {
            result.insert(index)
            index = previous[index]
        }
        return result
    }

    private mutating func compareBins(
        _ pair: MemberPair, _ names: KeyNames, at place: Place
    ) -> Bool {
        let shapes = [pair.old, pair.new].compactMap(\.self).map(BinShape.init)
        guard shapes.allSatisfy({ $0 != nil }) else { return false }
        let (old, new) = (pair.old.flatMap(BinShape.init), pair.new.flatMap(BinShape.init))
        if let old, new == nil {
            add(.delegation(.binsWithdrawn(prefix: old.prefix, bits: old.bits)), at: place)
        }
        guard let new else { return true }
        if let old {
            if !(old.prefix == new.prefix) {
                add(
                    .delegation(.binPrefix(new.prefix, before: old.prefix)),
                    at: place["name_prefix"])
            }
            if old.bits != new.bits {
                add(
                    .delegation(.binBits(prefix: new.prefix, new.bits, before: old.bits)),
                    at: place["bit_length"])
            }
        } else {
            add(.delegation(.bins(prefix: new.prefix, bits: new.bits)), at: place)
        }
        compareSigners(pair.old, pair.new, of: .bins(prefix: new.prefix), names, at: place) {
            $0 == "bit_length" || $0 == "name_prefix"
        }
        return true
    }

    private struct BinShape {
        let prefix: UTF8Text
        let bits: Int

        init?(_ value: JSONValue) {
            guard let prefix = try? value["name_prefix"]?.text(),
                let bits = try? value["bit_length"]?.integer()
            else { return nil }
            (self.prefix, self.bits) = (prefix, bits)
        }
    }
}
