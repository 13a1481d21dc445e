// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFMetadata

extension OfferedFile {
    /// Whether the map chooses among repositories: `any/PATH`.
    var isMapped: Bool {
        repository.map { $0.utf8.elementsEqual(TrustMap.reservedName.utf8) } ?? false
    }
}

extension ClientOptions {
    /// The consumer of the map in use.
    ///
    /// - Throws: ``CommandFailure`` with code 6 if there is no map, or a repository of it is no
    ///   longer trusted.
    func mapConsumer(
        repositoryOnly: Bool = false, _ progress: ProgressLine? = nil
    ) throws -> TrustMapConsumer {
        let map: TrustMap
        let home = try Home().state
        do throws(TrustMapError) { map = try TrustMap.inUse(home: home) } catch {
            throw CommandFailure(map: error)
        }
        let repositories = try map.repositories.map { try repository(named: $0.name).at($0.urls) }
        var client = try client(repositories, progress)
        client.options.repositoryOnly = repositoryOnly
        return TrustMapConsumer(
            map, repositories.map(client.consumer), options: client.options, now: client.now)
    }
}

extension Get {
    /// Gets files on which the map's repositories agree, one after the other: each is asked of
    /// several repositories at once.
    func runMapped(_ wanted: [OfferedFile], _ progress: ProgressLine?) async throws {
        guard wanted.allSatisfy(\.isMapped) else {
            throw CommandFailure(
                "files of the map and of one repository found, either expected",
                hint: "get them one after the other")
        }
        let consumer = try options.mapConsumer(
            repositoryOnly: verdict.repositoryOnly, progress)
        let isSingle = wanted.count == 1 && !wanted[0].isPattern
        if !isSingle, let output, !FileSystem.isDirectory(output) {
            throw CommandFailure("\(output): a folder expected, to write several files to")
        }
        var answers: [MapVerdict] = []
        for (path, place) in try await places(wanted, consumer) {
            let answer = try await consumer.get(path, to: place)
            progress?.end()
            if !verdict.json { Output.raw(answer.text) }
            if answer.isVerified { Output.remark("written to \(place)") }
            answers.append(answer)
        }
        if verdict.json { Output.result(isSingle ? answers[0].json : .array(answers.map(\.json))) }
        // A refusal says more than a file that could not be had.
        let codes = answers.map(\.exitCode).filter { $0 != 0 }
        if let code = codes.first(where: { $0 == 1 }) ?? codes.first { throw ExitCode(code) }
    }

    /// The files, each with where it goes.
    private func places(
        _ wanted: [OfferedFile], _ consumer: TrustMapConsumer
    ) async throws -> [(path: TargetPath, place: String)] {
        var places: [UTF8Text: TargetPath] = [:]
        var all: [(path: TargetPath, place: String)] = []
        for file in wanted {
            for path in try await paths(file, consumer) {
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
        _ file: OfferedFile, _ consumer: TrustMapConsumer
    ) async throws -> [TargetPath] {
        guard file.isPattern else { return [try file.targetPath()] }
        let pattern = PathPattern(UTF8Text(file.path))
        let found = await consumer.search.all { pattern.matches($0) }.files
        guard !found.isEmpty else {
            throw CommandFailure(
                "\(quoted(file.path)): no file matches", hint: "carnet list any shows what there is"
            )
        }
        return found.map(\.path)
    }
}

extension Verify {
    /// Judges a file by that on which the map's repositories agree.
    func runMapped(_ place: OfferedFile) async throws {
        let answer = try await options.mapConsumer(repositoryOnly: verdict.repositoryOnly)
            .verify(file, as: try place.targetPath())
        if verdict.json { Output.result(answer.json) } else { Output.raw(answer.text) }
        guard answer.isVerified else { throw ExitCode(answer.exitCode) }
    }
}

extension List {
    /// What is wanted of the map; `nil` if a repository is named, empty if it is all.
    var mapped: String? {
        guard let what, !pinned.isUsed else { return nil }
        let name = TrustMap.reservedName
        if what.utf8.elementsEqual(name.utf8) { return "" }
        return what.utf8.starts(with: "\(name)/".utf8)
            ? String(Substring(what.utf8.dropFirst(name.utf8.count + 1))) : nil
    }

    /// Lists the files on which the map's repositories agree; those that are withheld and those
    /// who could not be asked are told.
    func runMapped(_ pattern: String) async throws {
        let wildcard = pattern.isEmpty ? nil : Wildcard(UTF8Text(pattern))
        let showsEvidence = all
        let (files, failures) = try await options.mapConsumer().search.all { path in
            let isEvidence = [LayoutTarget.folder, LayoutTarget.keyFolder].contains { folder in
                path.text.utf8.starts(with: "\(folder)/".utf8)
            }
            return (showsEvidence || !isEvidence) && (wildcard?.matches(path.text) ?? true)
        }
        for failure in failures {
            if let words = failure.words { Output.remark("note: \(words)") }
        }
        if json { Output.result(.array(files.map(\.json))) }
        for file in files where !json { show(file) }
        if files.isEmpty && failures.isEmpty {
            Output.remark(wildcard == nil ? "nothing is offered" : "no file matches")
        }
        if let refusal = failures.first?.refusal { throw ExitCode(refusal.exitCode) }
    }

    private func show(_ file: MapLookup) {
        let place = "\(TrustMap.reservedName)/\(file.path)"
        if let length = file.file?.length, let agreement = file.agreement {
            Output.result("\(place)  \(length) bytes  \(agreement)")
        } else {
            Output.remark("note: \(place) is withheld: \(file.refusal?.cause ?? "")")
        }
    }
}
