// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
public import TUFClient
import TUFMetadata

extension TrustedRepository {
    /// Trusts the repository by this root file.
    ///
    /// - Returns: the root's version.
    public func trust(root bytes: [UInt8]) throws(TrustError) -> Int {
        let version = try TrustedRepository.version(ofRoot: bytes)
        try trusting { () throws(StorageError) in
            let made = try FileSystem.makeDirectory(store, mode: 0o700)
            do throws(StorageError) {
                try begin(bytes)
                // Last, for this file makes the repository a trusted one.
                try FileSystem.write(json.indentedBytes(), to: settings)
            } catch {
                try? FileSystem.remove("\(store)/root.json")
                FileSystem.removeEmpty(made)
                throw error
            }
        }
        return version
    }

    /// Trusts the repository by the SHA-256 of one of its root files, which it fetches.
    public func trust(
        fingerprint: String, _ fetcher: any Fetcher, _ limits: ClientLimits = ClientLimits()
    ) async throws(TrustError) -> Int {
        try trust(
            root: try await TrustedRepository.root(
                fingerprint: fingerprint, from: mirrors, fetcher, limits))
    }

    /// The root file that has this SHA-256, from the first place that has it.
    ///
    /// - Throws: ``TrustError`` of the first place, if none has it.
    public static func root(
        fingerprint: String, from mirrors: [Mirror], _ fetcher: any Fetcher,
        _ limits: ClientLimits = ClientLimits()
    ) async throws(TrustError) -> [UInt8] {
        let expected = fingerprint.lowercased().filter { $0 != ":" && $0 != " " }
        guard expected.utf8.count == 64, MetadataSigning.bytes(fromHex: expected) != nil else {
            throw .malformedFingerprint(fingerprint)
        }
        var failure: TrustError?
        for mirror in mirrors {
            do throws(TrustError) {
                return try await root(expected, mirror, fetcher, limits)
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? .fingerprint(found: "none", expected: expected)
    }

    private static func root(
        _ expected: String, _ mirror: Mirror, _ fetcher: any Fetcher, _ limits: ClientLimits
    ) async throws(TrustError) -> [UInt8] {
        var first: String?
        for version in 1...max(1, limits.rootVersions) {
            let name = RoleName.root.fileName(version: version)
            let bytes: [UInt8]
            do throws(FetchError) {
                bytes = try await fetcher.fetch(
                    mirror.metadataURL + name, maximumBytes: limits.rootBytes)
            } catch {
                if error.reason == .notFound, let first {
                    throw .fingerprint(found: first, expected: expected)
                }
                throw .root(
                    error.reason == .notFound
                        ? .missing(file: error.url) : .fetch(file: name, error))
            }
            let found = DigestAlgorithm.sha256.hexDigest(of: bytes)
            if found == expected { return bytes }
            first = first ?? found
        }
        throw .fingerprint(found: first ?? "none", expected: expected)
    }

    /// A repository trusted by a root at hand, without a place among the trusted ones.
    ///
    /// - Parameters:
    ///   - name: for messages.
    ///   - folder: keeps the state from one use to the next; `nil` keeps it as long as this value.
    ///     The newest root seen is gone on with if the keys of the one given here signed it, too.
    public static func pinned(
        root bytes: [UInt8], name: String, mirrors: [Mirror], folder: String?
    ) throws(TrustError) -> TrustedRepository {
        guard let folder else {
            _ = try version(ofRoot: bytes)
            var repository = TrustedRepository(name: name, mirrors: mirrors, folder: "")
            repository.memory = MemoryTrustedStore(root: bytes)
            return repository
        }
        let repository = TrustedRepository(name: name, mirrors: mirrors, folder: folder)
        let pin = try state(ofRoot: bytes)
        try trusting { () throws(StorageError) in
            // Whoever could write the folder must not choose the root: only one that the pin's own
            // keys signed is gone on with.
            if let own = try repository.ownRoot(), pin.isFollowed(by: own) { return }
            try FileSystem.makeDirectory(repository.store, mode: 0o700)
            let lock = try FileLock.waiting(for: "\(repository.store)/.lock")
            defer { withExtendedLifetime(lock) {} }
            // Meanwhile another process may have begun with the same pin.
            let own = try repository.ownRoot()
            if let own, pin.isFollowed(by: own) { return }
            if let own, let earlier = try? state(ofRoot: own), earlier.isFollowed(by: bytes) {
                // The same repository, pinned anew by a later root: what was seen of it still says
                // how old a state may not be.
                try FileSystem.write(bytes, to: "\(repository.store)/root.json")
            } else {
                try repository.begin(bytes)
            }
        }
        return repository
    }

    /// The newest root that was seen.
    private func ownRoot() throws(StorageError) -> [UInt8]? {
        try FileSystem.read("\(store)/root.json", maximumBytes: 1 << 20)
    }

    /// Begins with a root and nothing else. Whatever is there belongs to an earlier trust: it says
    /// nothing of this repository, and a role's rotations or versions of back then would be
    /// believed where the same keys still sign.
    private func begin(_ root: [UInt8]) throws(StorageError) {
        // The root first and last: without one nothing of the rest is read.
        try FileSystem.remove("\(store)/root.json")
        // Hidden files are locks, and what others write now.
        for name in try FileSystem.names(in: store) where !name.hasPrefix(".") {
            try FileSystem.remove("\(store)/\(name)")
        }
        try FileSystem.synchronize(directory: store)
        try FileSystem.write(root, to: "\(store)/root.json")
    }

    /// This repository with its state in another folder, which begins with the root trusted here.
    public func kept(in folder: String) throws(TrustError) -> TrustedRepository {
        let root = try trusting { () throws(StorageError) in
            try FileSystem.read("\(store)/root.json")
        }
        guard let root else { throw .noRoot(file: "\(store)/root.json") }
        return try TrustedRepository.pinned(
            root: root, name: name, mirrors: mirrors, folder: folder)
    }

    static func version(ofRoot bytes: [UInt8]) throws(TrustError) -> Int {
        try state(ofRoot: bytes).root.document.version
    }

    private static func state(ofRoot bytes: [UInt8]) throws(TrustError) -> RootState {
        do throws(UpdateError) { return try RootState(trusting: bytes) } catch {
            throw .root(error)
        }
    }

    /// The trusted root in words; `nil` if it is not there.
    public func rootSummary() throws(TrustError) -> String? {
        let bytes = try trusting { () throws(StorageError) in
            try FileSystem.read("\(store)/root.json")
        }
        guard let bytes else { return nil }
        do throws(UpdateError) {
            let root = try RootState(trusting: bytes).root.document
            return "version \(root.version), good until \(root.expires.day), sha256 "
                + DigestAlgorithm.sha256.hexDigest(of: bytes)
        } catch {
            throw .root(error)
        }
    }

    /// No longer trusts the repository; its state is removed.
    public func remove() throws(TrustError) {
        try trusting { () throws(StorageError) in
            try FileSystem.remove(settings)
            for folder in [store, EvidenceCache.folder(of: self)] {
                for name in try FileSystem.names(in: folder) {
                    try FileSystem.remove("\(folder)/\(name)")
                }
            }
            FileSystem.removeEmpty([folder, store, EvidenceCache.folder(of: self)])
        }
    }
}

func trusting<Result>(
    _ body: () throws(StorageError) -> Result
) throws(TrustError) -> Result {
    do throws(StorageError) { return try body() } catch { throw .storage(error) }
}
