// SPDX-License-Identifier: Apache-2.0

/// How far the download of one file is.
public struct DownloadProgress: Sendable, Equatable {
    /// Path of the file in its repository.
    public let path: String
    /// Bytes at hand, those of an earlier run included.
    public let received: Int
    /// Bytes of the whole file; 0 if that is not known.
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

extension DownloadProgress {
    /// How far several downloads are, for one line: `45%  12.3 MB of 27.1 MB  3.1 MB/s  5 s left`,
    /// after `3 files` if they are not one.
    ///
    /// - Parameter seconds: since the first of them began.
    public static func words(_ files: [DownloadProgress], seconds: Double) -> String {
        // Lengths are what metadata says: added as integers, two of them could overflow.
        let received = files.reduce(0.0) { $0 + Double($1.received) }
        let length = files.reduce(0.0) { $0 + Double($1.length) }
        let resumed = files.reduce(0.0) { $0 + Double($1.resumed) }
        let rate = (received - resumed) / max(seconds, 0.001)
        var words = files.count == 1 ? "" : "\(files.count) files  "
        guard files.allSatisfy({ $0.length > 0 }) else {
            return words + "\(size(received))  \(size(rate))/s"
        }
        words += "\(Int(min(received / length, 1) * 100))%  "
        words += "\(size(received)) of \(size(length))  \(size(rate))/s"
        if rate >= 1, received < length {
            let left = Int(min(((length - received) / rate).rounded(.up), 1e9))
            words += left < 120 ? "  \(left) s left" : "  \(left / 60) min left"
        }
        return words
    }

    /// Bytes as a person reads them: `512 bytes`, `1.2 MB`.
    private static func size(_ bytes: Double) -> String {
        let bounded = Int(min(max(bytes, 0), 1e18))
        for (unit, factor) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)]
        where bounded >= factor {
            let tenths = bounded / (factor / 10)
            return "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bounded) bytes"
    }
}
