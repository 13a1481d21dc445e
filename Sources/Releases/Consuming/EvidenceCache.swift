// SPDX-License-Identifier: Apache-2.0
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFMetadata

/// Layouts, keys and links that were fetched before, by their SHA-256: a file can be verified
/// again without a network, and many files of one release fetch its evidence once.
///
/// Nothing in it is trusted: what is read counts only if length and every listed digest are those
/// of the target. Failures to write are no failures of the verification.
public struct EvidenceCache: Sendable {
    /// Most bytes that are kept; the files that were written first go first.
    public static let maximumBytes = 256 << 20
    /// A longer file is not kept.
    private static let maximumFileBytes = 32 << 20

    private let folder: String

    init(_ repository: TrustedRepository) { folder = EvidenceCache.folder(of: repository) }

    static func folder(of repository: TrustedRepository) -> String {
        "\(repository.folder)/evidence"
    }

    func bytes(of file: TargetFile, maximumBytes: Int) -> [UInt8]? {
        guard file.length <= maximumBytes, let name = file.hashes[.sha256],
            let bytes = try? FileSystem.read("\(folder)/\(name)", maximumBytes: file.length),
            bytes.count == file.length,
            file.hashes.allSatisfy({ $0.key.hexDigest(of: bytes) == $0.value })
        else { return nil }
        return bytes
    }

    func keep(_ bytes: [UInt8], of file: TargetFile) {
        guard bytes.count <= EvidenceCache.maximumFileBytes, let name = file.hashes[.sha256],
            (try? FileSystem.makeDirectory(folder, mode: 0o700)) != nil
        else { return }
        makeRoom(for: bytes.count)
        guard let file = try? TemporaryFile(replacing: "\(folder)/\(name)"),
            (try? file.write(bytes)) != nil
        else { return }
        _ = try? file.publish()
    }

    private func makeRoom(for count: Int) {
        var files: [(path: String, bytes: Int, written: Int)] = []
        for name in (try? FileSystem.names(in: folder)) ?? [] {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
            files.append(("\(folder)/\(name)", Int(status.st_size), status.st_mtim.tv_sec))
        }
        var total = files.reduce(count) { $0 + $1.bytes }
        for file in files.sorted(by: { $0.written < $1.written }) {
            guard total > EvidenceCache.maximumBytes else { return }
            total -= file.bytes
            unlink(file.path)
        }
    }
}
