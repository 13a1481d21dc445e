// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TUFClient

/// How far the download of one file is.
public struct DownloadProgress: Sendable, Equatable {
    /// Path of the file in its repository.
    public let path: String
    /// Bytes at hand, those of an earlier run included.
    public let received: Int
    /// Bytes of the whole file.
    public let length: Int
    /// Bytes that an earlier run left.
    public let resumed: Int

    public init(path: String, received: Int, length: Int, resumed: Int = 0) {
        self.path = path
        self.received = received
        self.length = length
        self.resumed = resumed
    }
}

/// Counts what passes through, and tells.
final class CountingSink: FetchSink {
    private let next: any FetchSink
    private let path: String
    private let length: Int
    private let resumed: Int
    private let received: Atomic<Int>
    private let tell: @Sendable (DownloadProgress) -> Void

    init(
        _ next: any FetchSink, path: String, length: Int, resumed: Int,
        tell: @escaping @Sendable (DownloadProgress) -> Void
    ) {
        self.next = next
        self.path = path
        self.length = length
        self.resumed = resumed
        received = Atomic(resumed)
        self.tell = tell
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        guard next.receive(chunk) else { return false }
        let total = received.add(chunk.count, ordering: .relaxed).newValue
        tell(DownloadProgress(path: path, received: total, length: length, resumed: resumed))
        return true
    }
}
