// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A program at a terminal of its own, as a person sits in front of it: what is written to the
/// terminal can be read here, and what is typed here reaches the program, Ctrl-C as a signal.
final class PseudoTerminal {
    static let interrupt: UInt8 = 3

    private let ours: Int32
    private let process: pid_t
    private var isRunning = true
    /// All that was shown so far.
    private(set) var shown = ""

    init(_ program: Program) throws {
        // Glibc's functions for this are not imported.
        let (unlock, number) = (UInt(0x4004_5431), UInt(0x8004_5430))
        ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (isLocked, place) = (Int32(0), Int32(0))
        guard ours >= 0, ioctl(ours, unlock, &isLocked) == 0, ioctl(ours, number, &place) == 0
        else { throw SystemFailure("/dev/ptmx") }
        process = try program.start(terminal: "/dev/pts/\(place)")
    }

    deinit {
        if isRunning {
            kill(process, SIGKILL)
            wait(for: process)
        }
        close(ours)
    }

    /// Types one character.
    func type(_ byte: UInt8) {
        var byte = byte
        _ = write(ours, &byte, 1)
    }

    /// Reads on until something is shown.
    ///
    /// - Returns: whether it was, within a minute and before the program's end.
    func waitFor(_ isThere: (String) -> Bool) -> Bool {
        while !isThere(shown) {
            guard readMore() else { return false }
        }
        return true
    }

    /// Reads to the end, within a minute.
    ///
    /// - Returns: the program's status as a shell would say it.
    func end() -> Int32 {
        while readMore() {}
        if !isRunning { return -1 }
        isRunning = false
        return wait(for: process)
    }

    private func readMore() -> Bool {
        var watched = pollfd(fd: ours, events: Int16(POLLIN), revents: 0)
        var chunk = [UInt8](repeating: 0, count: 4096)
        guard poll(&watched, 1, 60_000) > 0 else {
            kill(process, SIGKILL)
            return false
        }
        // An error once nobody has the other end open any more.
        let count = read(ours, &chunk, chunk.count)
        guard count > 0 else { return false }
        shown += String(decoding: chunk[0..<count], as: UTF8.self)
        return true
    }
}
