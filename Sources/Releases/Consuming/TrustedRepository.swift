// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
public import RepositoryStorage
public import TUFClient
import TUFMetadata

/// Why a repository is not, or not yet, trusted.
public enum TrustError: Error, Equatable, Sendable {
    case name(String)
    case alreadyTrusted(name: String)
    case notTrusted(name: String, known: [String])
    case fingerprint(found: String, expected: String)
    case malformedFingerprint(String)
    case root(UpdateError)
    case noRoot(file: String)
    case damaged(file: String, JSONError)
    case storage(StorageError)
}

extension TrustError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let name):
            "name \(quoted(name)) found, letters, digits and . _ + - expected"
        case .alreadyTrusted(let name):
            "\(name): trusted already; carnet trust remove \(name) first"
        case .notTrusted(let name, let known) where name.isEmpty && known.isEmpty:
            "no repository is trusted yet"
        case .notTrusted(let name, let known):
            "\(quoted(name)): no repository of this name is trusted"
                + (known.isEmpty ? "" : ", only \(known.joined(separator: ", "))")
        case .fingerprint(let found, let expected):
            "fingerprint \(found) found, \(expected) expected: this is not the repository you were "
                + "told of"
        case .malformedFingerprint(let text):
            "fingerprint \(quoted(text)) found, 64 hexadecimal digits expected"
        case .root(let error): "\(error)"
        case .noRoot(let file): "\(file): no such file"
        case .damaged(let file, let error): "\(file): \(error)"
        case .storage(let error): "\(error)"
        }
    }
}

/// A repository that the user trusts: its name, where it is, and where its state is kept.
public struct TrustedRepository: Sendable {
    public let name: String
    public let metadataURL: String
    public let targetsURL: String
    /// Folder of the client's state for this repository.
    public let folder: String

    /// Folder of the trusted metadata.
    public var store: String { "\(folder)/metadata" }
    private var settings: String { "\(folder)/repository.json" }

    private init(name: String, metadataURL: String, targetsURL: String, folder: String) {
        self.name = name
        self.metadataURL = metadataURL
        self.targetsURL = targetsURL
        self.folder = folder
    }

    /// A repository to be trusted.
    ///
    /// - Parameters:
    ///   - url: where `metadata/` and `targets/` are, unless these are given.
    ///   - home: folder of all client state.
    public init(
        name: String, url: String, metadataURL: String? = nil, targetsURL: String? = nil,
        home: String
    ) throws(TrustError) {
        guard TrustedRepository.isName(name) else { throw .name(name) }
        let base = url.hasSuffix("/") ? url : url + "/"
        self.init(
            name: name, metadataURL: metadataURL ?? base + "metadata/",
            targetsURL: targetsURL ?? base + "targets/",
            folder: "\(home)/repositories/\(name)")
        if FileSystem.exists(settings) { throw .alreadyTrusted(name: name) }
    }

    /// A repository that is trusted.
    public init(named name: String, home: String) throws(TrustError) {
        guard TrustedRepository.isName(name) else { throw .name(name) }
        let folder = "\(home)/repositories/\(name)"
        let file = "\(folder)/repository.json"
        let bytes = try trusting { () throws(StorageError) in
            try FileSystem.read(file, maximumBytes: 1 << 16)
        }
        guard let bytes else {
            throw .notTrusted(name: name, known: try TrustedRepository.names(home: home))
        }
        do throws(JSONError) {
            let object = try JSONDocument(bytes).root.object()
            self.init(
                name: name, metadataURL: try object.required("metadata").text().string,
                targetsURL: try object.required("targets").text().string, folder: folder)
        } catch {
            throw .damaged(file: file, error)
        }
    }

    /// Names of all trusted repositories, sorted.
    public static func names(home: String) throws(TrustError) -> [String] {
        try trusting { () throws(StorageError) in
            try FileSystem.names(in: "\(home)/repositories").filter {
                FileSystem.exists("\(home)/repositories/\($0)/repository.json")
            }
        }
    }

    /// Whether a repository may be called so: 1 to 64 of `A-Za-z0-9._+-`, no dot first.
    public static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || "._+-".utf8.contains(byte)
            }
    }

    // MARK: trusting

    /// Trusts the repository by this root file.
    ///
    /// - Returns: the root's version.
    public func trust(root bytes: [UInt8]) throws(TrustError) -> Int {
        let version: Int
        do throws(UpdateError) {
            version = try RootState(trusting: bytes).root.document.version
        } catch {
            throw .root(error)
        }
        try trusting { () throws(StorageError) in
            let made = try FileSystem.makeDirectory(store, mode: 0o700)
            do throws(StorageError) {
                try FileSystem.write(bytes, to: "\(store)/root.json")
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
        let expected = fingerprint.lowercased().filter { $0 != ":" && $0 != " " }
        guard expected.utf8.count == 64, MetadataSigning.bytes(fromHex: expected) != nil else {
            throw .malformedFingerprint(fingerprint)
        }
        var first: String?
        for version in 1...limits.rootVersions {
            let name = RoleName.root.fileName(version: version)
            let bytes: [UInt8]
            do throws(FetchError) {
                bytes = try await fetcher.fetch(
                    metadataURL + name, maximumBytes: limits.rootBytes)
            } catch {
                if error.reason == .notFound, let first {
                    throw .fingerprint(found: first, expected: expected)
                }
                throw .root(
                    error.reason == .notFound
                        ? .missing(file: error.url) : .fetch(file: name, error))
            }
            let found = DigestAlgorithm.sha256.hexDigest(of: bytes)
            if found == expected { return try trust(root: bytes) }
            first = first ?? found
        }
        throw .fingerprint(found: first ?? "none", expected: expected)
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
            for name in try FileSystem.names(in: store) {
                try FileSystem.remove("\(store)/\(name)")
            }
            FileSystem.removeEmpty([folder, store])
        }
    }

    private var json: JSON {
        ["metadata": .text(metadataURL), "targets": .text(targetsURL)]
    }
}

private func trusting<Result>(
    _ body: () throws(StorageError) -> Result
) throws(TrustError) -> Result {
    do throws(StorageError) { return try body() } catch { throw .storage(error) }
}
