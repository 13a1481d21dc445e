// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Text that a stranger may have chosen, fit for an error message.
///
/// Printable ASCII stays, every other byte and the backslash become `\xNN`; the whole is no
/// longer than 200 characters.
func quoted(_ bytes: some Sequence<UInt8>) -> String {
    let maximumCharacters = 200
    let ellipsis = "..."
    var text = ""
    var count = 0
    var fit = ""
    for byte in bytes {
        let isPlain = (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\\")
        let piece = isPlain ? String(UnicodeScalar(byte)) : escaped(byte)
        count += piece.utf8.count
        guard count <= maximumCharacters else { return fit + ellipsis }
        text += piece
        if count <= maximumCharacters - ellipsis.utf8.count { fit = text }
    }
    return text
}

private func escaped(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
}

/// The bytes of a C string, which may be no UTF-8: a repaired text would make two hosts one.
func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}

/// libcurl's or libc's words for a code, in the manner of our messages.
func lowerFirst(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "unknown" }
    var words = bytes(of: text)
    // "SSL" and "HTTP" stay as they are.
    if words.count > 1, !(0x41...0x5a).contains(words[1]) { words[0] = lowerCased(words[0]) }
    return quoted(words)
}

/// An ASCII letter in lower case; any other byte as it is.
func lowerCased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
}

/// Whether `text` has `part` in it; nothing has an empty one.
func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard !part.isEmpty, part.count <= text.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
}
