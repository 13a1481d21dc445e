// SPDX-License-Identifier: Apache-2.0

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
