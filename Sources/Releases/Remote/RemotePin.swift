// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
package import RepositoryStorage
import TUFClient

/// What this user knows of a repository in a store: how it began, and how far it had come. A
/// store that shows another repository, or an older state, is not published to.
package struct RemotePin: Sendable, Equatable {
    /// SHA-256 of the first root, in lower-case hexadecimal digits.
    package let fingerprint: String
    /// Version of the newest timestamp seen; 0 for none.
    package var timestamp: Int

    package init(fingerprint: String, timestamp: Int = 0) {
        self.fingerprint = fingerprint
        self.timestamp = timestamp
    }

    private static let maximumBytes = 16 << 10

    /// Where a user keeps what is known of the store of this URL.
    package static func file(for place: String, in home: String) -> String {
        "\(home)/stores/\(DigestAlgorithm.sha256.hexDigest(of: Array(place.utf8))).json"
    }

    /// What is known; `nil` if nothing is.
    ///
    /// - Throws: `StorageError`, also for a file that is none of these.
    package init?(reading file: String) throws(StorageError) {
        guard let bytes = try FileSystem.read(file, maximumBytes: RemotePin.maximumBytes) else {
            return nil
        }
        do throws(JSONError) {
            let object = try JSONDocument(bytes).root.object()
            fingerprint = try object.required("root").text().string
            timestamp = try object.required("timestamp").integer()
        } catch {
            throw StorageError(path: file, reason: "\(error)")
        }
    }

    /// Keeps it, unless a newer state is known by now.
    package func save(to file: String, place: String) throws(StorageError) {
        try FileSystem.makeDirectory(FileSystem.parent(of: file), mode: 0o700)
        let lock = try FileLock.waiting(for: "\(FileSystem.parent(of: file))/.lock", LockWait())
        defer { withExtendedLifetime(lock) {} }
        if let known = try RemotePin(reading: file), known.fingerprint == fingerprint,
            known.timestamp >= timestamp
        {
            return
        }
        let document: JSON = [
            "place": .text(place), "root": .text(fingerprint),
            "timestamp": .integer(timestamp),
        ]
        try FileSystem.write(document.compactBytes() + [0x0A], to: file)
    }
}
