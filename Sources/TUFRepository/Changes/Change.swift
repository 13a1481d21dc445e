// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// One thing that differs between two states of a role's `signed` part.
///
/// Whoever signs the newer state reads these sentences and nothing else, so there is no
/// difference between the canonical forms of the two that none of them tells of.
package struct Change: Sendable, Equatable {
    /// The role whose document differs.
    package let role: RoleName
    /// Where in the document.
    package let place: Place
    package let fact: Fact

    /// What a change is about; the order is that in which people should read them.
    package enum Weight: String, Sendable, CaseIterable {
        /// Who can sign what.
        case trust
        /// What evidence is asked for, and how the repository is laid out.
        case policy
        case files
        /// Versions, dates and periods.
        case dates
        case other
    }

    /// How loudly it must be said.
    package enum Urgency: String, Sendable {
        case plain
        /// Makes something weaker, or is seldom meant.
        case warning
        /// Never happens in a sound repository, or makes clients refuse it.
        case alarm
    }

    /// What changed, by subject.
    package enum Fact: Sendable, Equatable {
        case key(KeyFact)
        case signing(SigningFact)
        case delegation(DelegationFact)
        case policy(PolicyFact)
        case file(FileFact)
        case listing(ListingFact)
        case header(HeaderFact)
        case member(MemberFact)
    }

    private var words: any FactWords {
        switch fact {
        case .key(let fact): fact
        case .signing(let fact): fact
        case .delegation(let fact): fact
        case .policy(let fact): fact
        case .file(let fact): fact
        case .listing(let fact): fact
        case .header(let fact): fact
        case .member(let fact): fact
        }
    }

    package var weight: Weight { words.weight }

    package var urgency: Urgency { words.urgency }

    /// One line, lower case, without a full stop; text from outside stands quoted in it.
    package var sentence: String { words.sentence(at: place) }

    /// The sentence, with `careful:` or `ALARM:` before it where it must be said aloud.
    package var line: String {
        switch urgency {
        case .plain: sentence
        case .warning: "careful: \(sentence)"
        case .alarm: "ALARM: \(sentence)"
        }
    }

    /// `{"role", "place": […], "kind", "weight", "urgency", "sentence", …facts}`.
    package var json: JSON {
        .object(
            [
                JSON.Member("role", .string(role.text)),
                JSON.Member("place", .array(place.steps.map(JSON.string))),
                JSON.Member("kind", .text(words.kind)),
                JSON.Member("weight", .text(weight.rawValue)),
                JSON.Member("urgency", .text(urgency.rawValue)),
                JSON.Member("sentence", .text(sentence)),
            ] + words.details)
    }
}

/// A place in a document: names of members, and places in arrays as `[0]`.
package struct Place: Sendable, Equatable {
    package let steps: [UTF8Text]

    init(_ steps: [UTF8Text] = []) { self.steps = steps }

    subscript(_ step: UTF8Text) -> Place { Place(steps + [step]) }

    /// Whether it is `other` or a part of it.
    package func isWithin(_ other: Place) -> Bool { steps.starts(with: other.steps) }
}

extension Place: CustomStringConvertible {
    /// As in `targets."demo-1.0.whl".length`: unusual names and those with a dot in quotes.
    package var description: String {
        steps.isEmpty ? "document" : steps.map(Place.shown).joined(separator: ".")
    }

    private static func shown(_ step: UTF8Text) -> String {
        step.utf8.contains(UInt8(ascii: ".")) ? ChangeText.quote(step) : ChangeText.name(step)
    }
}

/// What each kind of fact can say of itself.
protocol FactWords {
    /// Its name in JSON.
    var kind: String { get }
    var weight: Change.Weight { get }
    var urgency: Change.Urgency { get }
    func sentence(at place: Place) -> String
    /// Its facts in JSON.
    var details: [JSON.Member] { get }
}

extension [Change] {
    /// Alarms first, then by weight; otherwise as they are.
    var inReadingOrder: [Change] {
        let ranks = Dictionary(
            uniqueKeysWithValues: zip(Change.Weight.allCases, 1...))
        func rank(_ change: Change) -> Int {
            change.urgency == .alarm ? 0 : ranks[change.weight] ?? Int.max
        }
        return enumerated().map { (rank: rank($0.element), place: $0.offset, $0.element) }
            .sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }.map(\.2)
    }
}
