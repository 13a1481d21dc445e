// SPDX-License-Identifier: Apache-2.0

/// The folder `signing` of a repository: a change that waits for signatures.
///
/// Its files are small, and each is replaced at once; who changes them holds the repository's
/// lock. What git, a shared folder or mail brings is merged file by file.
public struct SigningFolder: Sendable {
    public let path: String

    public init(_ directory: RepositoryDirectory) { path = "\(directory.path)/signing" }

    /// A change with its signatures is not larger.
    private static let maximumBytes = 64 << 20
    /// Nor are there more files of signatures.
    private static let maximumFiles = 10_000

    /// A file's bytes, by its path in the folder; `nil` if there is none.
    public func read(_ name: String) throws(StorageError) -> [UInt8]? {
        try FileSystem.read("\(path)/\(name)", maximumBytes: SigningFolder.maximumBytes)
    }

    /// Paths of the files in a folder of this one, sorted; hidden ones and what is no JSON file
    /// are passed over.
    public func names(in folder: String) throws(StorageError) -> [String] {
        guard FileSystem.exists("\(path)/\(folder)") else { return [] }
        let names = try FileSystem.names(in: "\(path)/\(folder)").filter {
            $0.hasSuffix(".json") && !$0.hasPrefix(".")
        }
        guard names.count <= SigningFolder.maximumFiles else {
            throw StorageError(
                path: "\(path)/\(folder)",
                reason: "\(names.count) files found, at most \(SigningFolder.maximumFiles) expected"
            )
        }
        return names.sorted().map { "\(folder)/\($0)" }
    }

    /// Writes files by their paths in the folder, those in folders of this one first, so that
    /// what says what the change is comes last.
    public func write(_ files: [String: [UInt8]]) throws(StorageError) {
        let inner = files.filter { $0.key.contains("/") }
        for (name, bytes) in inner.sorted(by: { $0.key < $1.key }) {
            try FileSystem.makeDirectory(FileSystem.parent(of: "\(path)/\(name)"))
            if try read(name) != bytes { try FileSystem.write(bytes, to: "\(path)/\(name)") }
        }
        try FileSystem.makeDirectory(path)
        for (name, bytes) in files where inner[name] == nil {
            if try read(name) != bytes { try FileSystem.write(bytes, to: "\(path)/\(name)") }
        }
    }

    /// Removes files by their paths in the folder, this one's own first.
    public func remove(_ names: [String]) throws(StorageError) {
        for name in names.sorted(by: { !$0.contains("/") && $1.contains("/") }) {
            try FileSystem.remove("\(path)/\(name)")
        }
        if FileSystem.exists(path) { try FileSystem.synchronize(directory: path) }
    }
}
