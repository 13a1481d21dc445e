// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import TUFClient
public import TUFMetadata

/// The answer of a map about one path.
public struct MapLookup: Sendable {
    public let path: TargetPath
    /// The entries that cover the path, as far as they were asked; only the last may be met.
    public let rounds: [MapRound]

    /// The entry whose repositories agree; `nil` if none does.
    public var met: MapRound? { rounds.last.flatMap { $0.isMet ? $0 : nil } }

    /// The agreed file as the first of those that count lists it.
    public var file: TargetFile? { agreed.first?.target.file }

    /// The agreed file as each repository that counts lists it, in the entry's order.
    var agreed: [(target: FoundTarget, session: ConsumerSession)] {
        met.map { round in round.agreeing.compactMap { round.answers[$0].listed } } ?? []
    }
}

/// What a repository offers, or why that is not known.
struct MapOffer: Sendable {
    var files: [TargetPath: FoundTarget] = [:]
    var session: ConsumerSession?
    /// Why the files are none, or not all.
    var failure: UpdateError?
    /// The roles without whose files these are.
    var missing: [RoleFailure] = []

    /// What was found counts. What was not may be with a role that is left out.
    func outcome(_ path: TargetPath) -> MapAnswer.Outcome {
        if let target = files[path], let session { return .lists(target, in: session) }
        return failure.map(MapAnswer.Outcome.unavailable) ?? .listsNot
    }
}

/// A repository that a list of the map goes without, in whole or in part.
public struct MapListFailure: Sendable {
    /// Name of the repository.
    public let repository: String
    let error: UpdateError
    /// One sentence for each role that is left out; the error if that is the whole repository.
    public let words: [String]

    init?(_ repository: String, _ offer: MapOffer?) {
        guard let error = offer?.failure else { return nil }
        self.repository = repository
        self.error = error
        let roles = offer?.missing ?? []
        words =
            roles.isEmpty
            ? ["\(repository) does not count: \(error)"] : roles.map { "\(repository): \($0)" }
    }

    /// What a person can do about it; its exit code is that of the list.
    public var refusal: Refusal { Refusal(error) }
}

/// An entry of the map that covers a path, and what its repositories answered.
public struct MapRound: Sendable {
    /// The entry's place in the map, from 1.
    public let number: Int
    public let entry: TrustMap.Entry
    /// One for each repository of the entry, in its order.
    public let answers: [MapAnswer]
    /// Positions of the answers that agree, as many as the entry wants; empty if it is not met.
    public let agreeing: [Int]

    init(number: Int, entry: TrustMap.Entry, answers: [MapAnswer]) {
        self.number = number
        self.entry = entry
        self.answers = answers
        agreeing = MapRound.agreeing(answers, entry.threshold) ?? []
    }

    public var isMet: Bool { !agreeing.isEmpty }

    /// The first `count` answers that list the same file, come from different roots and so count
    /// for the threshold.
    ///
    /// Listing the same file is not transitive, because two repositories may have no hash
    /// algorithm in common; so each two of them have to agree, and all choices are tried. An
    /// entry has few repositories.
    static func agreeing(_ answers: [MapAnswer], _ count: Int) -> [Int]? {
        let listing = answers.indices.filter { answers[$0].listed != nil }
        return choice(of: count, from: listing[...], after: []) { left, right in
            answers[left].agrees(with: answers[right])
                && !answers[left].sharesRoot(with: answers[right])
        }
    }

    /// How many more repositories at least have to be asked for the threshold.
    static func missing(_ answers: [MapAnswer], _ threshold: Int) -> Int {
        var agreed = threshold - 1
        while agreed > 0, agreeing(answers, agreed) == nil { agreed -= 1 }
        return threshold - agreed
    }

    private static func choice(
        of count: Int, from candidates: ArraySlice<Int>, after chosen: [Int],
        _ fit: (Int, Int) -> Bool
    ) -> [Int]? {
        if count == 0 { return chosen }
        guard candidates.count >= count, let first = candidates.first else { return nil }
        let others = candidates.dropFirst()
        let fitting = others.filter { fit(first, $0) }
        return choice(of: count - 1, from: fitting[...], after: chosen + [first], fit)
            ?? choice(of: count, from: others, after: chosen, fit)
    }

    // MARK: what did not count

    /// The answers that list the path, agreed or not.
    var listing: [MapAnswer] { answers.filter { $0.listed != nil } }

    /// The first two answers, in order, of which something holds.
    func pair(where holds: (MapAnswer, MapAnswer) -> Bool) -> (left: MapAnswer, right: MapAnswer)? {
        for (position, left) in answers.enumerated() {
            for right in answers[(position + 1)...] where holds(left, right) {
                return (left, right)
            }
        }
        return nil
    }

    /// The first repository with which a later one shares its root, if any.
    func twin(of position: Int) -> String? {
        answers[..<position].first { $0.sharesRoot(with: answers[position]) }?.repository
    }
}
