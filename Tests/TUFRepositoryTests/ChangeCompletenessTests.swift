// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

/// Numbers that are the same in each run.
struct Dice {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) << 32 }

    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(sides))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
}

extension JSON {
    /// Changes one value, member or element somewhere.
    mutating func mutate(_ dice: inout Dice) {
        let places = paths.filter { !$0.isEmpty }
        let path = dice.pick(places)
        var luck = dice
        change(path) { value in
            switch luck.roll(5) {
            case 0: value = nil
            case 1: value = JSON.any(&luck)
            default: value = value?.neighbour(&luck)
            }
        }
        dice = luck
    }

    /// Values that say something else, or are of another shape, or are nothing at all.
    static func any(_ dice: inout Dice) -> JSON {
        dice.pick([
            .null, true, false, 0, 1, 2, -1, .integer(digits: "98765432109876543210"), "", "alice",
            "root", "2026-11-22T12:00:01Z", [], [:], [1], ["a", "b"], ["a": 1], ["in-toto": []],
            .text(String(repeating: "x", count: 300)), "line\nbreak\u{202E}", "é", "e\u{301}",
            ["carnet": [:]], ["carnet": ["threshold": 1]],
            .text(ChangeDocuments.otherDigest), ["version": 3],
        ])
    }

    private static let names: [UTF8Text] = [
        "a.b", "x-new", "version", "threshold", "keyids", "paths", "custom", "length",
        "x-carnet-holder", "x-tuf-on-ci-keyowner", "x-carnet-expires-after-days", "hashes",
        "path_hash_prefixes", "terminating", "in-toto", "carnet", "applies-to", "meta", "é", "",
        "keys", "roles", "unattested", "delegations", "succinct_roles", "x-carnet", "sha512",
        "releases.json", "mirrors", "name",
    ]

    /// Something like it.
    func neighbour(_ dice: inout Dice) -> JSON {
        switch self {
        case .boolean(let value): return .boolean(!value)
        case .integer: return dice.roll(2) == 0 ? .integer((integer ?? 0) + 1) : 2
        case .string(let text): return .text(text.string + "x")
        case .null: return [:]
        case .array(var elements):
            switch dice.roll(4) {
            case 0 where !elements.isEmpty: elements.remove(at: dice.roll(elements.count))
            case 1 where !elements.isEmpty:
                elements.insert(dice.pick(elements), at: dice.roll(elements.count + 1))
            case 2: elements.reverse()
            default: elements.insert(JSON.any(&dice), at: dice.roll(elements.count + 1))
            }
            return .array(elements)
        case .object(var members):
            if dice.roll(3) == 0, !members.isEmpty {
                members.remove(at: dice.roll(members.count))
                return .object(members)
            }
            var changed = self
            changed.set(
                dice.pick(JSON.names),
                members.isEmpty || dice.roll(2) == 0 ? JSON.any(&dice) : dice.pick(members).value)
            return changed
        }
    }

    /// The canonical form, with lists of texts in the order of these.
    var withSortedLists: [UInt8] { sortingLists.canonicalBytes() }

    private var sortingLists: JSON {
        switch self {
        case .object(let members):
            return .object(members.map { Member($0.key, $0.value.sortingLists) })
        case .array(let elements):
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count
                ? .array(texts.sorted().map(JSON.string)) : .array(elements.map(\.sortingLists))
        default: return self
        }
    }

    /// Where two values differ, down to members that only one has, scalars and lists.
    static func differences(_ old: JSON?, _ new: JSON?) -> [[UTF8Text]] {
        if old?.canonicalBytes() == new?.canonicalBytes() { return [] }
        guard let first = old?.members, let second = new?.members else { return [[]] }
        let names = Set((first + second).map(\.key))
        return names.flatMap { name in
            differences(old?[name], new?[name]).map { [name] + $0 }
        }
    }
}

