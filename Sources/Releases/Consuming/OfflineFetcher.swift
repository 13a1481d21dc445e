// SPDX-License-Identifier: Apache-2.0
import TUFClient

/// Asks nobody: what is not at hand cannot be had.
struct OfflineFetcher: Fetcher {
    static let words = "not at hand, and offline no server is asked"

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        throw FetchError(url: url, reason: .unreachable(OfflineFetcher.words))
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        throw FetchError(url: url, reason: .unreachable(OfflineFetcher.words))
    }
}
