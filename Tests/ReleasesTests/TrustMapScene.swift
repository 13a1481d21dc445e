// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit

/// Signed repositories in memory, each at `https://NAME.test/` with a root of its own, and a
/// client that trusts them, its state on disk.
struct MapScene {
    static let wheel = path("demo/1.0/demo.whl")

    let folder: TemporaryFolder
    var repositories: [String: RepositorySimulator] = [:]
    var home: String { folder("home") }

    /// - Parameter sameRoot: all of them have one root key.
    init(_ names: String..., sameRoot: Bool = false) throws {
        folder = try TemporaryFolder()
        for name in names {
            var repository = RepositorySimulator()
            if !sameRoot { repository.keys[.root] = [TestKey("root of \(name)")] }
            repository.publish(.root)
            repositories[name] = repository
            try trust(name, root: repository.bytes(of: .root))
        }
    }

    func trust(_ name: String, root: [UInt8]) throws {
        _ = try TrustedRepository(name: name, url: "https://\(name).test/", home: home)
            .trust(root: root)
    }

    /// Lists the wheel, or another file, in some repositories.
    mutating func publish(
        _ content: String, at path: TargetPath = wheel, in names: String...,
        hashes: [DigestAlgorithm] = [.sha256]
    ) {
        for name in names {
            repositories[name]!.add(path.text, content)
            let index = repositories[name]!.targets[.targets]!.files.firstIndex {
                $0.key == path.text
            }!
            let members = hashes.map {
                JSON.Member(
                    UTF8Text($0.rawValue), .text($0.hexDigest(of: Array(content.utf8))))
            }
            repositories[name]!.targets[.targets]!.files[index].value
                .put(.object(members), at: "hashes")
            for algorithm in hashes {
                let digest = algorithm.hexDigest(of: Array(content.utf8))
                server(name)["targets/\(path.urlPath(withHash: digest))"] = Array(content.utf8)
            }
            repositories[name]!.publish(.targets)
        }
    }

    func server(_ name: String) -> SimulatedServer { repositories[name]!.server }

    /// A repository is down.
    func disconnect(_ name: String) {
        for file in server(name).names + ["3.root.json"] {
            server(name).setFault(.unreachable("no route to host"), for: file)
        }
    }

    // MARK: the map

    /// An entry of a map file.
    static func entry(
        _ repositories: String..., paths: [String] = ["*"], threshold: Int? = nil,
        terminating: Bool = true
    ) -> JSON {
        [
            "paths": .array(paths.map(JSON.text)),
            "repositories": .array(repositories.map(JSON.text)),
            "threshold": .integer(threshold ?? repositories.count),
            "terminating": .boolean(terminating),
        ]
    }

    /// A map file over all repositories of the scene.
    func file(_ entries: JSON...) -> [UInt8] { file(entries) }

    func file(_ entries: [JSON]) -> [UInt8] {
        let members = repositories.keys.sorted().map { name in
            JSON.Member(UTF8Text(name), .array([.text("https://\(name).test/")]))
        }
        let map: JSON = ["repositories": .object(members), "mapping": .array(entries)]
        return map.indentedBytes()
    }

    func search(_ entries: JSON..., at moment: Instant = .testTime) throws -> TrustMapSearch {
        search(try TrustMap(file(entries)), at: moment)
    }

    func search(_ map: TrustMap, at moment: Instant = .testTime) -> TrustMapSearch {
        TrustMapSearch(map, consumers(map, at: moment))
    }

    /// A consumer of each repository that is trusted.
    func consumers(
        _ map: TrustMap, options: ConsumerOptions = ConsumerOptions(),
        at moment: Instant = .testTime
    ) -> [Consumer] {
        let fetcher = RoutingFetcher(servers: repositories.mapValues(\.server))
        return map.repositories.compactMap { repository in
            (try? TrustedRepository(named: repository.name, home: home)).map {
                Consumer($0.at(repository.urls), fetcher, options: options, now: moment)
            }
        }
    }

    /// What the client has on disk of a repository.
    func state(_ name: String) throws -> [String: [UInt8]] {
        try folder.tree("home/repositories/\(name)")
    }
}

/// Sends `https://NAME.test/metadata/FILE` and `https://NAME.test/targets/FILE` to the server of
/// that name, if there is one.
struct RoutingFetcher: Fetcher {
    let servers: [String: SimulatedServer]

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let (server, name) = try route(url)
        return try await server.fetch(SimulatedServer.url + name, maximumBytes: maximumBytes)
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let (server, name) = try route(url)
        try await server.stream(
            SimulatedServer.url + name, from: offset, maximumBytes: maximumBytes, into: sink)
    }

    private func route(_ url: String) throws(FetchError) -> (SimulatedServer, String) {
        let parts = url.split(separator: "/", maxSplits: 2)
        let host = parts[1].split(separator: ".")[0]
        guard let server = servers[String(host)] else {
            throw FetchError(url: url, reason: .unreachable("no such host"))
        }
        let rest = String(parts[2])
        return (server, rest.hasPrefix("metadata/") ? String(rest.dropFirst(9)) : rest)
    }
}

extension MapLookup {
    /// The repositories that agree.
    var names: [String] {
        met.map { round in round.agreeing.map { round.answers[$0].repository } } ?? []
    }

    /// What the repositories of an entry answered, in short.
    func answers(_ round: Int = 0) -> [String] {
        rounds[round].answers.map { answer in
            switch answer.outcome {
            case .lists(let target, _): "lists \(target.file.length)"
            case .listsNot: "lists not"
            case .unavailable(let error):
                error == .noTrustedRoot
                    ? "not trusted"
                    : error.isStale ? "stale" : error.isUnreachable ? "unreachable" : "refused"
            case .notAsked: "not asked"
            }
        }
    }
}
