// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import RepositoryStorage
import TUFClient
import TUFMetadata

/// Judges the files of a bundle by a root that is trusted and a clock: the same refresh, the same
/// verification as from a server, and no network.
public struct BundleConsumer: Sendable {
    private let bundle: BundleFile
    private let consumer: Consumer

    /// - Parameters:
    ///   - repository: as ``BundleFile/repository(named:home:)`` gives it; what this bundle shows
    ///     of it is kept like what a server shows, unless the options say otherwise.
    ///   - now: the moment at which all is judged, unless the options name another.
    public init(
        _ bundle: BundleFile, _ repository: TrustedRepository,
        options: ConsumerOptions = ConsumerOptions(), now: Instant
    ) {
        self.bundle = bundle
        var repository = repository
        repository.mirrors = BundleFile.mirrors
        consumer = Consumer(repository, BundleFetcher(bundle), options: options, now: now)
    }

    /// Where the files of the bundle go.
    public enum Destination: Sendable {
        /// Below this folder, each under its own name; only verified ones appear.
        case folder(String)
        /// Nowhere; this folder has room for one file at a time, which never has a name.
        case nowhere(scratch: String)
    }

    /// - Returns: a verdict for each file that the bundle was made for, by path.
    /// - Throws: `StorageError` if the destination cannot be written.
    public func verify(
        _ destination: Destination
    ) async throws(StorageError) -> BundleVerdict {
        let session: ConsumerSession
        do throws(UpdateError) { session = try await consumer.session() } catch {
            return verdict(bundle.manifest.files.map { consumer.refused($0.string, error) }, error)
        }
        var verdicts: [Verdict] = []
        for path in bundle.manifest.files {
            verdicts.append(try await judge(path, session, destination))
        }
        return verdict(verdicts, nil)
    }

    private func verdict(_ verdicts: [Verdict], _ failure: UpdateError?) -> BundleVerdict {
        let all = verdicts.map { verdict in
            var verdict = verdict
            verdict.isOffline = true
            return verdict
        }
        return BundleVerdict(
            manifest: bundle.manifest, repository: consumer.repository.name, verdicts: all,
            failure: failure, now: consumer.now)
    }

    private func judge(
        _ path: TargetPath, _ session: ConsumerSession, _ destination: Destination
    ) async throws(StorageError) -> Verdict {
        switch destination {
        case .folder(let folder):
            return try await session.get(path, to: "\(folder)/\(path.fileName)")
        case .nowhere(let scratch):
            let slot = try DownloadSlot(
                "\(scratch)/carnet-bundle-file", tell: consumer.options.progress)
            defer { slot.discard() }
            return try await session.judge(path, into: slot, isResumable: false)
        }
    }
}

/// The answer about a bundle: one verdict a file, and how old the state is that they rest on.
public struct BundleVerdict: Sendable {
    let manifest: BundleManifest
    /// Name of the trusted repository.
    let repository: String
    public let verdicts: [Verdict]
    /// Why there is no state to judge by.
    let failure: UpdateError?
    let now: Instant

    public var isVerified: Bool { !verdicts.isEmpty && verdicts.allSatisfy(\.isVerified) }

    /// What "fresh" can mean without a network.
    public var age: String {
        let made = "Bundle of \(repository), made from timestamp \(manifest.timestamp)"
        guard let state = verdicts.lazy.compactMap(\.freshness).first else {
            return "\(made): no state to judge by."
        }
        let signed =
            state.signed == nil
            ? ", when it was signed is not said, it expires \(state.expires)" : ""
        return "\(made): \(state.sentence(at: now))\(signed). "
            + "What the repository said later is not known here."
    }

    /// What to do about a state that is too old; `nil` if that is not what is wrong.
    public var hint: String? {
        switch failure {
        case .expired(_, let since)?:
            "make a new bundle where there is a network; --as-of "
                + "\(Instant(seconds: since.seconds - 60)) asks what this one was worth then"
        case .rollback?, .vanished?:
            "this bundle is older than what was seen here before: make a new one; with --root "
                + "FILE and --as-of TIME it is judged by itself"
        default: nil
        }
    }

    /// Name of the JSON form; see `Docs/Formats/Bundle.md`.
    public static let schema = "carnet/bundle-verdict/v1"

    public var json: JSON {
        [
            "schema": .text(BundleVerdict.schema), "repository": .text(repository),
            "made_from": [
                "label": .text(manifest.repository), "timestamp": .integer(manifest.timestamp),
            ],
            "as_of": .text(now.description), "age": .text(age),
            "verdicts": .array(verdicts.map(\.json)),
        ]
    }
}
