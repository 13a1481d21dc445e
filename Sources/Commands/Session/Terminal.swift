// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Asks the person at the controlling terminal.
enum Terminal {
    /// Whether somebody can be asked: standard input is a terminal.
    static var isInteractive: Bool { isatty(0) == 1 }

    /// A secret, not shown while it is typed; `nil` if there is no terminal.
    static func secret(_ prompt: String) -> [UInt8]? {
        let descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var before = termios()
        guard tcgetattr(descriptor, &before) == 0 else { return nil }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else { return nil }
        defer { tcsetattr(descriptor, TCSAFLUSH, &before) }
        show(prompt, descriptor)
        let secret = line(descriptor)
        show("\n", descriptor)
        return secret
    }

    /// An answer, or the proposal if the answer is empty.
    static func answer(_ question: String, proposal: String) -> String {
        show("\(question) [\(proposal)] ", 2)
        guard let bytes = line(0), let text = String(validating: bytes, as: UTF8.self) else {
            return proposal
        }
        let trimmed = text.split(separator: " ").joined(separator: " ")
        return trimmed.isEmpty ? proposal : trimmed
    }

    /// Whether the person says yes; anything but `y` or `yes` is a no.
    static func confirms(_ question: String) -> Bool {
        show("\(question) [y/N] ", 2)
        let answer = line(0).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
        return ["y", "yes"].contains(answer.lowercased())
    }

    private static func show(_ text: String, _ descriptor: Int32) {
        _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// One line without its end, at most 4096 bytes; `nil` at the end of input.
    static func line(_ descriptor: Int32) -> [UInt8]? {
        var result: [UInt8] = []
        var byte: UInt8 = 0
        while result.count < 4096 {
            let count = read(descriptor, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return result.isEmpty ? nil : result }
            if byte == UInt8(ascii: "\n") { return result }
            result.append(byte)
        }
        return result
    }
}
