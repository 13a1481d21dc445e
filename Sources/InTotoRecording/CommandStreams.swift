// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A command's standard output and error output, kept and passed on as they come.
struct CommandStreams: ~Copyable {
    private var stdout: TeedPipe
    private var stderr: TeedPipe
    private let maximumBytes: Int
    private let command: String

    /// - Parameter maximumBytes: what both together may hold; the rest is passed on, not kept,
    ///   and ``finish()`` throws.
    init(maximumBytes: Int, of command: String) throws(RecordingError) {
        let first = try TeedPipe(to: 1, of: command)
        let second = try TeedPipe(to: 2, of: command)
        stdout = first
        stderr = second
        self.maximumBytes = maximumBytes
        self.command = command
    }

    /// What the command takes as its descriptors 1 and 2.
    var writeEnds: (stdout: Int32, stderr: Int32) { (stdout.writeEnd, stderr.writeEnd) }

    /// To be called once the command has them: the pipes then end with the command.
    mutating func closeWriteEnds() {
        stdout.closeWriteEnd()
        stderr.closeWriteEnd()
    }

    /// Whether somebody may still write.
    var areOpen: Bool { stdout.isOpen || stderr.isOpen }

    /// Passes on what is there, or what comes within this time.
    mutating func forward(waitingMilliseconds: Int32) {
        var waiting = [stdout.readEnd, stderr.readEnd].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        guard poll(&waiting, 2, waitingMilliseconds) > 0 else { return }
        if waiting[0].revents != 0 { _ = stdout.forward(keeping: maximumBytes) }
        if waiting[1].revents != 0 { _ = stderr.forward(keeping: maximumBytes) }
    }

    /// Passes on what the ended command left in the pipes; stops at what a pipe can hold, for
    /// something it started may go on writing.
    mutating func forwardRest() {
        for _ in 0..<16 where stdout.forward(keeping: maximumBytes) {}
        for _ in 0..<16 where stderr.forward(keeping: maximumBytes) {}
    }

    /// What was written.
    ///
    /// - Throws: `.tooMuchOutput`.
    func finish() throws(RecordingError) -> (stdout: [UInt8], stderr: [UInt8]) {
        guard stdout.count + stderr.count <= maximumBytes else {
            throw .tooMuchOutput(command, maximumBytes: maximumBytes)
        }
        return (stdout.bytes, stderr.bytes)
    }
}

/// A pipe whose bytes are kept and written on to a descriptor of this process.
private struct TeedPipe: ~Copyable {
    private let target: Int32
    /// -1 once closed.
    private(set) var readEnd: Int32
    private(set) var writeEnd: Int32
    private(set) var bytes: [UInt8] = []
    /// Bytes that came, kept or not.
    private(set) var count = 0
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)

    init(to target: Int32, of command: String) throws(RecordingError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .commandNotRun(command, .latest) }
        self.target = target
        readEnd = ends[0]
        writeEnd = ends[1]
        // A process started by another thread right now may hold the pipe open; that delays
        // nothing, for the end of the command counts, not that of the pipe.
        _ = fcntl(readEnd, F_SETFD, FD_CLOEXEC)
        _ = fcntl(writeEnd, F_SETFD, FD_CLOEXEC)
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if readEnd >= 0 { close(readEnd) }
        if writeEnd >= 0 { close(writeEnd) }
    }

    var isOpen: Bool { readEnd >= 0 }

    mutating func closeWriteEnd() {
        close(writeEnd)
        writeEnd = -1
    }

    /// Reads once; gives whether there may be more.
    mutating func forward(keeping maximumBytes: Int) -> Bool {
        guard readEnd >= 0 else { return false }
        let length = read(readEnd, &chunk, chunk.count)
        if length < 0, errno == EAGAIN || errno == EINTR { return false }
        guard length > 0 else {
            close(readEnd)
            readEnd = -1
            return false
        }
        count += length
        if count <= maximumBytes { bytes.append(contentsOf: chunk[0..<length]) }
        var written = 0
        // Output that nobody takes is still recorded.
        while written < length {
            let step = chunk[written..<length].withUnsafeBytes {
                write(target, $0.baseAddress, $0.count)
            }
            if step < 0, errno == EINTR { continue }
            if step <= 0 { break }
            written += step
        }
        return true
    }
}
