// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A pipe between this process and a program; what is still open is closed with its last use.
struct ProgramPipe: ~Copyable {
    private typealias Make = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32

    /// `pipe2(2)`, which is not imported. With `pipe` and then `fcntl`, a program that another
    /// thread starts in between would hold the pipe open, and ours would wait for its end.
    private static let make = unsafeBitCast(dlsym(nil, "pipe2"), to: Make.self)

    /// -1 once closed.
    private(set) var readEnd: Int32
    private(set) var writeEnd: Int32

    init() throws(ProgramFault) { (readEnd, writeEnd) = try ProgramPipe.ends() }

    private static func ends() throws(ProgramFault) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard ProgramPipe.make(&ends, O_CLOEXEC) == 0 else { throw .notRun(.latest) }
        // Above those of the standard streams, which the program gets by copying.
        let high = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        let reason = SystemReason.latest
        for end in ends { close(end) }
        if let missing = high.firstIndex(of: -1) {
            if high[1 - missing] >= 0 { close(high[1 - missing]) }
            throw .notRun(reason)
        }
        return (high[0], high[1])
    }

    deinit {
        if readEnd >= 0 { close(readEnd) }
        if writeEnd >= 0 { close(writeEnd) }
    }

    mutating func closeReadEnd() {
        if readEnd >= 0 { close(readEnd) }
        readEnd = -1
    }

    mutating func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    mutating func stopBlocking() {
        if readEnd >= 0 { _ = fcntl(readEnd, F_SETFL, O_NONBLOCK) }
        if writeEnd >= 0 { _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK) }
    }

    /// Reads what is there, once; closes this end at the end of the stream.
    ///
    /// - Returns: how many bytes of the chunk are filled.
    mutating func read(_ chunk: inout [UInt8]) -> Int {
        guard readEnd >= 0 else { return 0 }
        let count = Glibc.read(readEnd, &chunk, chunk.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return 0 }
        guard count > 0 else {
            closeReadEnd()
            return 0
        }
        return count
    }

    /// Writes what fits; closes this end once all is written or nobody reads any more.
    mutating func write(_ rest: inout ArraySlice<UInt8>) {
        guard writeEnd >= 0 else { return }
        while !rest.isEmpty {
            let (count, error) = writeQuietly(rest.prefix(64 << 10))
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if error == EAGAIN {
                return
            } else if error != EINTR {
                rest = []
            }
        }
        closeWriteEnd()
    }

    /// A write to a pipe that nobody reads raises SIGPIPE, and what this process does about
    /// that is not ours to change: it is kept from this thread, then taken away.
    private func writeQuietly(_ bytes: ArraySlice<UInt8>) -> (Int, error: Int32) {
        var pipeSignal = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        var pending = sigset_t()
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let count = bytes.withUnsafeBytes { Glibc.write(writeEnd, $0.baseAddress, $0.count) }
        guard count < 0 else { return (count, 0) }
        let error = errno
        if error == EPIPE, !wasPending {
            var now = timespec()
            while sigtimedwait(&pipeSignal, nil, &now) < 0, errno == EINTR {}
        }
        return (count, error)
    }
}
