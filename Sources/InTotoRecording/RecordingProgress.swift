// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How far a recording has come.
public struct RecordingProgress: Sendable, Equatable {
    /// Files that are done, of ``totalFiles``.
    public let files: Int
    public let totalFiles: Int
    /// Bytes read so far.
    public let bytes: Int
}

/// Counts what the threads of a recording have done, and tells of it.
final class ProgressCount: Sendable {
    private let totalFiles: Int
    private let onProgress: (@Sendable (RecordingProgress) -> Void)?
    private let files = Atomic(0)
    private let bytes = Atomic(0)

    init(totalFiles: Int, _ onProgress: (@Sendable (RecordingProgress) -> Void)?) {
        self.totalFiles = totalFiles
        self.onProgress = onProgress
    }

    func add(files: Int, bytes: Int) {
        guard let onProgress else { return }
        let filesDone = self.files.add(files, ordering: .relaxed).newValue
        let bytesRead = self.bytes.add(bytes, ordering: .relaxed).newValue
        onProgress(
            RecordingProgress(files: filesDone, totalFiles: totalFiles, bytes: bytesRead))
    }
}
