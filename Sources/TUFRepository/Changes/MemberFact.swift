// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// A change of a member that has no sentence of its own: one that no specification knows, or one
/// of an unexpected shape. It is told as it stands.
package struct MemberFact: Sendable, Equatable {
    /// `nil` if there was none.
    package let old: JSON?
    /// `nil` if there is none any more.
    package let new: JSON?
    /// What the place is about: a member among keys may be about trust.
    package let weight: Change.Weight
}

extension MemberFact: FactWords {
    var kind: String { "member" }

    var urgency: Change.Urgency { weight == .trust ? .warning : .plain }

    func sentence(at place: Place) -> String {
        switch (old, new) {
        case (let old?, let new?):
            "member \(place) is \(ChangeText.value(new)), before \(ChangeText.value(old))"
        case (nil, let new?): "member \(place) is new: \(ChangeText.value(new))"
        case (let old?, nil): "member \(place) is gone; it was \(ChangeText.value(old))"
        case (nil, nil): "member \(place)"
        }
    }

    var details: [JSON.Member] {
        [
            old.map { JSON.Member("before", $0) }, new.map { JSON.Member("after", $0) },
        ].compactMap(\.self)
    }
}
