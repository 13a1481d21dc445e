// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage

/// Options of every command that judges by a repository's state.
struct ClientOptions: ParsableArguments {
    @Flag(help: "Ask no server: judge by what was seen before, while it is unexpired.")
    var offline = false

    @Option(
        name: .customLong("as-of"),
        help: ArgumentHelp(
            "Judge as at another moment, as in 2026-01-31T12:00:00Z, for audits; nothing is kept.",
            valueName: "time"))
    var asOf: String?

    @Option(
        help: ArgumentHelp(
            "Keep what is seen of repositories in this folder instead of your home.",
            valueName: "dir"))
    var cache: String?

    @Flag(name: .customLong("no-cache"), help: "Keep nothing of what is seen.")
    var noCache = false

    @OptionGroup var network: NetworkOptions

    func validate() throws {
        if cache != nil && noCache {
            throw ValidationError("--cache and --no-cache exclude each other.")
        }
        if asOf != nil { _ = try moment() }
    }

    /// The moment to judge for: what was asked for, or now.
    func judgedMoment() throws -> Instant { try moment() ?? currentInstant() }

    private func moment() throws -> Instant? {
        guard let asOf else { return nil }
        guard let moment = Instant(asOf) ?? Instant(asOf + "T00:00:00Z") else {
            throw ValidationError(
                "--as-of \(quoted(asOf)) found, a time such as 2026-01-31T12:00:00Z expected.")
        }
        return moment
    }

    /// The client of these repositories, one transport for all.
    func client(_ origins: [TrustedRepository], _ progress: ProgressLine? = nil) throws -> Client {
        let urls = origins.flatMap(\.mirrors).flatMap { [$0.metadataURL, $0.targetsURL] }
        let (transport, limits, evidence) = try network.transport(urls)
        var options = ConsumerOptions()
        options.isOffline = offline
        options.asOf = try moment()
        options.limits = limits
        options.evidence = evidence
        if noCache { options.state = .inMemory }
        options.notice = { notice in
            progress?.end()
            Output.remark("\(notice)")
        }
        if let progress { options.progress = { progress.take($0) } }
        return Client(transport: transport, options: options, now: currentInstant())
    }

    /// A trusted repository, its state where the options want it.
    func repository(named name: String) throws -> TrustedRepository {
        let repository = try TrustedRepository(named: name, home: try Home().state)
        return try cache.map { try repository.kept(in: "\($0)/\(name)") } ?? repository
    }

    /// All trusted repositories, or those of these names.
    func repositories(_ names: [String]? = nil) throws -> [TrustedRepository] {
        let all = try names ?? TrustedRepository.names(home: try Home().state)
        guard !all.isEmpty else { throw TrustError.notTrusted(name: "", known: []) }
        return try all.map(repository(named:))
    }
}

/// What consumers of several repositories share.
struct Client {
    let transport: HTTPTransport
    var options: ConsumerOptions
    let now: Instant

    func consumer(_ repository: TrustedRepository) -> Consumer {
        Consumer(repository, transport, options: options, now: now)
    }
}
