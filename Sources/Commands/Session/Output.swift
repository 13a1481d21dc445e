// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Where words go: results to standard output, everything else to standard error.
enum Output {
    /// A result.
    static func result(_ text: String) { write(text + "\n", to: 1) }

    /// A result for programs.
    static func result(_ json: JSON) {
        write(String(decoding: json.indentedBytes(), as: UTF8.self), to: 1)
    }

    /// Text that ends its own lines.
    static func raw(_ text: String) { write(text, to: 1) }

    /// A remark for the person at the terminal.
    static func remark(_ text: String) { write(text + "\n", to: 2) }

    /// A line on a terminal that takes the place of the one before; an empty one clears it.
    static func progress(_ text: String) { write("\r\u{1B}[K\(text)", to: 2) }

    /// An error and its hint.
    static func failure(_ failure: CommandFailure) {
        write("carnet: error: \(failure.message)\n", to: 2)
        if let hint = failure.hint { write("hint: \(hint)\n", to: 2) }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
