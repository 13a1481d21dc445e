// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import RepositoryStorage
import TUFClient
import TUFMetadata

/// One run of the client under test: one transport, one start time, one lock on the metadata.
struct ConformanceClient {
    let transport: HTTPTransport
    let updater: Updater

    init(_ options: ConformanceOptions) throws {
        let directory = try options.required(\.metadataDirectory, "--metadata-dir")
        let url = try options.required(\.metadataURL, "--metadata-url")
        // Opening the store would make the folder.
        guard FileSystem.exists("\(directory)/\(RoleName.root.fileName())") else {
            throw CommandFailure("\(directory): no trusted root")
        }
        // The suite counts the requests: a failed one is not made again.
        var limits = TransportLimits()
        limits.retries = 0
        transport = HTTPTransport(version: carnetVersion, limits: limits)
        updater = Updater(
            metadataURL: url, fetcher: transport,
            store: try ConformanceClient.store(in: directory), now: currentInstant())
    }

    /// The trusted metadata. What cannot be saved is not trusted here, though a read-only folder
    /// does for other commands.
    static func store(in directory: String) throws -> DirectoryTrustedStore {
        let store = try DirectoryTrustedStore(directory)
        guard !store.isReadOnly else { throw CommandFailure("\(directory): cannot be written") }
        return store
    }

    func refresh() async throws(UpdateError) -> RepositoryState { try await updater.refresh() }
}
