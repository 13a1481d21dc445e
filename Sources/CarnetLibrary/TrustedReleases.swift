// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata

/// The releases of a repository that your program trusts by its root.
///
/// What it gives is verified by the repository's TUF metadata and by the in-toto evidence of how
/// the file was made, as the repository's owners demand it. What is not verified is an error.
///
/// ```swift
/// let releases = try TrustedReleases(
///     rootFile: "root.json", at: ["https://example.org/releases"], stateFolder: "state")
/// let file = try await releases.get("demo/1.2.0/demo-1.2.0.tar.gz", to: "demo.tar.gz")
/// print(file.report)
/// ```
public struct TrustedReleases: Sendable {
    private let repository: TrustedRepository
    private let transport: HTTPTransport
    private let settings: ReleaseSettings

    /// Trusts a repository.
    ///
    /// - Parameters:
    ///   - root: a root file of the repository, as your program was shipped with or has
    ///     otherwise got from somebody who is trusted; never from the repository's own server.
    ///   - places: URLs of the folder of `metadata/` and `targets/`; the first is asked first, the
    ///     others if it fails. `https:`, `file:`, and `http:` to this machine.
    ///   - stateFolder: keeps what was seen of the repository, which protects against its being
    ///     rolled back, and makes the next time faster. `nil` keeps it as long as this value.
    ///   - settings: the rest; the defaults are right for most programs.
    /// - Throws: ``ReleasesError/invalid(_:)`` if the root is none or a place no URL,
    ///   ``ReleasesError/storage(_:)``.
    public init(
        root: [UInt8], at places: [String], stateFolder: String?,
        settings: ReleaseSettings = ReleaseSettings()
    ) throws(ReleasesError) {
        do throws(TrustError) {
            let mirrors = places.map { TrustedRepository.Mirror($0) }
            guard !mirrors.isEmpty else { throw .noURL("") }
            try TrustedRepository.check(mirrors)
            repository = try TrustedRepository.pinned(
                root: root, name: settings.name, mirrors: mirrors, folder: stateFolder)
        } catch {
            throw ReleasesError(error)
        }
        self.settings = settings
        transport = settings.transport
    }

    /// Trusts a repository by a root file on disk.
    public init(
        rootFile: String, at places: [String], stateFolder: String?,
        settings: ReleaseSettings = ReleaseSettings()
    ) throws(ReleasesError) {
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try FileSystem.read(rootFile, maximumBytes: 512 << 10)
        } catch {
            throw .storage("\(error)")
        }
        guard let bytes else { throw .storage("\(rootFile): no such file") }
        try self.init(root: bytes, at: places, stateFolder: stateFolder, settings: settings)
    }

    /// Downloads a file and verifies it; only a verified file appears at `destination`.
    ///
    /// - Parameters:
    ///   - path: of the file in the repository.
    ///   - destination: where the file will appear; its folder must exist.
    /// - Throws: ``ReleasesError/refused(_:)`` if the file is not verified, for whatever reason.
    public func get(
        _ path: String, to destination: String
    ) async throws(ReleasesError) -> VerifiedRelease {
        let path = try TrustedReleases.target(path)
        let verdict: Verdict
        do throws(StorageError) {
            verdict = try await consumer.get(path, to: destination)
        } catch {
            throw .storage("\(error)")
        }
        return try VerifiedRelease.of(verdict)
    }

    /// Verifies a file at hand.
    ///
    /// - Parameters:
    ///   - file: where it is.
    ///   - path: under which the repository offers it; looked for by name and digest if it is not
    ///     given.
    /// - Throws: ``ReleasesError/refused(_:)`` if the file is not verified.
    public func verify(
        _ file: String, as path: String? = nil
    ) async throws(ReleasesError) -> VerifiedRelease {
        let target = try path.map { path throws(ReleasesError) in
            try TrustedReleases.target(path)
        }
        let verdict: Verdict
        do throws(StorageError) { verdict = try await consumer.verify(file, as: target) } catch {
            throw .storage("\(error)")
        }
        return try VerifiedRelease.of(verdict)
    }

    /// The files that the repository offers, by path; what belongs to evidence is left out.
    public func list() async throws(ReleasesError) -> [OfferedRelease] {
        let consumer = self.consumer
        do throws(UpdateError) {
            return try await consumer.list().filter { !TrustedReleases.isEvidence($0.file.path) }
                .map(OfferedRelease.init)
        } catch {
            let verdict = consumer.refused("", error)
            throw .refused(ReleaseRefusal(verdict))
        }
    }

    private var consumer: Consumer {
        Consumer(repository, transport, options: settings.options, now: settings.now())
    }

    private static func isEvidence(_ path: TargetPath) -> Bool {
        path.text.utf8.starts(with: "\(LayoutTarget.folder)/".utf8)
            || path.text.utf8.starts(with: "\(LayoutTarget.keyFolder)/".utf8)
    }

    private static func target(_ path: String) throws(ReleasesError) -> TargetPath {
        guard let target = TargetPath(.init(path)) else {
            throw .invalid("\(path): no path of a file in a repository")
        }
        return target
    }
}
