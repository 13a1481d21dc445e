// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A member of one name in two states of an object; at least one of them has it.
struct MemberPair {
    let key: UTF8Text
    let old: JSONValue?
    let new: JSONValue?

    /// The members that are not the same in both, in canonical order of their names.
    ///
    /// Walks both lists side by side: a role may list a million files. What is no object counts
    /// as an empty one.
    static func differing(_ old: JSONValue?, _ new: JSONValue?) -> [MemberPair] {
        switch (index(old), index(new)) {
        case (nil, nil): []
        case (let old?, nil): all(old).map { MemberPair(key: $0.key, old: $0.value, new: nil) }
        case (nil, let new?): all(new).map { MemberPair(key: $0.key, old: nil, new: $0.value) }
        case (let old?, let new?):
            places(old, new).map { place in
                let (left, right) = (place.0.map(old.member), place.1.map(new.member))
                return MemberPair(
                    key: left?.key ?? right?.key ?? "", old: left?.value, new: right?.value)
            }
        }
    }

    private static func index(_ value: JSONValue?) -> MemberIndex? {
        guard let object = try? value?.object() else { return nil }
        return MemberIndex(object) { _, _ in }
    }

    private static func all(_ index: MemberIndex) -> [JSONObject.Member] {
        (0..<index.count).map(index.member)
    }

    /// Places of the members that differ, in `old` and in `new`.
    private static func places(_ old: MemberIndex, _ new: MemberIndex) -> [(Int?, Int?)] {
        let (first, second) = (old.object.value.document, new.object.value.document)
        return old.borrowing { left in
            new.borrowing { right in
                var found: [(Int?, Int?)] = []
                var (here, there) = (0, 0)
                while here < left.count || there < right.count {
                    let order =
                        here == left.count
                        ? 1
                        : there == right.count
                            ? -1 : left.key(here).compareText(with: right.key(there))
                    if order < 0 {
                        found.append((here, nil))
                    } else if order > 0 {
                        found.append((nil, there))
                    } else if !JSONValue(left.value(here), of: first)
                        .isSame(as: JSONValue(right.value(there), of: second))
                    {
                        found.append((here, there))
                    }
                    if order <= 0 { here += 1 }
                    if order >= 0 { there += 1 }
                }
                return found
            }
        }
    }
}

extension JSONValue {
    /// Whether the canonical forms are the same.
    func isSame(as other: JSONValue) -> Bool {
        withCanonicalBytes { left in
            other.withCanonicalBytes { right in
                left.count == right.count
                    && compareBytes(
                        left.assumingMemoryBound(to: UInt8.self),
                        right.assumingMemoryBound(to: UInt8.self)) == 0
            }
        }
    }

    /// The member of this name, if this is an object that has it.
    subscript(_ name: UTF8Text) -> JSONValue? { (try? object())?[name] }

    /// The texts, if this is a list of nothing else.
    var textList: [UTF8Text]? { try? texts() }
}
