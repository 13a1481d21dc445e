// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

struct ConformanceDownload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Refresh, then download artifacts in the order given.",
        discussion: """
            The first that cannot be had ends the command. An artifact that is there already, as \
            the metadata wants it, is not asked for again.
            """)

    @OptionGroup var options: ConformanceOptions

    func run() async throws {
        try await conforming {
            guard !options.targetNames.isEmpty else {
                throw CommandFailure("--target-name is missing")
            }
            let base = try options.required(\.targetBaseURL, "--target-base-url")
            let folder = ArtifactFolder(
                try options.required(\.targetDirectory, "--target-dir"))
            let client = try ConformanceClient(options)
            let state = try await client.refresh()
            let search = TargetSearch(state, client.updater)
            let download = TargetDownload(
                targetsURL: base, fetcher: client.transport,
                consistent: state.root.document.consistentSnapshot)
            for name in options.targetNames {
                let file = try await target(named: name, search)
                if !folder.holds(file) { try await get(file, download, into: folder) }
            }
        }
    }

    private func target(named name: String, _ search: TargetSearch) async throws -> TargetFile {
        guard let path = TargetPath(UTF8Text(name)) else {
            throw CommandFailure("\(quoted(name)): not the path of a target")
        }
        guard let found = try await search.find(path) else {
            throw UpdateError.noSuchTarget(path)
        }
        return found.file
    }

    private func get(
        _ file: TargetFile, _ download: TargetDownload, into folder: ArtifactFolder
    ) async throws {
        let made = try FileSystem.makeDirectory(folder.path)
        do {
            let sink = try DownloadedFile(folder.place(of: file.path))
            do {
                try await download.download(file, into: sink)
                try sink.publish()
            } catch {
                sink.discard()
                throw sink.failure ?? error
            }
        } catch {
            FileSystem.removeEmpty(made)
            throw error
        }
    }
}
