// SPDX-License-Identifier: Apache-2.0
import MetadataSigning

/// The digests of one file while it is read.
struct FileDigests: ~Copyable {
    private let set: DigestSet
    private var sha256 = RunningDigest(.sha256)
    private var sha384: RunningDigest?
    private var sha512: RunningDigest?
    private var blobSHA256: RunningDigest?
    private var blobSHA1: SHA1?

    init(_ set: DigestSet) {
        self.set = set
        if set.contains(.sha384) { sha384 = RunningDigest(.sha384) }
        if set.contains(.sha512) { sha512 = RunningDigest(.sha512) }
        if set.contains(.gitoidSHA256) { blobSHA256 = RunningDigest(.sha256) }
        if set.contains(.gitoidSHA1) { blobSHA1 = SHA1() }
    }

    /// Begins a file of this length.
    mutating func begin(byteCount: Int) {
        guard blobSHA1 != nil || blobSHA256 != nil else { return }
        let header = Array("blob \(byteCount)\0".utf8)
        header.withUnsafeBytes { header in
            blobSHA1?.update(header)
            blobSHA256?.update(header)
        }
    }

    /// Takes the next bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bytes)
        sha384?.update(bytes)
        sha512?.update(bytes)
        blobSHA256?.update(bytes)
        blobSHA1?.update(bytes)
    }

    /// Writes the digests as a row of the set; the next file may begin.
    mutating func finish(into row: UnsafeMutableRawBufferPointer) {
        for member in set.members {
            let place = set.range(of: member)
            let target = UnsafeMutableRawBufferPointer(rebasing: row[place])
            switch member {
            case .sha256: target.copyBytes(from: sha256.finish())
            case .sha384: target.copyBytes(from: sha384?.finish() ?? [])
            case .sha512: target.copyBytes(from: sha512?.finish() ?? [])
            case .gitoidSHA256: target.copyBytes(from: blobSHA256?.finish() ?? [])
            case .gitoidSHA1: target.copyBytes(from: blobSHA1?.finish() ?? [])
            }
        }
    }

    /// Forgets what was taken of a file.
    mutating func discard() {
        _ = sha256.finish()
        _ = sha384?.finish()
        _ = sha512?.finish()
        _ = blobSHA256?.finish()
        _ = blobSHA1?.finish()
    }
}
