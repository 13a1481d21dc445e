// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import RepositoryStorage
public import TUFClient
public import TUFMetadata
public import TUFRepository

/// A repository as it will be when a transaction is committed: the consumer's own client reads
/// it before anybody else can.
public struct StagedRepository: Fetcher, MetadataReader {
    /// Base of its URLs; the scheme exists in this process alone.
    public static let metadataURL = "staged:metadata/"
    public static let targetsURL = "staged:targets/"

    private let directory: RepositoryDirectory
    private let metadata: [String: [UInt8]]
    private let transaction: RepositoryTransaction?

    public init(_ transaction: RepositoryTransaction) {
        directory = transaction.directory
        metadata = transaction.metadata
        self.transaction = transaction
    }

    /// The repository as it is.
    public init(_ directory: RepositoryDirectory) {
        self.directory = directory
        metadata = [:]
        transaction = nil
    }

    public func read(metadata fileName: String) throws(RepositoryError) -> [UInt8]? {
        if let bytes = metadata[fileName] { return bytes }
        do throws(StorageError) { return try directory.metadata(fileName) } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
    }

    public func firstRootVersion() throws(RepositoryError) -> Int {
        let staged = metadata.keys.compactMap(RepositoryDirectory.rootVersion).min()
        do throws(StorageError) {
            return min(staged ?? Int.max, try directory.firstRootVersion() ?? staged ?? 1)
        } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
    }

    public func takenVersion(of role: RoleName) -> Int {
        directory.origin?.takenVersion(of: role) ?? 0
    }

    public func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let bytes = try bytes(of: url)
        guard bytes.count <= maximumBytes else {
            throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
        }
        return bytes
    }

    public func stream(
        _ url: String, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let bytes = try await fetch(url, maximumBytes: maximumBytes)
        guard bytes.withUnsafeBytes({ sink.receive($0) }) else {
            throw FetchError(url: url, reason: .sinkRefused)
        }
    }

    private func bytes(of url: String) throws(FetchError) -> [UInt8] {
        let found: [UInt8]?
        do {
            if url.hasPrefix(StagedRepository.metadataURL) {
                let name = String(url.dropFirst(StagedRepository.metadataURL.utf8.count))
                found = try read(metadata: name)
            } else {
                found = try target(url)
            }
        } catch {
            throw FetchError(url: url, reason: .unreachable("\(error)"))
        }
        guard let found else { throw FetchError(url: url, reason: .notFound) }
        return found
    }

    private func target(_ url: String) throws(StorageError) -> [UInt8]? {
        let encoded = url.dropFirst(StagedRepository.targetsURL.utf8.count)
        guard let path = percentDecoded(encoded) else { return nil }
        switch transaction?.target(UTF8Text(path)) {
        case .bytes(let bytes): return bytes
        case .file(let source, _): return try FileSystem.read(source)
        case .link(let digest): return try FileSystem.read(digest.path)
        case nil: return try directory.file("targets/\(path)")
        }
    }

    private func percentDecoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
