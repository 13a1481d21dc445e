// SPDX-License-Identifier: Apache-2.0
import Glibc
import MetadataSigning
import TUFMetadata

/// The folder of verified artifacts: a file for each target path, all side by side, so that no
/// path of a repository ever names a folder.
struct ArtifactFolder {
    let path: String

    init(_ path: String) { self.path = path }

    /// Where an artifact is: the same place for the same target path, another one for another.
    func place(of target: TargetPath) -> String {
        var name = percentEncoded(target.text)
        // Hidden names are for files on their way.
        if name.utf8.first == UInt8(ascii: ".") { name = "%2E" + String(name.dropFirst()) }
        if name.utf8.count > 180 {
            // Too long for a file name. No percent-encoded name has "%s" in it.
            name = String(name.prefix(100)) + "%sha256-" + hex(target.hash)
        }
        return "\(path)/\(name)"
    }

    /// Whether the artifact is there as the metadata wants it: a regular file of the length and
    /// with every digest listed.
    func holds(_ file: TargetFile) -> Bool {
        let descriptor = open(
            place(of: file.path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) == file.length
        else { return false }
        return file.hashes.allSatisfy { digest(descriptor, $0.key) == $0.value }
    }

    /// The digest of an open file in hexadecimal digits; `nil` if it cannot be read.
    private func digest(_ descriptor: Int32, _ algorithm: DigestAlgorithm) -> String? {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { return nil }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { chunk.deallocate() }
        var running = RunningDigest(algorithm)
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return hex(running.finish()) }
            running.update(UnsafeRawBufferPointer(rebasing: chunk[0..<count]))
        }
    }
}
