// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file that is being written, piece by piece.
struct FileOutput: ~Copyable {
    private static let pieceBytes = 256 << 10

    private let path: String
    private var file: Int32
    /// What has not been written yet.
    var pending: [UInt8] = []

    /// - Parameter file: a descriptor, closed with this.
    init(_ file: Int32, path: String) {
        self.file = file
        self.path = path
        pending.reserveCapacity(2 * FileOutput.pieceBytes)
    }

    deinit { if file >= 0 { close(file) } }

    /// Writes what is pending, if it has become much.
    mutating func flush() throws(RecordingError) {
        if pending.count >= FileOutput.pieceBytes { try writePending() }
    }

    /// Adds bytes.
    mutating func append(_ bytes: some Collection<UInt8>) throws(RecordingError) {
        pending.append(contentsOf: bytes)
        try flush()
    }

    /// Writes the rest; returns when it is on the disk.
    mutating func finish() throws(RecordingError) {
        try writePending()
        guard fsync(file) == 0 else { throw .notWritten(path: path, .latest) }
        let status = close(file)
        file = -1
        guard status == 0 else { throw .notWritten(path: path, .latest) }
    }

    private mutating func writePending() throws(RecordingError) {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes {
                write(file, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .notWritten(path: path, .latest) }
            written += count
        }
        pending.removeAll(keepingCapacity: true)
    }
}
