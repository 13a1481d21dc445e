// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import HTTPTransport
import Mirroring
import Releases
import RepositoryStorage
import TUFClient

/// What a source is trusted by, and how it is asked.
struct SourceOptions: ParsableArguments {
    @Option(help: "The root file to trust.")
    var root: String?

    @Option(help: "The same by its SHA-256.")
    var fingerprint: String?

    @Option(help: ArgumentHelp("Transfers at the same time.", valueName: "number"))
    var connections = 16

    @Option(
        name: .customLong("limit-rate"),
        help: ArgumentHelp(
            "Receive no more than so many bytes a second, as in 500K or 20M.",
            valueName: "bytes"))
    var limitRate: String?

    @OptionGroup(title: "Network") var network: NetworkOptions

    func validate() throws {
        if root != nil && fingerprint != nil {
            throw ValidationError("--root and --fingerprint exclude each other.")
        }
        guard (1...1024).contains(connections) else {
            throw ValidationError("--connections \(connections): 1 to 1024 expected.")
        }
        _ = try bytesPerSecond()
    }

    /// `20M` is 20 times 1024 times 1024.
    func bytesPerSecond() throws -> Int? {
        guard let limitRate else { return nil }
        let factors: [UInt8: Int] = [0x4B: 1 << 10, 0x4D: 1 << 20, 0x47: 1 << 30]
        let factor = limitRate.utf8.last.flatMap { factors[$0 & 0xDF] }
        let digits = factor == nil ? limitRate[...] : limitRate.dropLast()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), (1...1 << 30).contains(number)
        else {
            throw ValidationError(
                "--limit-rate \(quoted(limitRate)) found, a number such as 500K or 20M expected.")
        }
        return number * (factor ?? 1)
    }

    /// The network options, with as many connections as are wanted.
    var limited: NetworkOptions {
        var network = network
        network.limits.changes.append("connections=\(connections)")
        return network
    }

    /// What synchronizations go by.
    ///
    /// - Parameter urls: of what is asked for.
    func options(_ urls: [String]) throws -> (HTTPTransport, MirrorOptions) {
        var network = limited
        var options = MirrorOptions()
        options.connections = connections
        options.bytesPerSecond = try bytesPerSecond()
        if let rate = options.bytesPerSecond {
            // What is slow because it was asked to be is not given up.
            let share = min(TransportLimits().minimumBytesPerSecond, rate / connections / 4)
            network.limits.changes.insert("slow-bytes=\(share)", at: 0)
        }
        let (transport, limits, _) = try network.transport(urls)
        let roles = options.limits.rolesPerList
        options.limits = limits
        if limits.rolesPerList == ClientLimits().rolesPerList {
            options.limits.rolesPerList = roles
        }
        options.notice = { Output.remark("\($0)") }
        return (transport, options)
    }

    /// A mirror to be read.
    func mirror(_ text: String) throws -> any RepositoryStore {
        try StorePlace(text).readable(
            limited.transport().0, allowingHTTP: network.allowHTTP)
    }

    /// The source of this name or place, wherever it may be had, and the root that is trusted for
    /// it if its name says so.
    func sources(
        _ text: String
    ) throws -> (MirrorOptions, [MirrorSource], trusted: [UInt8]?) {
        // A folder that is called like a trusted repository is to be written `./NAME`.
        if TrustedRepository.isName(text), try isTrusted(text) || !FileSystem.isDirectory(text) {
            let repository = try TrustedRepository(named: text, home: try Home().state)
            let (transport, options) = try options(repository.mirrors.map(\.metadataURL))
            let sources = repository.mirrors.map { mirror in
                MirrorSource(
                    place: mirror.shown, metadataURL: mirror.metadataURL,
                    targetsURL: mirror.targetsURL, fetcher: transport)
            }
            return (options, sources, try FileSystem.read("\(repository.store)/root.json"))
        }
        let place = try StorePlace(text)
        let (transport, options) = try options(place.urls)
        return (options, [try place.source(transport, allowingHTTP: network.allowHTTP)], nil)
    }

    private func isTrusted(_ name: String) throws -> Bool {
        try TrustedRepository.names(home: try Home().state).contains {
            $0.utf8.elementsEqual(name.utf8)
        }
    }

    /// Where trust begins: what the options say, or the source's name, or the mirror as it is.
    func pin(
        _ store: (any RepositoryStore)?, _ sources: [MirrorSource], _ trusted: [UInt8]?,
        _ limits: ClientLimits
    ) async throws -> MirrorPin {
        if let root {
            guard let bytes = try FileSystem.read(root, maximumBytes: 512 << 10) else {
                throw TrustError.noRoot(file: root)
            }
            return .root(bytes)
        }
        if let fingerprint {
            let digits = fingerprint.lowercased().filter { $0 != ":" && $0 != " " }
            if let store {
                let own = try await mirroring { () throws(MirrorError) in
                    try await MirrorPin.root(fingerprint: digits, in: store)
                }
                if let own { return .root(own) }
            }
            var failure: (any Error)?
            for source in sources {
                do {
                    return .root(
                        try await TrustedRepository.root(
                            fingerprint: fingerprint,
                            from: [
                                .init(
                                    metadataURL: source.metadataURL,
                                    targetsURL: source.targetsURL)
                            ], source.fetcher, limits))
                } catch {
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
        }
        return trusted.map { .root($0) } ?? .destination
    }
}