@Suite("Changes: no difference is passed over")
struct ChangeCompletenessTests {
    @Test("each difference is in a place that a change names", arguments: 0..<10)
    func named(seed: Int) throws {
        var dice = Dice(seed)
        for (role, document) in try ChangeDocuments.all() {
            for _ in 0..<40 {
                var mutated = document
                for _ in 0...dice.roll(3) { mutated.mutate(&dice) }
                let (old, new) = dice.roll(4) == 0 ? (mutated, document) : (document, mutated)
                let found = try changes(role, old, new)
                let differences = JSON.differences(old, new)
                #expect(found.isEmpty == differences.isEmpty)
                for difference in differences {
                    let isNamed = found.changes.contains { change in
                        let place = change.place.steps
                        return !place.isEmpty
                            && (place.starts(with: difference) || difference.starts(with: place))
                            || difference.isEmpty
                    }
                    #expect(
                        isNamed,
                        "\(role) \(difference): \(found.lines) seed \(seed)")
                }
            }
        }
    }

    @Test("two different newer states are never told in the same sentences", arguments: 0..<10)
    func distinct(seed: Int) throws {
        var dice = Dice(1000 + seed)
        for (role, document) in try ChangeDocuments.all() {
            for _ in 0..<40 {
                var (old, first) = (document, document)
                if dice.roll(3) == 0 { old.mutate(&dice) }
                if dice.roll(2) == 0 { first.mutate(&dice) }
                var second = first
                second.mutate(&dice)
                // Where in a list of names a new one stands is not told.
                guard first.withSortedLists != second.withSortedLists else { continue }
                let told = (
                    try changes(role, old, first).lines, try changes(role, old, second).lines
                )
                let isDistinct = !isSame(told.0, told.1)
                #expect(
                    isDistinct,
                    """
                    \(role) \(told.0) seed \(seed): \(JSON.differences(first, second)) \
                    \(JSON.differences(old, first))
                    """)
            }
        }
    }

    /// By bytes: strings that are canonically equivalent are different texts.
    private func isSame(_ left: [String], _ right: [String]) -> Bool {
        left.elementsEqual(right) { $0.utf8.elementsEqual($1.utf8) }
    }

    @Test("a first state leaves nothing out either", arguments: 0..<4)
    func first(seed: Int) throws {
        var dice = Dice(2000 + seed)
        for (role, document) in try ChangeDocuments.all() {
            let told = try changes(role, nil, document)
            #expect(try changes(role, nil, document) == told)
            for _ in 0..<40 {
                var other = document
                other.mutate(&dice)
                guard other.canonicalBytes() != document.canonicalBytes() else { continue }
                let lines = try changes(role, nil, other).lines
                let isDistinct = !isSame(lines, told.lines)
                #expect(
                    isDistinct,
                    "\(role) \(JSON.differences(document, other)) seed \(seed)")
            }
        }
    }

    @Test("a sentence is one line without control or formatting characters", arguments: 0..<4)
    func printable(seed: Int) throws {
        var dice = Dice(3000 + seed)
        for (role, document) in try ChangeDocuments.all() {
            for _ in 0..<40 {
                var other = document
                for _ in 0..<4 { other.mutate(&dice) }
                for line in try changes(role, document, other).lines {
                    let odd = line.unicodeScalars.first { scalar in
                        switch scalar.properties.generalCategory {
                        case .control, .format, .lineSeparator, .paragraphSeparator: true
                        default: false
                        }
                    }
                    #expect(odd == nil, "\(line)")
                }
            }
        }
    }

    @Test("states that are the same have no changes, however they are written")
    func same() throws {
        for (role, document) in try ChangeDocuments.all() {
            let compact = try JSONDocument(document.compactBytes()).root
            let indented = try JSONDocument(document.indentedBytes()).root
            #expect(RoleChanges(of: role, from: compact, to: indented, at: now).isEmpty)
        }
    }

    @Test("written differently, the same is told")
    func indented() throws {
        var dice = Dice(7)
        for (role, document) in try ChangeDocuments.all() {
            for _ in 0..<40 {
                var other = document
                other.mutate(&dice)
                let old = try JSONDocument(document.indentedBytes()).root
                let new = try JSONDocument(other.indentedBytes()).root
                #expect(
                    RoleChanges(of: role, from: old, to: new, at: now)
                        == (try changes(role, document, other)))
            }
        }
    }
}
