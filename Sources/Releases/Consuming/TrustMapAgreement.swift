// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
public import TUFClient
import TUFMetadata

/// What one repository of an entry says of a path.
public struct MapAnswer: Sendable {
    public enum Outcome: Sendable {
        case lists(FoundTarget, in: ConsumerSession)
        case listsNot
        /// It could not be reached, its state is stale, or it was refused.
        case unavailable(UpdateError)
        /// Enough others agreed before.
        case notAsked
    }

    /// Name of the repository.
    public let repository: String
    public let outcome: Outcome

    var listed: (target: FoundTarget, session: ConsumerSession)? {
        guard case .lists(let target, let session) = outcome else { return nil }
        return (target, session)
    }

    var failure: UpdateError? {
        guard case .unavailable(let failure) = outcome else { return nil }
        return failure
    }

    /// Why it does not count, for a person; `nil` if it answered.
    public var refusal: Refusal? { failure.map { Refusal($0) } }

    /// `backup does not count: …`; `nil` if it answered.
    public var words: String? { failure.map { "\(repository) does not count: \($0)" } }

    var root: Root? { listed?.session.search.state.root.document }
}

extension MapAnswer {
    /// Same length, the same digest for each algorithm that both have, one at least (TAP 4:
    /// "length and hashes"; custom is exempt).
    func agrees(with other: MapAnswer) -> Bool {
        guard let mine = listed?.target.file, let its = other.listed?.target.file else {
            return false
        }
        let shared = mine.hashes.keys.filter { its.hashes[$0] != nil }
        return mine.length == its.length && !shared.isEmpty
            && shared.allSatisfy { mine.hashes[$0] == its.hashes[$0] }
    }

    /// Both list the path, with another length or another digest of one algorithm.
    func contradicts(_ other: MapAnswer) -> Bool {
        guard let mine = listed?.target.file, let its = other.listed?.target.file else {
            return false
        }
        return mine.length != its.length
            || mine.hashes.contains { algorithm, digest in
                its.hashes[algorithm].map { $0 != digest } ?? false
            }
    }

    /// Both list the path, but have no hash algorithm in common.
    func cannotBeCompared(with other: MapAnswer) -> Bool {
        listed != nil && other.listed != nil && !agrees(with: other) && !contradicts(other)
    }

    func sharesRoot(with other: MapAnswer) -> Bool {
        guard let mine = root, let its = other.root else { return false }
        return mine.isHeldTogether(with: its)
    }
}

extension Root {
    /// Whether the keys that both roots name suffice for one of the two: then breaking both is no
    /// harder than breaking the one, and the two repositories are no two opinions.
    func isHeldTogether(with other: Root) -> Bool {
        let mine = authority(of: .root)
        let its = other.authority(of: .root)
        let shared = Set(mine.entries.compactMap(\.key.material))
            .intersection(its.entries.compactMap(\.key.material))
        return shared.count >= min(mine.threshold, its.threshold)
    }
}
