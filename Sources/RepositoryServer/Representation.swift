// SPDX-License-Identifier: Apache-2.0

/// What the header says of one file, prepared once for all its answers.
struct Representation: Sendable {
    /// Bytes of the file.
    let length: Int
    /// Strong validator, in quotes.
    let entityTag: String
    /// Header lines that also stand in a 304.
    let validators: [UInt8]
    /// Header lines that go with the bytes.
    let description: [UInt8]

    /// - Parameter path: segments of the file's name below the repository's directory.
    init(_ status: FileStatus, at path: [ArraySlice<UInt8>]) {
        length = status.size
        entityTag = status.entityTag
        let policy = Self.isImmutable(path) ? "public, max-age=31536000, immutable" : "no-cache"
        validators = Array("ETag: \(entityTag)\r\nCache-Control: \(policy)\r\n".utf8)
        let isJSON = path.last.map { $0.ends(with: ".json") } ?? false
        let type = isJSON ? "application/json" : "application/octet-stream"
        description = Array(
            """
            Content-Type: \(type)\r
            Accept-Ranges: bytes\r
            X-Content-Type-Options: nosniff\r

            """.utf8)
    }

    /// Whether the file of this name never changes: the name holds the metadata's version or
    /// the target's digest (TUF 1.0.34 §6.2, consistent snapshots).
    private static func isImmutable(_ path: [ArraySlice<UInt8>]) -> Bool {
        guard let name = path.last, let dot = name.firstIndex(of: UInt8(ascii: ".")) else {
            return false
        }
        let prefix = name[..<dot]
        if path.first.map({ $0.elementsEqual("metadata".utf8) }) ?? false {
            return !prefix.isEmpty && prefix.allSatisfy(Self.isDigit) && name.ends(with: ".json")
        }
        // Lengths of SHA-256 and SHA-512 in hexadecimal.
        return (prefix.count == 64 || prefix.count == 128) && prefix.allSatisfy(Self.isHexDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
    }
}

extension ArraySlice<UInt8> {
    fileprivate func ends(with suffix: String) -> Bool {
        self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }
}
