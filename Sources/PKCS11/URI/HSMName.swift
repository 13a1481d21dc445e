// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

extension PKCS11URI {
    /// Reads the name that securesystemslib 1.6 gives a key on a token:
    /// `hsm:[NUMBER][?label=TOKEN]`, where the number is the key's id and 2 if it is left out
    /// (slot 9c of PIV), and the label is written as in a form, with `+` for a space.
    package init(hsmName text: String) throws(PKCS11URIError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= PKCS11URI.maximumBytes else {
            throw .tooLong(bytes: bytes.count, maximum: PKCS11URI.maximumBytes)
        }
        let scheme = Array("hsm:".utf8)
        guard bytes.starts(with: scheme) else { throw .scheme(expected: "hsm:…") }
        let parts = bytes.dropFirst(scheme.count).split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)

        var number: UInt = 2
        if !parts[0].isEmpty {
            guard let found = UInt(digits: parts[0]) else {
                throw .value(
                    attribute: "hsm", found: String(decoding: parts[0], as: UTF8.self),
                    expected: "a number")
            }
            number = found
        }
        self.init()
        id = minimalBytes(number)
        guard parts.count == 2, !parts[1].isEmpty else { return }
        // The same escapes as in a URI but for the plus sign.
        let query = parts[1].flatMap { $0 == UInt8(ascii: "+") ? Array("%20".utf8) : [$0] }
        let label = Array("label=".utf8)
        guard query.starts(with: label) else {
            throw .noAttribute(String(decoding: parts[1], as: UTF8.self))
        }
        let value = try percentDecoded(query[label.count...], of: "label", also: [])
        guard let token = UTF8Text(validating: value) else {
            throw .value(
                attribute: "label", found: String(decoding: value, as: UTF8.self),
                expected: "UTF-8")
        }
        texts[.token] = token
    }
}

/// A number's bytes, most significant first; one zero for 0.
private func minimalBytes(_ number: UInt) -> [UInt8] {
    let all = withUnsafeBytes(of: number.bigEndian) { Array($0) }
    let significant = Array(all.drop { $0 == 0 })
    return significant.isEmpty ? [0] : significant
}
