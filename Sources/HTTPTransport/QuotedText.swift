// SPDX-License-Identifier: Apache-2.0

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
