// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Names as letters, digits, `_`, `.` and `-`, and back.
///
/// `_` begins everything that is not itself: `__` is `_`, `_-` is `/`, `_xx` the byte of these
/// hexadecimal digits; in the short form `_t` and `_i` are the usual beginnings and `_.` comes
/// before a SHA-256 in base64url.
enum TagText {
    private static let escape = UInt8(ascii: "_")
    private static let slash = UInt8(ascii: "/")
    private static let folder = Array("metadata/".utf8)
    /// What stands for the usual beginnings in the short form, the longer one first.
    private static let beginnings: [(letter: UInt8, text: [UInt8])] = [
        (UInt8(ascii: "i"), Array("targets/in-toto-metadata/".utf8)),
        (UInt8(ascii: "t"), Array("targets/".utf8)),
    ]
    private static let hexDigest = 64
    private static let base64Digest = 43

    // MARK: writing

    /// What is to be written of a name: what lies in `metadata/` without that, what lies in no
    /// folder after a slash; `nil` if it is no safe name.
    static func shown(_ name: UTF8Text) -> [UInt8]? {
        let bytes = Array(name.utf8)
        guard isSafe(bytes) else { return nil }
        if bytes.starts(with: folder), !bytes.dropFirst(folder.count).contains(slash) {
            return Array(bytes.dropFirst(folder.count))
        }
        return bytes.contains(slash) ? bytes : [slash] + bytes
    }

    /// The form for people: everything that can stand in a tag stands for itself.
    static func plain(_ shown: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for byte in shown { append(byte, to: &output) }
        return output
    }

    /// The form for names that are too long for the plain one.
    static func short(_ shown: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = shown[...]
        if let beginning = beginnings.first(where: { rest.starts(with: $0.text) }) {
            output += [escape, beginning.letter]
            rest = rest.dropFirst(beginning.text.count)
        }
        while let byte = rest.first {
            let digits = rest.prefix(while: isLowerCaseHexDigit)
            guard digits.count == hexDigest,
                let digest = bytes(fromHex: String(decoding: digits, as: UTF8.self))
            else {
                let piece = digits.isEmpty ? [byte] : Array(digits)
                for byte in piece { append(byte, to: &output) }
                rest = rest.dropFirst(piece.count)
                continue
            }
            output += [escape, UInt8(ascii: ".")]
            output += base64URL(digest)
            rest = rest.dropFirst(hexDigest)
        }
        return output
    }

    private static func append(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case escape: output += [escape, escape]
        case slash: output += [escape, UInt8(ascii: "-")]
        case UInt8(ascii: "."), UInt8(ascii: "-"):
            // Neither may begin a tag.
            if output.isEmpty { output += escaped(byte) } else { output.append(byte) }
            // A name that looks like an index of referrers is not to be taken for one.
            if isReserved(output) { output = escaped(output[0]) + output.dropFirst() }
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: output.append(byte)
        default: output += escaped(byte)
        }
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] { [escape] + Array(hex([byte]).utf8) }

    private static func base64URL(_ digest: [UInt8]) -> [UInt8] {
        base64(digest).utf8.prefix(base64Digest).map { digit in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case slash: escape
            default: digit
            }
        }
    }

    // MARK: reading

    /// The name that a tag may have been made of; whoever asks makes the tag again and compares.
    static func name(_ tag: [UInt8]) -> UTF8Text? {
        guard var name = unescaped(tag) else { return nil }
        if !name.contains(slash) {
            name = folder + name
        } else if name.first == slash {
            name.removeFirst()
        }
        guard isSafe(name) else { return nil }
        return UTF8Text(validating: name)
    }

    private static func unescaped(_ tag: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        var rest = tag[...]
        while let byte = rest.popFirst() {
            guard byte == escape else {
                output.append(byte)
                continue
            }
            guard let letter = rest.popFirst() else { return nil }
            switch letter {
            case escape: output.append(escape)
            case UInt8(ascii: "-"): output.append(slash)
            case UInt8(ascii: "."):
                let digits = String(decoding: rest.prefix(base64Digest), as: UTF8.self)
                guard let digest = bytes(fromBase64: digits), digest.count == hexDigest / 2
                else { return nil }
                output += hex(digest).utf8
                rest = rest.dropFirst(base64Digest)
            default:
                if let beginning = beginnings.first(where: { $0.letter == letter }) {
                    output += beginning.text
                } else if let second = rest.popFirst(),
                    let byte = bytes(fromHex: String(decoding: [letter, second], as: UTF8.self))
                {
                    output += byte
                } else {
                    return nil
                }
            }
        }
        return output
    }

    // MARK: rules

    /// Whether it is of the form that the distribution spec gives to indexes of referrers.
    static func isReserved(_ tag: [UInt8]) -> Bool {
        tag.starts(with: "sha256-".utf8) || tag.starts(with: "sha512-".utf8)
    }

    static func isLowerCaseHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func isSafe(_ name: [UInt8]) -> Bool {
        guard (1...FileTag.maximumNameBytes).contains(name.count),
            name.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") })
        else { return false }
        return name.split(separator: slash, omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && !($0.count <= 2 && $0.allSatisfy { $0 == UInt8(ascii: ".") })
        }
    }
}
