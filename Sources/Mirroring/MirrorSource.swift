// SPDX-License-Identifier: Apache-2.0
package import TUFClient

/// Where a repository is read from.
package struct MirrorSource: Sendable {
    /// As a person named it, without secrets.
    package let place: String
    package let metadataURL: String
    package let targetsURL: String
    package var fetcher: any Fetcher

    package init(
        place: String, metadataURL: String, targetsURL: String, fetcher: any Fetcher
    ) {
        self.place = place
        self.metadataURL = metadataURL.utf8.last == 0x2F ? metadataURL : metadataURL + "/"
        self.targetsURL = targetsURL.utf8.last == 0x2F ? targetsURL : targetsURL + "/"
        self.fetcher = fetcher
    }

    /// A metadata file, or `nil` if there is none.
    func metadata(
        _ name: String, maximumBytes: Int
    ) async throws(MirrorError) -> [UInt8]? {
        do throws(FetchError) {
            return try await fetcher.fetch(metadataURL + name, maximumBytes: maximumBytes)
        } catch {
            if error.reason == .notFound { return nil }
            throw .update(.fetch(file: name, error))
        }
    }
}
