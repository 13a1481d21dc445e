// SPDX-License-Identifier: Apache-2.0
import TUFClient
public import TUFMetadata

/// Looks files up through a map (TAP 4, "Searching for files on multiple repositories").
///
/// Each repository is refreshed at most once, when it is first asked, and by itself: what goes
/// wrong with one neither stops nor changes another.
public actor TrustMapSearch {
    private typealias Opening = Task<Result<ConsumerSession, UpdateError>, Never>

    public nonisolated let map: TrustMap
    private let consumers: [String: Consumer]
    private var openings: [String: Opening] = [:]

    /// - Parameter consumers: of the map's repositories, told apart by their names; one that is
    ///   missing counts as one without a root.
    public init(_ map: TrustMap, _ consumers: [Consumer]) {
        self.map = map
        self.consumers = Dictionary(consumers.map { ($0.repository.name, $0) }) { first, _ in first
        }
    }

    /// Asks the entries that cover the path, in order, until the repositories of one agree.
    ///
    /// 1. The entry's repositories are asked in their order, as many at once as are still needed
    ///    for its threshold.
    /// 2. If enough of them agree on length and hashes, that is the file.
    /// 3. If not, a terminating entry ends the search.
    public func find(_ path: TargetPath) async -> MapLookup {
        var rounds: [MapRound] = []
        for (position, entry) in map.entries.enumerated() where entry.covers(path) {
            let round = await ask(entry, number: position + 1, path)
            rounds.append(round)
            if round.isMet || entry.isTerminating { break }
        }
        return MapLookup(path: path, rounds: rounds)
    }

    private func ask(
        _ entry: TrustMap.Entry, number: Int, _ path: TargetPath
    ) async -> MapRound {
        var answers: [MapAnswer] = []
        var asked = entry.repositories[...]
        while true {
            let round = MapRound(
                number: number, entry: entry,
                answers: answers + asked.map { MapAnswer(repository: $0, outcome: .notAsked) })
            if round.isMet || asked.isEmpty { return round }
            let next = asked.prefix(MapRound.missing(answers, entry.threshold))
            answers += await self.answers(of: next, path)
            asked = asked.dropFirst(next.count)
        }
    }

    /// The answers of several repositories, asked at the same time.
    private func answers(
        of names: ArraySlice<String>, _ path: TargetPath
    ) async -> [MapAnswer] {
        await withTaskGroup(of: (Int, MapAnswer).self) { group in
            for (position, name) in names.enumerated() {
                let opening = opening(name)
                group.addTask { (position, await Self.answer(name, opening, path)) }
            }
            var answers: [(Int, MapAnswer)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func answer(
        _ name: String, _ opening: Opening, _ path: TargetPath
    ) async -> MapAnswer {
        let outcome: MapAnswer.Outcome
        do throws(UpdateError) {
            let session = try await Self.session(opening)
            outcome =
                try await session.search.find(path).map { .lists($0, in: session) }
                ?? .listsNot
        } catch {
            outcome = .unavailable(error)
        }
        return MapAnswer(repository: name, outcome: outcome)
    }

    /// What an opening leads to. It is shared, and who gives up ends it for all who wait for it: they
    /// are parts of one command.
    private static func session(
        _ opening: Opening
    ) async throws(UpdateError) -> ConsumerSession {
        let result = await withTaskCancellationHandler {
            await opening.value
        } onCancel: {
            opening.cancel()
        }
        return try result.get()
    }

    private func opening(_ name: String) -> Opening {
        if let opening = openings[name] { return opening }
        let consumer = consumers[name]
        let opening = Opening {
            do throws(UpdateError) {
                guard let consumer else { throw .noTrustedRoot }
                return .success(try await consumer.session())
            } catch {
                return .failure(error)
            }
        }
        openings[name] = opening
        return opening
    }

    // MARK: lists

    /// All files that the map gives, and those that it withholds, by path.
    ///
    /// - Parameter isWanted: whether a path is of interest.
    /// - Returns: the look-ups, and the repositories that could not be listed, or not in full.
    public func all(
        where isWanted: @escaping @Sendable (TargetPath) -> Bool = { _ in true }
    ) async -> (files: [MapLookup], failures: [MapListFailure]) {
        let names = map.repositories.map(\.name).filter { name in
            map.entries.contains { $0.repositories.contains(name) }
        }
        var offers: [String: MapOffer] = [:]
        await withTaskGroup(of: (String, MapOffer).self) { group in
            for name in names {
                let opening = opening(name)
                group.addTask { (name, await Self.offer(opening, isWanted)) }
            }
            for await (name, offer) in group { offers[name] = offer }
        }
        let failures = names.compactMap { MapListFailure($0, offers[$0]) }
        let paths = Set(offers.values.flatMap(\.files.keys)).sorted()
        return (paths.map { lookup($0, offers) }, failures)
    }

    private static func offer(
        _ opening: Opening, _ isWanted: @escaping @Sendable (TargetPath) -> Bool
    ) async -> MapOffer {
        var offer = MapOffer()
        do throws(UpdateError) {
            let session = try await Self.session(opening)
            offer.session = session
            let list = try await session.list(where: isWanted)
            for found in list.files { offer.files[found.file.path] = found }
            offer.missing = list.failures
            offer.failure = list.failures.first?.error
        } catch {
            offer.failure = error
        }
        return offer
    }

    private func lookup(_ path: TargetPath, _ offers: [String: MapOffer]) -> MapLookup {
        var rounds: [MapRound] = []
        for (position, entry) in map.entries.enumerated() where entry.covers(path) {
            let answers = entry.repositories.map { name in
                MapAnswer(repository: name, outcome: offers[name]?.outcome(path) ?? .listsNot)
            }
            let round = MapRound(number: position + 1, entry: entry, answers: answers)
            rounds.append(round)
            if round.isMet || entry.isTerminating { break }
        }
        return MapLookup(path: path, rounds: rounds)
    }
}
