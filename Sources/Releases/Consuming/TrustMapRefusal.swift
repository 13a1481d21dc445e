// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

extension Refusal {
    /// What a person is told of a path on which the map's repositories do not agree.
    ///
    /// Contradiction goes before staleness, that before what could not be reached, and that
    /// before what merely is not listed.
    init(unmet lookup: MapLookup) {
        guard let last = lookup.rounds.last else {
            self.init(
                code: "E-NO-SUCH-FILE",
                cause: "No entry of the map covers \(lookup.path), so no repository is asked.",
                remedy: "Add an entry to the map, or name the repository: NAME/PATH.",
                next: "carnet trust map shows the entries")
            return
        }
        if let (round, left, right) = lookup.pair(where: { $0.contradicts($1) }) {
            self.init(
                disagreement: round, lookup,
                "\(left.repository) and \(right.repository) list different files as "
                    + "\(lookup.path).")
        } else if let worst = lookup.worstFailure {
            self.init(
                shortfall: last, lookup, kind: worst.kind, remedy: worst.remedy, next: worst.next)
        } else if let (round, left, right) = lookup.pair(where: { $0.sharesRoot(with: $1) }) {
            self.init(
                shortfall: round, lookup,
                "\(left.repository) and \(right.repository) have the same root keys and count "
                    + "once.", remedy: "Name another repository in the map.",
                next: "carnet trust map shows the entries")
        } else if let (round, left, right) = lookup.pair(where: { $0.cannotBeCompared(with: $1) }) {
            self.init(
                shortfall: round, lookup,
                "\(left.repository) and \(right.repository) list \(lookup.path) with digests of "
                    + "different algorithms, so nothing shows that they mean the same file.",
                remedy: "The owners of one can list the algorithm of the other as well.",
                next: Refusal.tryLater)
        } else if lookup.rounds.contains(where: { !$0.listing.isEmpty }) {
            self.init(
                shortfall: last, lookup,
                remedy: "The owners of those that do not list it can do so. This is not evidence "
                    + "of tampering.", next: Refusal.tryLater)
        } else {
            self.init(
                code: "E-NO-SUCH-FILE",
                cause: "None of the repositories that the map asks offers \(lookup.path).",
                expected: last.demand, found: lookup.words,
                remedy: "Check the path, or ask the publisher.",
                next: "carnet list shows what is offered")
        }
    }

    private static let tryLater = "try later, or ask the publisher"

    private init(disagreement round: MapRound, _ lookup: MapLookup, _ cause: String) {
        self.init(
            code: "E-MAP-DISAGREEMENT", cause: cause, expected: round.demand,
            found: lookup.words, remedy: "Their owners can find out which of the two is right.",
            next: "do not use the file from either")
    }

    private init(
        shortfall round: MapRound, _ lookup: MapLookup, _ cause: String? = nil,
        kind: Kind = .absence, remedy: String, next: String
    ) {
        self.init(
            code: "E-MAP-THRESHOLD", kind: kind, cause: cause ?? round.shortfall(lookup.path),
            expected: round.demand, found: lookup.words, remedy: remedy, next: next)
    }

    /// The same refusal, by the rules of one repository among several.
    func told(by repository: String) -> Refusal {
        Refusal(
            code: code, kind: kind, cause: "\(repository): \(cause)", expected: expected,
            found: found, remedy: remedy, next: next)
    }
}

extension MapLookup {
    /// The gravest failure of a repository that was asked.
    fileprivate var worstFailure: Refusal? {
        let failures = rounds.flatMap(\.answers).compactMap(\.refusal)
        for kind in [
            Refusal.Kind.contradiction, .stale, .untrusted, .local, .unreachable, .absence,
        ] {
            if let failure = failures.first(where: { $0.kind == kind }) { return failure }
        }
        return nil
    }
}

extension MapLookup {
    /// What everybody who was asked said.
    fileprivate var words: String { rounds.flatMap(\.sentences).joined(separator: "; ") }

    /// The first two answers to one entry of which something holds.
    fileprivate func pair(
        where holds: (MapAnswer, MapAnswer) -> Bool
    ) -> (round: MapRound, left: MapAnswer, right: MapAnswer)? {
        for round in rounds {
            if let pair = round.pair(where: holds) { return (round, pair.left, pair.right) }
        }
        return nil
    }
}

extension MapRound {
    /// `the same file listed by 2 of acme and backup (entry 1 of the map)`.
    fileprivate var demand: String {
        entry.repositories.count == 1
            ? "listed by \(entry.repositories[0]) (entry \(number) of the map)"
            : "the same file listed by \(entry.threshold) of "
                + "\(joined(entry.repositories)) (entry \(number) of the map)"
    }

    fileprivate func shortfall(_ path: TargetPath) -> String {
        let names = listing.map(\.repository)
        let those =
            names.isEmpty
            ? "none of them lists it" : "only \(joined(names)) list\(names.count > 1 ? "" : "s") it"
        return "The map wants \(path) listed by \(entry.threshold) of "
            + "\(joined(entry.repositories)); \(those)."
    }

    /// What each repository that was asked said, one sentence each.
    var sentences: [String] {
        answers.indices.compactMap(sentence)
    }

    /// What those said that do not count, though they were asked.
    var dissent: [String] {
        answers.indices.filter { !agreeing.contains($0) }.compactMap(sentence)
    }

    private func sentence(_ position: Int) -> String? {
        let answer = answers[position]
        switch answer.outcome {
        case .lists(let target, _):
            let digest = target.file.digest
            let words =
                "\(answer.repository) lists \(digest.algorithm.rawValue) \(digest.hex), "
                + "\(target.file.length) bytes"
            return twin(of: position).map {
                words + ", but has the root keys of \($0) and counts once with it"
            } ?? words
        case .listsNot: return "\(answer.repository) does not list it"
        case .unavailable: return answer.words
        case .notAsked: return nil
        }
    }
}
