// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import RepositoryStorage

/// Tells which files a repository has. A folder can; a web server cannot.
public protocol RepositoryListing: Sendable {
    /// All files below `metadata/` and `targets/`.
    ///
    /// - Throws: `StorageError` if a folder cannot be read.
    func files() throws(StorageError) -> ListedFiles
}

/// The files of a repository as they lie there, each list in the order of the names' bytes.
public struct ListedFiles: Sendable {
    public let metadata: [ListedFile]
    public let targets: [ListedFile]

    public init(metadata: [ListedFile], targets: [ListedFile]) {
        self.metadata = metadata.sorted { $0.name < $1.name }
        self.targets = targets.sorted { $0.name < $1.name }
    }
}

/// One file below `metadata/` or `targets/`.
public struct ListedFile: Sendable, Equatable {
    /// Path below the folder, such as `3.releases.json` or `demo/1.0/<sha256>.demo.whl`.
    public let name: UTF8Text
    public let bytes: Int
    /// When it came to be there: the later of the times at which its content and its entry in the
    /// file system changed, for a file that is linked or copied into place keeps the first.
    public let modified: Instant

    public init(name: UTF8Text, bytes: Int, modified: Instant) {
        self.name = name
        self.bytes = bytes
        self.modified = modified
    }
}

/// The name of a metadata file: `3.releases.json`, or `timestamp.json`.
struct MetadataName: Hashable {
    let version: Int?
    /// The role as it stands in the file name: percent-encoded.
    let role: UTF8Text

    /// `nil` for what is no metadata file's name.
    init?(_ name: UTF8Text) {
        let bytes = Array(name.utf8)
        guard bytes.suffix(5).elementsEqual(".json".utf8), bytes.first != UInt8(ascii: "."),
            !bytes.contains(UInt8(ascii: "/"))
        else { return nil }
        let stem = bytes.dropLast(5)
        let digits = stem.prefix { (0x30...0x39).contains($0) }
        let rest = stem.dropFirst(digits.count)
        if (1...18).contains(digits.count), digits.first != UInt8(ascii: "0"),
            rest.first == UInt8(ascii: "."), rest.count > 1,
            let version = Int(String(decoding: digits, as: UTF8.self))
        {
            self.version = version
            role = UTF8Text(String(decoding: rest.dropFirst(), as: UTF8.self))
        } else {
            guard !stem.isEmpty else { return nil }
            version = nil
            role = UTF8Text(String(decoding: stem, as: UTF8.self))
        }
    }
}
