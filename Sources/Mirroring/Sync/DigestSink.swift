// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization
import TUFClient

/// Hashes what is read.
final class DigestSink: FetchSink {
    private struct State: ~Copyable {
        var count = 0
        var first: RunningDigest
        var second: RunningDigest?
        var third: RunningDigest?
    }

    private let state: Mutex<State>

    /// - Parameter algorithms: one to three.
    init(_ algorithms: [DigestAlgorithm]) {
        state = Mutex(
            State(
                first: RunningDigest(algorithms[0]),
                second: algorithms.count > 1 ? RunningDigest(algorithms[1]) : nil,
                third: algorithms.count > 2 ? RunningDigest(algorithms[2]) : nil))
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            state.count += chunk.count
            state.first.update(chunk)
            state.second?.update(chunk)
            state.third?.update(chunk)
        }
        return true
    }

    func finish() -> (count: Int, digests: [DigestAlgorithm: String]) {
        state.withLock { state in
            var digests = [state.first.algorithm: state.first.finishHex()]
            if let algorithm = state.second?.algorithm {
                digests[algorithm] = state.second?.finishHex()
            }
            if let algorithm = state.third?.algorithm {
                digests[algorithm] = state.third?.finishHex()
            }
            return (state.count, digests)
        }
    }
}
