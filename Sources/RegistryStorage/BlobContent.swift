// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTransport
import RepositoryStorage

/// What is to be stored, as a registry wants to know it.
struct BlobContent {
    let digest: ContentDigest
    /// Bytes.
    let length: Int
    let body: HTTPRequest.Body
    /// Of a short one.
    let bytes: [UInt8]?
    private let file: FileDigest?
    private let staged: String?

    /// - Throws: `.changed` if a file is not what was announced, as far as that shows already.
    init(_ content: StoreContent, of subject: String) throws(RepositoryStoreError) {
        switch content {
        case .bytes(let bytes):
            digest = ContentDigest(of: bytes)
            (length, body, self.bytes) = (bytes.count, .bytes(bytes), bytes)
            (file, staged) = (nil, nil)
        case .file(let file):
            (digest, bytes, body) = try BlobContent.read(
                file.path, file.length, file.sha256, of: subject)
            (length, self.file, staged) = (file.length, file, nil)
        case .received(let path, let length, let sha256):
            (digest, bytes, body) = try BlobContent.read(path, length, sha256, of: subject)
            (self.length, file, staged) = (length, nil, path)
        }
    }

    /// Whether a file is still the one that was announced.
    var isUnchanged: Bool { file?.isUnchanged ?? true }

    /// Removes a staged file, which the store has taken over.
    func takeAway() {
        if let staged { unlink(staged) }
    }

    /// A short file is read now, so that it can stand in its manifest.
    private static func read(
        _ path: String, _ length: Int, _ sha256: String, of subject: String
    ) throws(RepositoryStoreError) -> (ContentDigest, [UInt8]?, HTTPRequest.Body) {
        guard let digest = ContentDigest(hex: sha256) else {
            throw RepositoryStoreError(subject, .changed)
        }
        guard length <= FileManifest.maximumDataBytes else {
            return (digest, nil, .file(path: path, offset: 0, length: length))
        }
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try FileSystem.read(path, maximumBytes: FileManifest.maximumDataBytes)
        } catch {
            throw RepositoryStoreError(subject, .local("\(error)"))
        }
        guard let bytes, bytes.count == length, ContentDigest(of: bytes) == digest else {
            throw RepositoryStoreError(subject, .changed)
        }
        return (digest, bytes, .bytes(bytes))
    }
}
