// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import KeyAccess
import Mirroring
import ObjectStorage
import RegistryStorage
import Releases
import RepositoryStorage
import TUFClient

/// A place of a repository, as a person writes it: the one spot that knows which kinds there are.
struct StorePlace {
    private enum Kind {
        case web(String)
        case folder(String)
        case registry(String)
        case bucket(String)
    }

    private let text: String
    private let kind: Kind

    /// - Throws: ``CommandFailure`` for a URL of an unknown kind.
    init(_ text: String) throws {
        self.text = text
        guard let scheme = StorePlace.scheme(text) else {
            guard !text.isEmpty else {
                throw CommandFailure("\"\" found, a folder or a URL expected")
            }
            kind = .folder(text)
            return
        }
        switch scheme {
        case "http", "https": kind = .web(text)
        case "oci", "oci+http": kind = .registry(text)
        case "s3": kind = .bucket(text)
        case "file":
            guard let path = StorePlace.path(ofFileURL: text) else {
                throw CommandFailure("\(quoted(text)) found, such as file:///srv/mirror expected")
            }
            kind = .folder(path)
        default:
            throw CommandFailure(
                "\(quoted(text)) found, a folder or an https:, file:, s3: or oci: URL expected")
        }
    }

    /// In lower case; `nil` if the text is no URL.
    private static func scheme(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[colon...].starts(with: "://".utf8) || bytes[..<colon].elementsEqual("file".utf8),
            bytes[..<colon].allSatisfy({ byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                    || "+-.".utf8.contains(byte)
            })
        else { return nil }
        return String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    }

    /// The path of `file:/path`, `file:///path` and `file://localhost/path`, percent-decoded.
    private static func path(ofFileURL text: String) -> String? {
        var rest = Array(text.utf8).dropFirst("file:".utf8.count)
        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            if rest.starts(with: "localhost/".utf8) { rest = rest.dropFirst(9) }
        }
        guard rest.first == UInt8(ascii: "/") else { return nil }
        var path: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                path.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), value != 0 else {
                return nil
            }
            path.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: path, as: UTF8.self)
    }

    /// Whether it is a folder of this machine.
    var isFolder: Bool {
        if case .folder = kind { true } else { false }
    }

    /// The place as one that can be written to, once it is known what several writers may rely on.
    ///
    /// - Parameters:
    ///   - transport: for what is on the web.
    ///   - allowingHTTP: whether a bucket or a registry may be had over plain HTTP from another
    ///     machine.
    func store(
        _ transport: HTTPTransport? = nil, allowingHTTP: Bool = false,
        waiting: LockWait = LockWait()
    ) async throws -> any RepositoryStore {
        if case .folder(let path) = kind { return DirectoryStore(path, waiting: waiting) }
        let store = try readable(transport, allowingHTTP: allowingHTTP)
        guard let bucket = store as? S3Store else { return store }
        _ = try await mirroring { () throws(MirrorError) in
            do throws(RepositoryStoreError) { return try await bucket.probe() } catch {
                throw .store(error)
            }
        }
        return bucket
    }

    /// The place as a store that is read, or from which files are removed.
    func readable(
        _ transport: HTTPTransport? = nil, allowingHTTP: Bool = false
    ) throws -> any RepositoryStore {
        let transport = transport ?? HTTPTransport(version: carnetVersion)
        do {
            switch kind {
            case .folder(let path): return DirectoryStore(path)
            case .bucket(let url):
                return S3Store(
                    try S3Location(url), settings: try .ofProcess(allowsPlainHTTP: allowingHTTP),
                    transport: transport)
            case .registry(let url):
                var options = RegistryOptions()
                options.allowsPlainHTTP = allowingHTTP
                return try RegistryStore(
                    url: url, environment: .current, transport: transport, options: options,
                    now: currentInstant)
            case .web(let url):
                throw CommandFailure(
                    "\(FetchError.withoutCredentials(url)): a web server can be read from alone",
                    hint: "give the folder or the bucket that it serves")
            }
        } catch let error as S3SettingsError {
            throw CommandFailure("\(error)")
        } catch let error as RegistryError {
            throw CommandFailure("\(error)")
        }
    }

    /// The place as a source.
    func source(_ transport: HTTPTransport, allowingHTTP: Bool = false) throws -> MirrorSource {
        switch kind {
        case .web(let url):
            let mirror = TrustedRepository.Mirror(url)
            return MirrorSource(
                place: FetchError.withoutCredentials(url), metadataURL: mirror.metadataURL,
                targetsURL: mirror.targetsURL, fetcher: transport)
        case .folder(let path):
            return MirrorSource(
                place: path, metadataURL: RepositoryFolder.metadataURL,
                targetsURL: RepositoryFolder.targetsURL,
                fetcher: RepositoryFolder(RepositoryDirectory(path)))
        case .registry, .bucket:
            let store = try readable(transport, allowingHTTP: allowingHTTP)
            let fetcher = StoreFetcher(store)
            return MirrorSource(
                place: store.place, metadataURL: fetcher.metadataURL,
                targetsURL: fetcher.targetsURL, fetcher: fetcher)
        }
    }

    /// For the bearer token, which the first of these may see.
    var urls: [String] {
        if case .web(let url) = kind { [url] } else { [] }
    }
}
