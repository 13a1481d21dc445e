// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A bucket, and where in it a repository lies: `s3://bucket/prefix`.
package struct S3Location: Sendable {
    package let bucket: String
    /// Without slashes at its ends; empty for the whole bucket.
    package let prefix: String

    /// - Parameter url: as a person writes it. The prefix is taken as it stands: a percent sign is
    ///   one.
    package init(_ url: String) throws(S3SettingsError) {
        let scheme = "s3://"
        guard url.utf8.starts(with: scheme.utf8) else { throw .locationMalformed(url) }
        let parts = url.utf8.dropFirst(scheme.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let bucket = parts[0]
        var segments = Array(parts.dropFirst())
        while segments.last?.isEmpty == true { segments.removeLast() }
        guard isBucketName(bucket), segments.allSatisfy(isPlainSegment),
            !segments.joined().contains(where: { $0 < 0x20 || $0 == 0x7f })
        else { throw .locationMalformed(url) }
        self.bucket = String(decoding: bucket, as: UTF8.self)
        prefix = String(decoding: Array(segments.joined(separator: "/".utf8)), as: UTF8.self)
    }

    package var description: String { "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)") }

    /// The key of a file below the repository, or of the beginning of its name.
    func key(_ name: UTF8Text) -> String { prefix.isEmpty ? name.string : "\(prefix)/\(name)" }
}

/// S3's own rule, and what older buckets and other stores have beside it.
private func isBucketName(_ name: some Collection<UInt8>) -> Bool {
    let isInside = { (byte: UInt8) in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
    }
    guard (3...255).contains(name.count), name.allSatisfy(isInside), let first = name.first
    else { return false }
    return first != 0x2d && first != 0x2e && !name.split(separator: 0x2e).isEmpty
}

/// Whether a part of a key stays what it is on every way to the store.
func isPlainSegment(_ segment: some Collection<UInt8>) -> Bool {
    !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
}
