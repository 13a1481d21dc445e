// SPDX-License-Identifier: Apache-2.0
import Synchronization
package import TUFClient

/// A web server in memory: files by name, faults on demand, and a log of the requests.
package final class SimulatedServer: Fetcher {
    /// Where it is. A file's name is what follows in its URL.
    package static let url = "https://repository.test/"

    private struct State {
        var files: [String: [UInt8]] = [:]
        var faults: [String: FetchError.Reason] = [:]
        var requests: [String] = []
    }

    private let state = Mutex(State())
    private let chunkSize = 1000

    package init() {}

    /// The file of this name; `nil` for one that is answered with 404.
    package subscript(name: String) -> [UInt8]? {
        get { state.withLock { $0.files[name] } }
        set { state.withLock { $0.files[name] = newValue } }
    }

    /// The names of all files.
    package var names: [String] { state.withLock { $0.files.keys.sorted() } }

    /// Answers every request of this name with a fault, or with `nil` as usual again.
    package func setFault(_ reason: FetchError.Reason?, for name: String) {
        state.withLock { $0.faults[name] = reason }
    }

    /// The names asked for since the last call, in order.
    package func takeRequests() -> [String] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    package func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let bytes = try answer(url)
        guard bytes.count <= maximumBytes else {
            throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
        }
        return bytes
    }

    package func stream(
        _ url: String, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let bytes = try answer(url)
        var start = 0
        while start < min(bytes.count, maximumBytes) {
            let end = min(start + chunkSize, bytes.count, maximumBytes)
            guard bytes[start..<end].withUnsafeBytes({ sink.receive($0) }) else {
                throw FetchError(url: url, reason: .sinkRefused)
            }
            start = end
        }
        guard bytes.count <= maximumBytes else {
            throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
        }
    }

    private func answer(_ url: String) throws(FetchError) -> [UInt8] {
        precondition(url.hasPrefix(SimulatedServer.url), "a request elsewhere: \(url)")
        let name = String(url.dropFirst(SimulatedServer.url.count))
        let (file, fault) = state.withLock { state in
            state.requests.append(name)
            return (state.files[name], state.faults[name])
        }
        if let fault { throw FetchError(url: url, reason: fault) }
        guard let file else { throw FetchError(url: url, reason: .notFound) }
        return file
    }
}
