// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata

/// Several files at once: each repository is refreshed once, then its files are downloaded side
/// by side.
struct Downloads {
    typealias Result = (verdict: Verdict, place: String)
    /// The answers, and what the patterns could not be looked up in.
    typealias Outcome = (results: [Result], shortfall: Shortfall)

    private let wanted: [OfferedFile]
    private let consumers: [String?: Consumer]
    private let output: String?
    private let jobs: Int

    /// - Parameters:
    ///   - consumers: by the names that the files have.
    ///   - output: folder to write to, or for one file also its name.
    init(
        _ wanted: [OfferedFile], _ consumers: [String?: Consumer], output: String?, jobs: Int
    ) {
        self.wanted = wanted
        self.consumers = consumers
        self.output = output
        self.jobs = jobs
    }

    /// One file that is sure to be named.
    private struct Task {
        let session: ConsumerSession
        let path: TargetPath
        let place: String
    }

    /// The answers in the order of what was asked for; of a pattern, by path.
    ///
    /// - Throws: if the place to write to is no folder, or two files would have one name.
    func run() async throws -> Outcome {
        if wanted.count == 1, !wanted[0].isPattern, let consumer = consumers.values.first {
            let path = try wanted[0].targetPath()
            let place = try Downloads.destination(path, output)
            return ([(try await consumer.get(path, to: place), place)], Shortfall())
        }
        return try await several(output ?? ".")
    }

    private func several(_ folder: String) async throws -> Outcome {
        guard FileSystem.isDirectory(folder) else {
            throw CommandFailure("\(folder): a folder expected, to write several files to")
        }
        var shortfall = Shortfall()
        var results: [Int: Result] = [:]
        var tasks: [Task?] = []
        var sessions: [String?: Swift.Result<ConsumerSession, UpdateError>] = [:]
        for file in wanted {
            guard let consumer = consumers[file.repository] else { continue }
            let known = sessions[file.repository]
            let session = if let known { known } else { await opened(consumer) }
            sessions[file.repository] = session
            switch session {
            case .failure(let error):
                results[tasks.count] = (consumer.refused(file.path, error), "")
                tasks.append(nil)
            case .success(let session):
                for path in try await paths(file, session, &shortfall) {
                    let place = try Downloads.destination(path, folder)
                    tasks.append(Task(session: session, path: path, place: place))
                }
            }
        }
        try refuseClashes(tasks)
        try await download(tasks, &results)
        return (tasks.indices.compactMap { results[$0] }, shortfall)
    }

    private func opened(
        _ consumer: Consumer
    ) async -> Swift.Result<ConsumerSession, UpdateError> {
        do throws(UpdateError) { return .success(try await consumer.session()) } catch {
            return .failure(error)
        }
    }

    private func download(_ tasks: [Task?], _ results: inout [Int: Result]) async throws {
        let places = tasks.indices.filter { tasks[$0] != nil }
        let work = tasks.compactMap { $0 }.map { task in
            { @Sendable () async throws in
                (try await task.session.get(task.path, to: task.place), task.place) as Result
            }
        }
        for (place, result) in zip(places, try await inParallel(work, jobs: jobs)) {
            results[place] = result
        }
    }

    private func paths(
        _ file: OfferedFile, _ session: ConsumerSession, _ shortfall: inout Shortfall
    ) async throws -> [TargetPath] {
        guard file.isPattern else { return [try file.targetPath()] }
        let pattern = PathPattern(UTF8Text(file.path))
        let found = try await session.list { pattern.matches($0) }
        guard !found.files.isEmpty || !found.failures.isEmpty else {
            throw CommandFailure(
                "\(quoted(file.path)): no file matches", hint: "carnet list shows what there is")
        }
        shortfall.add(session.name, found.failures)
        return found.files.map(\.file.path)
    }

    private func refuseClashes(_ tasks: [Task?]) throws {
        var places: [UTF8Text: Task] = [:]
        for case let task? in tasks {
            if let other = places.updateValue(task, forKey: UTF8Text(task.place)) {
                throw CommandFailure(
                    "\(other.path) and \(task.path) would both be written to \(task.place)",
                    hint: "get them one after the other, with --output")
            }
        }
    }

    /// Where a file goes: to the name given, or under its own into a folder.
    static func destination(_ path: TargetPath, _ output: String?) throws -> String {
        guard let output else { return path.fileName }
        guard FileSystem.isDirectory(output) else { return output }
        return output.hasSuffix("/") ? output + path.fileName : "\(output)/\(path.fileName)"
    }
}
