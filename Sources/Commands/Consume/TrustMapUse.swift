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
    ///
    /// - Parameter adjust: what else the consumer is told.
    func mapConsumer(
        _ progress: ProgressLine? = nil, _ adjust: (inout ConsumerOptions) -> Void = { _ in }
    ) throws -> TrustMapConsumer {
        let map: TrustMap
        let home = try Home().state
        do throws(TrustMapError) { map = try TrustMap.inUse(home: home) } catch {
            throw CommandFailure(map: error)
        }
        let repositories = try map.repositories.map { try repository(named: $0.name).at($0.urls) }
        var client = try client(repositories, progress)
        adjust(&client.options)
        return TrustMapConsumer(
            map, repositories.map(client.consumer), options: client.options, now: client.now)
    }
}

extension Get {
    /// Gets files on which the map's repositories agree.
    func runMapped(_ wanted: [OfferedFile], _ progress: ProgressLine?) async throws {
        guard wanted.allSatisfy(\.isMapped) else {
            throw CommandFailure(
                "files of the map and of one repository found, either expected",
                hint: "get them one after the other")
        }
        let consumer = try options.mapConsumer(progress, adjust)
        let downloads = MapDownloads(wanted, consumer, output: output, jobs: jobs)
        let (results, shortfall) = try await Interrupt.run { try await downloads.run() }
        progress?.end()
        let answers = results.map { result in
            Answer(
                json: result.verdict.json, text: result.verdict.text,
                code: result.verdict.exitCode, place: result.place, page: { result.verdict.html })
        }
        try show(answers, shortfall, isSingle: downloads.isSingle)
    }
}

extension Verify {
    /// Judges a file by that on which the map's repositories agree.
    func runMapped(_ place: OfferedFile) async throws {
        let answer = try await options.mapConsumer(nil, adjust)
            .verify(file, as: try place.targetPath())
        try page.write(answer.html)
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
        if json { Output.result(.array(files.map(\.json))) }
        for file in files where !json { show(file) }
        if files.isEmpty && failures.isEmpty {
            Output.remark(wildcard == nil ? "nothing is offered" : "no file matches")
        }
        var shortfall = Shortfall()
        for failure in failures { shortfall.add(failure) }
        shortfall.tell()
        if let code = shortfall.code { throw ExitCode(code) }
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
