// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFMetadata

/// Writes a bundle: the same members give the same bytes, on any machine and at any time.
struct BundleWriter {
    private let limits: BundleManifest.Limits

    init(_ limits: BundleManifest.Limits) { self.limits = limits }

    /// - Parameters:
    ///   - metadata: by name in the archive.
    ///   - spool: the files below `targets/`.
    func write(
        _ metadata: [UTF8Text: [UInt8]], _ spool: BundleSpool, files: Set<TargetPath>,
        repository: String, timestamp: Int, to destination: String
    ) throws -> BundleMaker.Made {
        var members = metadata.map { name, bytes in
            BundleManifest.Member(
                name: name, length: bytes.count,
                sha256: DigestAlgorithm.sha256.hexDigest(of: bytes))
        }
        var sources: [UTF8Text: UTF8Text] = [:]
        for path in spool.names {
            let name = UTF8Text("targets/\(path)")
            sources[name] = path
            members.append(
                BundleManifest.Member(
                    name: name, length: spool.length(of: path), sha256: try digest(path, spool)))
        }
        let manifest = BundleManifest(
            repository: repository, timestamp: timestamp, files: files, members: members)
        try expectBounds(manifest)
        let output = try Output(destination)
        try output.write(header: BundleManifest.fileName, manifest.bytes)
        for member in manifest.members {
            if let bytes = metadata[member.name] {
                try output.write(header: member.name.string, bytes)
            } else if let path = sources[member.name] {
                try output.write(
                    TarBlock.header(of: Array(member.name.utf8), length: member.length))
                try spool.read(path) { bytes throws(StorageError) in try output.write(bytes) }
                try output.write(TarBlock.padding(after: member.length))
            }
        }
        try output.write([UInt8](repeating: 0, count: TarBlock.endBytes))
        return try output.publish(manifest)
    }

    private func digest(_ path: UTF8Text, _ spool: BundleSpool) throws(StorageError) -> String {
        var running = RunningDigest(.sha256)
        try spool.read(path) { bytes throws(StorageError) in running.update(bytes) }
        return hex(running.finish())
    }

    /// Nobody could read what goes beyond them.
    private func expectBounds(_ manifest: BundleManifest) throws(BundleError) {
        guard manifest.members.count <= limits.members else {
            throw .tooMuch(.members, found: manifest.members.count, maximum: limits.members)
        }
        let count = manifest.bytes.count
        guard count <= limits.manifestBytes else {
            throw .tooMuch(.manifestBytes, found: count, maximum: limits.manifestBytes)
        }
    }
}

/// The file on its way to its name.
private final class Output {
    private let file: TemporaryFile
    private var running = RunningDigest(.sha256)
    private var count = 0

    init(_ destination: String) throws(StorageError) {
        file = try TemporaryFile(replacing: destination)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        running.update(bytes)
        count += bytes.count
        try file.write(bytes)
    }

    func write(_ bytes: [UInt8]) throws(StorageError) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in try write(buffer) }
        }
        try outcome.get()
    }

    /// A whole member.
    func write(header name: String, _ bytes: [UInt8]) throws(StorageError) {
        try write(TarBlock.header(of: Array(name.utf8), length: bytes.count))
        try write(bytes)
        try write(TarBlock.padding(after: bytes.count))
    }

    func publish(_ manifest: BundleManifest) throws(StorageError) -> BundleMaker.Made {
        try file.publishDurably()
        return BundleMaker.Made(
            manifest: manifest, size: count, sha256: hex(running.finish()))
    }
}
