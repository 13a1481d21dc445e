// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFMetadata

/// Files of the map: each repository is refreshed once, then the files are looked up and
/// downloaded side by side.
struct MapDownloads: Sendable {
    typealias Result = (verdict: MapVerdict, place: String)

    private let wanted: [OfferedFile]
    private let consumer: TrustMapConsumer
    private let output: String?
    private let jobs: Int

    /// - Parameter output: folder to write to, or for one file also its name.
    init(_ wanted: [OfferedFile], _ consumer: TrustMapConsumer, output: String?, jobs: Int) {
        self.wanted = wanted
        self.consumer = consumer
        self.output = output
        self.jobs = jobs
    }

    /// Whether one file is named, and no pattern.
    var isSingle: Bool { wanted.count == 1 && !wanted[0].isPattern }

    /// The answers in the order of what was asked for, of a pattern by path; and the repositories
    /// that the patterns could not be looked up in.
    ///
    /// - Throws: if the place to write to is no folder, or two files would have one name.
    func run() async throws -> (results: [Result], shortfall: Shortfall) {
        if !isSingle, let output, !FileSystem.isDirectory(output) {
            throw CommandFailure("\(output): a folder expected, to write several files to")
        }
        var shortfall = Shortfall()
        let work = try await places(&shortfall).map { path, place in
            { @Sendable [consumer] () async throws in
                (try await consumer.get(path, to: place), place) as Result
            }
        }
        return (try await inParallel(work, jobs: jobs), shortfall)
    }

    /// The files, each with where it goes.
    private func places(
        _ shortfall: inout Shortfall
    ) async throws -> [(path: TargetPath, place: String)] {
        var places: [UTF8Text: TargetPath] = [:]
        var all: [(path: TargetPath, place: String)] = []
        for file in wanted {
            for path in try await paths(file, &shortfall) {
                let place = try Downloads.destination(path, output)
                guard let other = places.updateValue(path, forKey: UTF8Text(place)) else {
                    all.append((path, place))
                    continue
                }
                guard other == path else {
                    throw CommandFailure(
                        "\(other) and \(path) would both be written to \(place)",
                        hint: "get them one after the other, with --output")
                }
            }
        }
        return all
    }

    private func paths(
        _ file: OfferedFile, _ shortfall: inout Shortfall
    ) async throws -> [TargetPath] {
        guard file.isPattern else { return [try file.targetPath()] }
        let pattern = PathPattern(UTF8Text(file.path))
        let (found, failures) = await consumer.search.all { pattern.matches($0) }
        guard !found.isEmpty || !failures.isEmpty else {
            throw CommandFailure(
                "\(quoted(file.path)): no file matches", hint: "carnet list any shows what there is"
            )
        }
        for failure in failures { shortfall.add(failure) }
        return found.map(\.path)
    }
}
