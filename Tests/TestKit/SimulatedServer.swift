// SPDX-License-Identifier: Apache-2.0
import Synchronization
package import TUFClient

/// A web server in memory: files by name, faults on demand, and a log of the requests.
package final class SimulatedServer: Fetcher {
    /// Where it is. A file's name is what follows in its URL.
    package static let url = "https://repository.test/"

    private struct Break {
        let bytes: Int
        let reason: FetchError.Reason
    }

    private struct State {
        var files: [String: [UInt8]] = [:]
        var faults: [String: FetchError.Reason] = [:]
        var breaks: [String: Break] = [:]
        var refusesRanges = false
        var requests: [String] = []
    }

    private let state = Mutex(State())
    private let chunkSize = 1000

    package init() {}

    /// A server with the same files, as a mirror has them after a synchronisation.
    package init(copying other: SimulatedServer) {
        let files = other.state.withLock { $0.files }
        state.withLock { $0.files = files }
    }

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

    /// Answers every request with a fault: a server that is down.
    package func setFault(_ reason: FetchError.Reason) {
        state.withLock { state in
            for name in state.files.keys { state.faults[name] = reason }
        }
    }

    /// Breaks every transfer of this name off when the sink has got so many of its bytes.
    package func breakOff(_ name: String, after bytes: Int, _ reason: FetchError.Reason) {
        state.withLock { $0.breaks[name] = Break(bytes: bytes, reason: reason) }
    }

    /// Serves whole files alone.
    package func refuseRanges() { state.withLock { $0.refusesRanges = true } }

    /// The names asked for since the last call, in order; `name@5` for what comes after byte 5.
    package func takeRequests() -> [String] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    package func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let (bytes, _) = try answer(url, from: 0)
        guard bytes.count <= maximumBytes else {
            throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
        }
        return bytes
    }

    package func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let (bytes, end) = try answer(url, from: offset)
        guard offset == 0 || offset < bytes.count else {
            throw FetchError(
                url: url, reason: .rangeRefused("\(bytes.count) bytes, asked from \(offset)"))
        }
        var start = offset
        let last = min(bytes.count, maximumBytes, end?.bytes ?? Int.max)
        while start < last {
            let next = min(start + chunkSize, last)
            guard bytes[start..<next].withUnsafeBytes({ sink.receive($0) }) else {
                throw FetchError(url: url, reason: .sinkRefused)
            }
            start = next
        }
        if let end, end.bytes < min(bytes.count, maximumBytes) {
            throw FetchError(url: url, reason: end.reason)
        }
        guard bytes.count <= maximumBytes else {
            throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
        }
    }

    private func answer(
        _ url: String, from offset: Int
    ) throws(FetchError) -> (bytes: [UInt8], end: Break?) {
        precondition(url.hasPrefix(SimulatedServer.url), "a request elsewhere: \(url)")
        let name = String(url.dropFirst(SimulatedServer.url.count))
        let (file, fault, end, refusesRanges) = state.withLock { state in
            state.requests.append(offset == 0 ? name : "\(name)@\(offset)")
            return (
                state.files[name], state.faults[name], state.breaks[name], state.refusesRanges
            )
        }
        if let fault { throw FetchError(url: url, reason: fault) }
        guard let file else { throw FetchError(url: url, reason: .notFound) }
        if offset > 0, refusesRanges {
            throw FetchError(url: url, reason: .rangeRefused("status 200, expected 206"))
        }
        return (file, end)
    }
}
