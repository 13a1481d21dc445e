// SPDX-License-Identifier: Apache-2.0
import Synchronization
package import TUFClient

/// Several servers in memory under URLs of their own, with one log of the requests.
package final class SimulatedMirrors: Fetcher {
    private let servers: [String: SimulatedServer]
    private let requests = Mutex<[String]>([])
    /// In the order of their names, each with a slash at the end.
    package let urls: [String]

    /// - Parameter servers: by a name such as `a`, which is at `https://a.test/`.
    package init(_ servers: [String: SimulatedServer]) {
        urls = servers.keys.sorted().map { SimulatedMirrors.url($0) }
        self.servers = Dictionary(
            uniqueKeysWithValues: servers.map { (SimulatedMirrors.url($0), $1) })
    }

    package static func url(_ name: String) -> String { "https://\(name).test/" }

    /// What was asked for since the last call, in order: `a timestamp.json`.
    package func takeRequests() -> [String] {
        requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
    }

    package func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let (server, inner) = route(url, from: 0)
        do throws(FetchError) {
            return try await server.fetch(inner, maximumBytes: maximumBytes)
        } catch {
            throw FetchError(url: url, reason: error.reason)
        }
    }

    package func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let (server, inner) = route(url, from: offset)
        do throws(FetchError) {
            try await server.stream(inner, from: offset, maximumBytes: maximumBytes, into: sink)
        } catch {
            throw FetchError(url: url, reason: error.reason)
        }
    }

    /// The server of a URL, and the URL as that server knows it.
    private func route(_ url: String, from offset: Int) -> (SimulatedServer, String) {
        for (base, server) in servers where url.hasPrefix(base) {
            let name = String(url.dropFirst(base.count))
            let mirror = base.dropFirst("https://".count).prefix { $0 != "." }
            requests.withLock {
                $0.append("\(mirror) \(name)" + (offset == 0 ? "" : "@\(offset)"))
            }
            return (server, SimulatedServer.url + name)
        }
        preconditionFailure("a request elsewhere: \(url)")
    }
}
