// SPDX-License-Identifier: Apache-2.0

/// The little of DER (X.690) that tokens leave to their users.
enum DER {
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        let length = withUnsafeBytes(of: count.bigEndian) { Array($0.drop { $0 == 0 }) }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] {
        element(0x30, parts.reduce([], +))
    }

    /// A number of zero or more from its bytes, most significant first.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let significant = Array(bytes.drop { $0 == 0 })
        let needsZero = (significant.first ?? 0x80) >= 0x80
        return element(0x02, (needsZero ? [0] : []) + significant)
    }

    static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(0x03, [0] + bytes) }

    /// What is in the one element that `bytes` are; `nil` if they are something else.
    static func content(_ tag: UInt8, _ bytes: [UInt8]) -> [UInt8]? {
        for header in 2...4 where bytes.count >= header {
            let content = Array(bytes.dropFirst(header))
            if element(tag, content) == bytes { return content }
        }
        return nil
    }
}
