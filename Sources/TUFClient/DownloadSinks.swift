// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization

/// A sink that can throw away what it has and begin anew: what a download needs to go on when
/// the bytes so far turn out to be of no use.
public protocol RestartableSink: FetchSink {
    /// Forgets all bytes, those from before the download included; the next one is the first.
    ///
    /// - Returns: `false` if that cannot be done; the sink keeps the reason.
    func restart() -> Bool
}

/// Gives the beginning of a file that an earlier download left, and that the sink already has, to
/// `take`: all of its bytes in order, in pieces of any size, which may be none.
public typealias KeptBytes =
    @Sendable (_ take: (UnsafeRawBufferPointer) -> Void) throws(StoreError) -> Void

/// Hashes what passes through.
final class HashingSink: FetchSink {
    private struct State: ~Copyable {
        var count = 0
        var first: RunningDigest
        var second: RunningDigest?
        var third: RunningDigest?

        mutating func update(_ chunk: UnsafeRawBufferPointer) {
            count += chunk.count
            first.update(chunk)
            second?.update(chunk)
            third?.update(chunk)
        }

        /// The digests; what comes next begins new ones.
        mutating func finish() -> [(DigestAlgorithm, String)] {
            var digests = [(first.algorithm, hex(first.finish()))]
            if let algorithm = second?.algorithm, let digest = second?.finish() {
                digests.append((algorithm, hex(digest)))
            }
            if let algorithm = third?.algorithm, let digest = third?.finish() {
                digests.append((algorithm, hex(digest)))
            }
            count = 0
            return digests
        }
    }

    private let next: any FetchSink
    private let state: Mutex<State>

    init(_ next: any FetchSink, _ algorithms: [DigestAlgorithm]) {
        self.next = next
        state = Mutex(
            State(
                first: RunningDigest(algorithms[0]),
                second: algorithms.count > 1 ? RunningDigest(algorithms[1]) : nil,
                third: algorithms.count > 2 ? RunningDigest(algorithms[2]) : nil))
    }

    /// Number of bytes so far, those that were there before included.
    var count: Int { state.withLock { $0.count } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { $0.update(chunk) }
        return next.receive(chunk)
    }

    /// Hashes what the sink already has.
    func take(_ kept: KeptBytes) throws(StoreError) {
        try kept { chunk in state.withLock { $0.update(chunk) } }
    }

    func finish() -> (count: Int, digests: [(DigestAlgorithm, String)]) {
        state.withLock { state in
            let count = state.count
            return (count, state.finish())
        }
    }

    /// Begins anew, if the sink can.
    func restart() -> Bool {
        guard let next = next as? any RestartableSink, next.restart() else { return false }
        _ = finish()
        return true
    }
}

/// Keeps a small file in memory.
final class MemorySink: RestartableSink {
    private let bytes = Mutex<[UInt8]>([])

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes.withLock { $0.append(contentsOf: chunk) }
        return true
    }

    func restart() -> Bool {
        bytes.withLock { $0 = [] }
        return true
    }

    func take() -> [UInt8] { bytes.withLock { $0 } }
}
