// SPDX-License-Identifier: Apache-2.0
import Inspecting
import RepositoryStorage
import Synchronization
import TUFClient

/// The place where one download goes: counts what comes, begins anew where that helps, and keeps
/// what came of a broken one.
final class DownloadSlot: RestartableSink {
    private struct State {
        let file: DownloadedFile
        var received = 0
        /// Bytes that an earlier run left.
        var resumed = 0
    }

    private let state: Mutex<State>
    private let tell: (@Sendable (DownloadProgress) -> Void)?
    /// What is downloaded; known once the search has found it.
    private let wanted = Mutex<(path: String, length: Int)>(("", 0))

    init(
        _ destination: String, tell: (@Sendable (DownloadProgress) -> Void)?
    ) throws(StorageError) {
        self.tell = tell
        state = Mutex(State(file: try DownloadedFile(destination)))
    }

    /// Why the disk did not take it, if that is what went wrong.
    var failure: StorageError? { state.withLock { $0.file.failure } }

    func begin(_ path: String, length: Int) { wanted.withLock { $0 = (path, length) } }

    /// Goes on with what an earlier run kept of the file with this digest, if there is any.
    func resume(
        _ digest: String, length: Int, _ take: (UnsafeRawBufferPointer) -> Void
    ) throws(StoreError) {
        let file = state.withLock { $0.file }
        do throws(StorageError) {
            let count = try file.resume(digest, length: length, take)
            state.withLock { ($0.received, $0.resumed) = (count, count) }
        } catch {
            throw StoreError(path: error.path, reason: error.reason)
        }
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        let (taken, received, resumed) = state.withLock { state in
            let taken = state.file.receive(chunk)
            if taken { state.received += chunk.count }
            return (taken, state.received, state.resumed)
        }
        if taken, let tell {
            let (path, length) = wanted.withLock { $0 }
            tell(
                DownloadProgress(
                    path: path, received: received, length: length, resumed: resumed))
        }
        return taken
    }

    func restart() -> Bool {
        state.withLock { state in
            guard state.file.restart() else { return false }
            (state.received, state.resumed) = (0, 0)
            return true
        }
    }

    /// What came, for inspections; it has no name yet.
    var productFile: ProductFile { .descriptor(state.withLock { $0.file.readable }) }

    /// Gives the verified file its name, durably.
    func publish() throws(StorageError) { try state.withLock { $0.file }.publish() }

    /// Leaves what came for the next attempt, if that is worth it.
    ///
    /// - Returns: the number of bytes kept; 0 if none are.
    func keepPartial() -> Int {
        state.withLock { state in
            guard state.received >= 1 << 20, state.file.keepPartial() else { return 0 }
            return state.received
        }
    }

    func discard() { state.withLock { $0.file.discard() } }
}
