// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

extension BundleFile {
    /// Where its repository is: in the file.
    static var mirrors: [TrustedRepository.Mirror] {
        [.init(metadataURL: BundleFetcher.metadataURL, targetsURL: BundleFetcher.targetsURL)]
    }

    /// The repository trusted in a home that the bundle is from: the one whose root its roots
    /// follow. What the maker called it decides nothing.
    ///
    /// - Parameters:
    ///   - name: of that repository, if the user says it.
    ///   - home: folder of all client state.
    /// - Throws: ``BundleError``: `.notTrusted`, `.ambiguous`, `.foreign`, `.rootsMissing`;
    ///   ``TrustError``.
    public func repository(named name: String?, home: String) throws -> TrustedRepository {
        if let name {
            let repository = try TrustedRepository(named: name, home: home)
            try expectGoesOn(from: repository)
            return repository
        }
        let known = try TrustedRepository.names(home: home)
        var fitting: [TrustedRepository] = []
        var late: BundleError?
        for name in known {
            let repository = try TrustedRepository(named: name, home: home)
            do throws(BundleError) {
                try expectGoesOn(from: repository)
                fitting.append(repository)
            } catch {
                if case .storage = error { throw error }
                if case .rootsMissing = error { late = error }
            }
        }
        if fitting.count > 1 {
            throw BundleError.ambiguous(bundle: path, names: fitting.map(\.name))
        }
        if let found = fitting.first { return found }
        // Roots that begin too late fit any repository: it is told only if there is one alone.
        if let late, known.count == 1 { throw late }
        throw BundleError.notTrusted(bundle: path, label: manifest.repository, known: known)
    }

    /// The repository of a root at hand.
    ///
    /// - Parameter folder: keeps its state; `nil` keeps it as long as the value.
    public func repository(root bytes: [UInt8], folder: String?) throws -> TrustedRepository {
        let label =
            TrustedRepository.isName(manifest.repository) ? manifest.repository : "repository"
        let repository = try TrustedRepository.pinned(
            root: bytes, name: label, mirrors: BundleFile.mirrors, folder: folder)
        try expectGoesOn(from: repository)
        return repository
    }

    /// The root in it with this SHA-256.
    ///
    /// - Throws: ``TrustError/malformedFingerprint(_:)``, ``BundleError/fingerprint``.
    public func root(fingerprint: String) throws -> [UInt8] {
        let expected = fingerprint.lowercased().filter { $0 != ":" && $0 != " " }
        guard expected.utf8.count == 64, MetadataSigning.bytes(fromHex: expected) != nil else {
            throw TrustError.malformedFingerprint(fingerprint)
        }
        for version in manifest.rootVersions {
            if let bytes = try root(version),
                DigestAlgorithm.sha256.hexDigest(of: bytes).utf8.elementsEqual(expected.utf8)
            {
                return bytes
            }
        }
        throw BundleError.fingerprint(bundle: path, expected: expected)
    }

    // MARK: whose it is

    /// Refuses a bundle whose roots do not follow the one that is trusted, before anything of the
    /// trusted state is touched.
    private func expectGoesOn(from repository: TrustedRepository) throws(BundleError) {
        guard let own = try ownRoot(of: repository), let trusted = try? RootState(trusting: own)
        else { return }
        let version = trusted.root.document.version
        let versions = manifest.rootVersions
        let foreign = BundleError.foreign(
            bundle: path, rootVersion: max(version, versions.lowerBound),
            trusted: repository.name)
        if let same = try root(version) {
            guard same == own || trusted.isFollowed(by: same) else { throw foreign }
        } else if versions.lowerBound == version + 1 {
            guard let next = try root(version + 1), trusted.isFollowed(by: next) else {
                throw foreign
            }
        } else if versions.lowerBound > version {
            throw .rootsMissing(
                bundle: path, first: versions.lowerBound, trustedVersion: version)
        } else {
            // It is older than the root: whether the keys still count the refresh will say.
            guard let last = try root(versions.upperBound),
                (try? RootState(trusting: last).isFollowed(by: own)) == true
            else {
                throw .foreign(
                    bundle: path, rootVersion: versions.upperBound, trusted: repository.name)
            }
        }
    }

    private func ownRoot(of repository: TrustedRepository) throws(BundleError) -> [UInt8]? {
        if let memory = repository.memory { return memory.files[.root] }
        do throws(StorageError) {
            return try FileSystem.read("\(repository.store)/root.json", maximumBytes: 1 << 20)
        } catch {
            throw .storage(error)
        }
    }

    private func root(_ version: Int) throws(BundleError) -> [UInt8]? {
        let name = BundleManifest.rootName(version)
        guard let place = place(of: name), place.count <= 1 << 20 else { return nil }
        do throws(BundleFault) { return try bytes(of: name) } catch {
            throw .damaged(bundle: path, error)
        }
    }
}
