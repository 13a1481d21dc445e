// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RepositoryStorage

/// A repository that the user trusts: its name, where it is, and where its state is kept.
public struct TrustedRepository: Sendable {
    /// One place where the repository can be had.
    public struct Mirror: Sendable, Equatable {
        /// Where metadata is; ends with a slash, as ``targetsURL`` does.
        public let metadataURL: String
        public let targetsURL: String

        public init(metadataURL: String, targetsURL: String) {
            self.metadataURL = Mirror.folder(metadataURL)
            self.targetsURL = Mirror.folder(targetsURL)
        }

        /// The folder of `metadata/` and `targets/`.
        public init(_ url: String) {
            let base = Mirror.folder(url)
            self.init(metadataURL: base + "metadata/", targetsURL: base + "targets/")
        }

        private static func folder(_ url: String) -> String {
            url.hasSuffix("/") ? url : url + "/"
        }
    }

    public let name: String
    /// Where it is; the first is asked first, the others if that fails. Never empty.
    public internal(set) var mirrors: [Mirror]
    /// Folder of the client's state for this repository.
    public let folder: String

    /// Keeps the state where no folder does; ``folder`` is empty then.
    var memory: MemoryTrustedStore?

    /// Folder of the trusted metadata.
    public var store: String { "\(folder)/metadata" }
    var settings: String { "\(folder)/repository.json" }

    init(name: String, mirrors: [Mirror], folder: String) {
        self.name = name
        self.mirrors = mirrors
        self.folder = folder
    }

    public var metadataURL: String { mirrors[0].metadataURL }
    public var targetsURL: String { mirrors[0].targetsURL }

    /// A repository to be trusted.
    ///
    /// - Parameters:
    ///   - mirrors: where it is, at least one place.
    ///   - home: folder of all client state.
    public init(name: String, mirrors: [Mirror], home: String) throws(TrustError) {
        guard TrustedRepository.isName(name) else { throw .name(name) }
        self.init(name: name, mirrors: mirrors, folder: "\(home)/repositories/\(name)")
        if FileSystem.exists(settings) { throw .alreadyTrusted(name: name) }
    }

    /// A repository to be trusted, with `metadata/` and `targets/` in the folder `url`.
    public init(name: String, url: String, home: String) throws(TrustError) {
        try self.init(name: name, mirrors: [Mirror(url)], home: home)
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
            var mirrors = [try Mirror(object)]
            for element in try object["mirrors"]?.array() ?? [] {
                mirrors.append(try Mirror(try element.object()))
            }
            self.init(name: name, mirrors: mirrors, folder: folder)
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

    /// Whether a repository may be called so: 1 to 64 of `A-Za-z0-9._+-`, no dot first, and not
    /// ``TrustMap/reservedName``.
    public static func isName(_ name: String) -> Bool {
        !name.utf8.elementsEqual(TrustMap.reservedName.utf8)
            && (1...64).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || "._+-".utf8.contains(byte)
            }
    }

    /// - Throws: ``TrustError/noURL(_:)`` unless all are https, http or file URLs.
    public static func check(_ mirrors: [Mirror]) throws(TrustError) {
        for url in mirrors.flatMap({ [$0.metadataURL, $0.targetsURL] }) {
            let isURL = ["https://", "http://", "file://"].contains { scheme in
                url.lowercased().hasPrefix(scheme) && url.utf8.count > scheme.utf8.count + 1
            }
            guard isURL, !url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else {
                throw .noURL(url)
            }
        }
    }

    /// The same repository with other places to get it from; kept for the next time.
    public func saving(mirrors: [Mirror]) throws(TrustError) -> TrustedRepository {
        try TrustedRepository.check(mirrors)
        var changed = self
        changed.mirrors = mirrors
        try trusting { () throws(StorageError) in
            try FileSystem.write(changed.json.indentedBytes(), to: settings)
        }
        return changed
    }

    /// What ``init(named:home:)`` reads.
    var json: JSON {
        var object = mirrors[0].json
        if mirrors.count > 1 { object.set("mirrors", .array(mirrors.dropFirst().map(\.json))) }
        return object
    }
}

extension TrustedRepository.Mirror {
    fileprivate init(_ object: JSONObject) throws(JSONError) {
        self.init(
            metadataURL: try object.required("metadata").text().string,
            targetsURL: try object.required("targets").text().string)
    }

    fileprivate var json: JSON {
        ["metadata": .text(metadataURL), "targets": .text(targetsURL)]
    }
}
