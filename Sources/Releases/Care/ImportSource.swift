// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import RepositoryStorage
public import TUFClient
import TUFMetadata

/// A repository that another tool made, and which of its roots is trusted.
public struct ImportSource: Sendable {
    /// With which root it begins; older ones are left behind.
    public enum Trust: Sendable {
        /// The oldest root of a folder is trusted as it is found.
        case asFound
        /// A root file that somebody has and trusts.
        case root([UInt8])
        /// SHA-256 of a root of the repository, in hexadecimal digits.
        case fingerprint(String)
    }

    /// Where it is, for messages.
    public let name: String
    let metadataURL: String
    /// `nil` if there is no folder of target files.
    let targetsURL: String?
    let fetcher: any Fetcher
    let trust: Trust
    /// Versions of the roots that are known to be there, sorted; empty if they can only be asked
    /// for.
    let roots: [Int]

    /// A folder: `metadata/` and `targets/` are looked for in it, four folders deep.
    ///
    /// - Parameters:
    ///   - metadata: the folder of metadata, if it is not to be looked for.
    ///   - targets: the folder of target files, likewise.
    public init(
        folder path: String, metadata: String? = nil, targets: String? = nil, trust: Trust
    ) throws(ImportError) {
        let folder = try ImportFolder(path, metadata: metadata, targets: targets)
        name = path
        metadataURL = ImportFolder.metadataURL
        targetsURL = folder.targets == nil ? nil : ImportFolder.targetsURL
        fetcher = folder
        self.trust = trust
        roots = folder.roots.keys.sorted()
    }

    /// A server.
    ///
    /// - Parameters:
    ///   - metadataURL: with or without a slash at the end, as ``targetsURL``.
    ///   - fetcher: asks it.
    public init(
        metadataURL: String, targetsURL: String, fetcher: any Fetcher, trust: Trust
    ) throws(ImportError) {
        if case .asFound = trust { throw .unpinned(url: metadataURL) }
        name = metadataURL
        self.metadataURL = metadataURL.hasSuffix("/") ? metadataURL : metadataURL + "/"
        self.targetsURL = targetsURL.hasSuffix("/") ? targetsURL : targetsURL + "/"
        self.fetcher = fetcher
        self.trust = trust
        roots = []
    }

    // MARK: the first root

    /// The root that the chain begins with.
    func firstRoot(_ limits: ClientLimits) async throws(ImportError) -> [UInt8] {
        switch trust {
        case .root(let bytes): return bytes
        case .asFound:
            guard let first = roots.first, let bytes = try await root(first, limits) else {
                throw .noMetadata(path: name)
            }
            let file = RoleName.root.fileName(version: first)
            guard let signed = try? SignedFile(bytes).signed, let root = try? Root(signed) else {
                throw .rootUnreadable(file: file)
            }
            guard root.version == first else {
                throw .source(.wrongVersion(file: file, found: root.version, expected: first))
            }
            return bytes
        case .fingerprint(let text):
            let wanted = text.lowercased().filter { $0 != ":" && $0 != " " }
            guard wanted.utf8.count == 64, bytes(fromHex: wanted) != nil else {
                throw .malformedFingerprint(text)
            }
            return try await root(sha256: wanted, limits)
        }
    }

    private func root(
        sha256: String, _ limits: ClientLimits
    ) async throws(ImportError) -> [UInt8] {
        for version in roots.isEmpty ? Array(1...limits.rootVersions) : roots {
            guard let bytes = try await root(version, limits) else { break }
            if DigestAlgorithm.sha256.hexDigest(of: bytes) == sha256 { return bytes }
        }
        throw .noSuchRoot(sha256: sha256)
    }

    private func root(
        _ version: Int, _ limits: ClientLimits
    ) async throws(ImportError) -> [UInt8]? {
        let file = RoleName.root.fileName(version: version)
        do throws(FetchError) {
            return try await fetcher.fetch(metadataURL + file, maximumBytes: limits.rootBytes)
        } catch {
            if error.reason == .notFound { return nil }
            throw .source(.fetch(file: file, error))
        }
    }
}
