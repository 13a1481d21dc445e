// SPDX-License-Identifier: Apache-2.0
import CConfinement
import Glibc
import InTotoVerification

/// A program that runs with limits; if it is given up, it and what it started are killed.
struct ConfinedProcess: ~Copyable {
    private let process: pid_t
    private let reading: Int32
    private var isOver = false
    private(set) var output: [UInt8] = []

    /// - Parameter folder: descriptor of the folder that it begins in.
    /// - Throws: `.notStarted`.
    init(
        _ program: String, _ words: [String], environment: [String], in folder: Int32,
        _ limits: CommandLimits
    ) throws(InspectionFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .notStarted(String(cString: strerror(errno))) }
        // A process started by another thread right now may hold the pipe open; that delays
        // nothing, for the end of the command counts, not that of the pipe.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        let writing = ends[1]
        let (started, code) = arguments.withUnsafeBufferPointer { arguments in
            variables.withUnsafeBufferPointer { variables in
                program.withCString { program in
                    var confinement = carnet_confinement(
                        program: program, arguments: arguments.baseAddress,
                        environment: variables.baseAddress, folder: folder, output: writing,
                        memory_bytes: UInt64(limits.memoryBytes),
                        file_bytes: UInt64(limits.fileBytes), seconds: UInt64(limits.seconds),
                        open_files: UInt64(limits.openFiles), no_new_privileges: 1)
                    let process = carnet_start_confined(&confinement)
                    return (process, errno)
                }
            }
        }
        guard started > 0 else {
            close(ends[0])
            throw .notStarted(String(cString: strerror(code)))
        }
        process = started
        reading = ends[0]
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }

    deinit {
        // What it started in its session dies with it; bubblewrap's children in any case.
        kill(-process, SIGKILL)
        if !isOver {
            kill(process, SIGKILL)
            var ignored: Int32 = 0
            while waitpid(process, &ignored, 0) < 0, errno == EINTR {}
        }
        close(reading)
    }

    /// Waits for its end.
    ///
    /// - Returns: the status as `waitpid` gives it.
    /// - Throws: `.timedOut`, `.tooMuchOutput`; `.killed` if the task is cancelled.
    mutating func wait(_ limits: CommandLimits) throws(InspectionFailure) -> Int32 {
        let deadline = ContinuousClock.now.advanced(by: .seconds(limits.seconds))
        var status: Int32 = 0
        while true {
            try take(limits)
            let answer = waitpid(process, &status, WNOHANG)
            if answer == process || answer < 0 && errno == ECHILD { break }
            if ContinuousClock.now >= deadline { throw .timedOut(seconds: limits.seconds) }
            if Task.isCancelled { throw .killed(signal: Int(SIGINT)) }
            var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, 20)
            // A pipe that everybody closed is always ready.
            if waiting.revents & Int16(POLLHUP) != 0 { poll(nil, 0, 2) }
        }
        isOver = true
        try take(limits)
        return status
    }

    private mutating func take(_ limits: CommandLimits) throws(InspectionFailure) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(reading, &chunk, chunk.count), count > 0 {
            output += chunk[..<count]
            guard output.count <= limits.outputBytes else {
                throw .tooMuchOutput(maximumBytes: limits.outputBytes)
            }
        }
    }
}
