// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM as a wish to end in good order; a second one ends at once.
enum Interrupt {
    /// The writing end of the pipe by which the handler speaks; -1 before ``run(_:)``.
    private static let pipeEnd = Atomic<Int32>(-1)
    private static let received = Atomic(false)

    /// Exit code of a program that a signal ended.
    static let exitCode: Int32 = 130

    /// Whether a signal has come.
    static var hasCome: Bool { received.load(ordering: .relaxed) }

    /// Runs `body` in a task that a signal cancels.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return try await task.value }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipeEnd.store(ends[1], ordering: .releasing)
        watch(ends[0]) { task.cancel() }
        signal(SIGINT, handleSignal)
        signal(SIGTERM, handleSignal)
        return try await task.value
    }

    /// Only what a signal handler may do.
    fileprivate static func handle() {
        if received.exchange(true, ordering: .relaxed) { _exit(exitCode) }
        var byte: UInt8 = 0
        _ = write(pipeEnd.load(ordering: .acquiring), &byte, 1)
    }

    private static func watch(_ descriptor: Int32, _ act: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Watch(descriptor, act)).toOpaque()
        var thread = pthread_t()
        if pthread_create(&thread, nil, waitForSignal, context) == 0 { pthread_detach(thread) }
    }
}

private final class Watch: Sendable {
    let descriptor: Int32
    let act: @Sendable () -> Void

    init(_ descriptor: Int32, _ act: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.act = act
    }
}

private func handleSignal(_ number: Int32) { Interrupt.handle() }

private func waitForSignal(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let watch = Unmanaged<Watch>.fromOpaque(context).takeRetainedValue()
    var byte: UInt8 = 0
    while true {
        let count = read(watch.descriptor, &byte, 1)
        if count < 0 && errno == EINTR { continue }
        if count == 1 { watch.act() }
        return nil
    }
}
