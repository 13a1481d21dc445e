// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TUFClient

/// Keeps a file in memory.
final class MemoryFile: FetchSink {
    /// More is not set aside on a server's word alone; what does come finds its room.
    private static let maximumReserve = 256 << 20

    private let bytes = Mutex<[UInt8]>([])

    /// Makes room once, so that a long file is not copied again and again while it grows.
    func reserve(_ count: Int) {
        bytes.withLock { $0.reserveCapacity(min(count, Self.maximumReserve)) }
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes.withLock { $0.append(contentsOf: chunk) }
        return true
    }

    func restart() { bytes.withLock { $0 = [] } }

    func takeBytes() -> [UInt8] {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }
}
