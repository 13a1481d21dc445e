// SPDX-License-Identifier: Apache-2.0
import Archives
import Glibc
import Testing

/// A folder of a test's own, removed with its last reference.
final class TestFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/carnet-archives-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        // What has folders in it is left to a program.
        if rmdir(path) != 0 { _ = try? Shell.run("rm -rf -- '\(path)'") }
    }

    /// Writes a file; gives its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) -> String {
        let full = "\(path)/\(name)"
        let file = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        precondition(file >= 0, "cannot write \(name)")
        defer { close(file) }
        precondition(Glibc.write(file, bytes, bytes.count) == bytes.count)
        return full
    }

    func read(_ name: String) throws -> [UInt8] {
        let file = try #require(fopen("\(path)/\(name)", "re"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            bytes += chunk[0..<count]
        }
        return bytes
    }

    /// Runs a line of a shell in the folder; gives what it prints.
    @discardableResult
    func run(_ line: String) throws -> String { try Shell.run("cd '\(path)' && { \(line); }") }

    /// The names in it.
    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

enum Shell {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func run(_ line: String) throws -> String {
        guard let stream = popen(line, "r") else { throw Failure(description: "no shell") }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
            output += chunk[0..<count]
        }
        let status = pclose(stream)
        guard status == 0 else { throw Failure(description: "\(line): status \(status)") }
        return String(decoding: output, as: UTF8.self)
    }
}

/// Keeps what an archive has.
struct Collector: ArchiveVisitor {
    var tree: UnpackedTree<[UInt8]>
    private var file: Int?
    private var bytes: [UInt8] = []

    init(_ limits: ArchiveLimits = ArchiveLimits()) { tree = UnpackedTree(limits: limits) }

    mutating func begin(_ entry: ArchiveEntry) throws(ArchiveError) {
        switch entry.kind {
        case .file:
            file = try tree.addFile(entry.name, [])
            bytes = []
        case .folder: try tree.addFolder(entry.name)
        case .symbolicLink(let target): try tree.addSymbolicLink(entry.name, to: target)
        case .hardLink(let target): try tree.addHardLink(entry.name, to: target)
        }
    }

    mutating func content(_ content: UnsafeRawBufferPointer) { bytes += content }

    mutating func end() {
        if let file { tree.fill(file, with: bytes) }
        file = nil
    }

    /// The files by name, as one who follows links sees them.
    func files() throws(ArchiveError) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for file in try tree.files(where: { _ in false }) {
            files[String(decoding: file.path, as: UTF8.self)] = file.content
        }
        return files
    }
}

/// What an archive of these bytes unpacks to.
enum Unpack {
    static func tar(
        _ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits(), stripped: Int = 0
    ) throws -> [String: [UInt8]] {
        try file(bytes) { file throws(ArchiveError) in
            var reader = TarReader(
                FileSource(file), limits: limits, strippedComponents: stripped)
            var collector = Collector(limits)
            try reader.read(&collector)
            return try collector.files()
        }
    }

    static func tar(
        _ bytes: [UInt8], _ packing: Packing, limits: ArchiveLimits = ArchiveLimits()
    ) throws -> [String: [UInt8]] {
        try file(bytes) { file throws(ArchiveError) in
            var reader = TarReader(
                try Unpacked(FileSource(file), packing, limits: limits), limits: limits)
            var collector = Collector(limits)
            try reader.read(&collector)
            return try collector.files()
        }
    }

    static func zip(
        _ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits(),
        tool: ZipReader.Tool = .unzip
    ) throws -> [String: [UInt8]] {
        try file(bytes) { file throws(ArchiveError) in
            var collector = Collector(limits)
            try ZipReader(file, limits: limits, tool: tool).read(&collector)
            return try collector.files()
        }
    }

    static func deb(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
        let limits = ArchiveLimits()
        return try file(bytes) { file throws(ArchiveError) in
            var collector = Collector()
            let package = try DebianPackage(file, limits: limits)
            try package.read(package.data, &collector)
            return try collector.files()
        }
    }

    static func stream(
        _ bytes: [UInt8], _ packing: Packing, limits: ArchiveLimits = ArchiveLimits()
    ) throws -> [UInt8] {
        try file(bytes) { file throws(ArchiveError) in
            var unpacked: [UInt8] = []
            var source = try Unpacked(FileSource(file), packing, limits: limits)
            try source.readAll { bytes throws(ArchiveError) in
                unpacked.append(contentsOf: bytes)
            }
            return unpacked
        }
    }

    /// Reads a file in a folder of its own, in which nothing else may be afterwards.
    private static func file<Result>(
        _ bytes: [UInt8], _ body: (ArchiveFile) throws(ArchiveError) -> Result
    ) throws -> Result {
        let folder = TestFolder()
        let path = folder.write("archive", bytes)
        defer { #expect(folder.names == ["archive"]) }
        return try body(try ArchiveFile(path))
    }
}
