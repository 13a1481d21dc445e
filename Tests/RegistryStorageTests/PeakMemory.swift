// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// How much memory this process has, in bytes.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let words = String(
        decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
    )
    .split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// Looks every millisecond how much memory there is, on a thread of its own.
final class PeakMemory: Sendable {
    private let state = Mutex((peak: 0, isStopped: false))
    private let thread = Mutex<pthread_t?>(nil)

    init() {
        let context = Unmanaged.passRetained(self).toOpaque()
        var started = pthread_t()
        pthread_create(&started, nil, watch, context)
        let made = started
        thread.withLock { $0 = made }
    }

    fileprivate func look() -> Bool {
        let now = residentBytes()
        return state.withLock { state in
            state.peak = max(state.peak, now)
            return !state.isStopped
        }
    }

    /// The most there was.
    func stop() -> Int {
        state.withLock { $0.isStopped = true }
        if let running = thread.withLock({ $0.take() }) { pthread_join(running, nil) }
        return state.withLock { $0.peak }
    }
}

private func watch(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let memory = Unmanaged<PeakMemory>.fromOpaque(context).takeRetainedValue()
    while memory.look() { usleep(1000) }
    return nil
}
