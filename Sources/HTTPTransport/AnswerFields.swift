// SPDX-License-Identifier: Apache-2.0

/// What the header lines of one answer say, as far as it matters here.
///
/// Read from the lines themselves: libcurl gives the announced length only with the first body
/// bytes, and a server that announces too much need not send any.
package struct AnswerFields {
    /// Of `Content-Length`; `Int.max` for one that is too long for an `Int`.
    package private(set) var length: Int?
    /// Of `Content-Range`, if exactly one that can be read stands there.
    package private(set) var range: ContentRange?
    /// A strong `ETag` with its quotes: only such a one names exactly these bytes.
    package private(set) var entityTag: [UInt8]?
    /// Whether the body has several parts with headers of their own between.
    package private(set) var isMultipart = false
    /// A transfer encoding other than `chunked`, which libcurl would undo.
    package private(set) var encoding: [UInt8]?
    private var ranges = 0

    package init() {}

    /// - Parameter line: as it came, for each line of each answer: nothing is made of it that is not
    ///   kept.
    package mutating func receive(_ line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = line[..<colon]
        var value = line[(colon + 1)...]
        while let byte = value.first, Self.isBlank(byte) { value.removeFirst() }
        while let byte = value.last, Self.isBlank(byte) { value.removeLast() }
        if Self.same(name, "content-length") {
            let digits = value.prefix { (0x30...0x39).contains($0) }
            if !digits.isEmpty { length = decimal(digits) ?? .max }
        } else if Self.same(name, "content-range") {
            ranges += 1
            range = ranges == 1 ? ContentRange(value) : nil
        } else if Self.same(name, "etag") {
            entityTag = Self.strong(value)
        } else if Self.same(name, "content-type") {
            isMultipart = Self.same(value.prefix(10), "multipart/")
        } else if Self.same(name, "transfer-encoding") {
            if !Self.same(value, "chunked") { encoding = Array(value) }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
    }

    /// Whether the bytes are these, in whatever case.
    ///
    /// - Parameter expected: in ASCII and lower case.
    private static func same(
        _ bytes: Slice<UnsafeRawBufferPointer>, _ expected: StaticString
    ) -> Bool {
        expected.withUTF8Buffer { expected in
            guard bytes.count == expected.count else { return false }
            for (byte, wanted) in zip(bytes, expected) where lowerCased(byte) != wanted {
                return false
            }
            return true
        }
    }

    /// The tag, if it is strong and nothing but a tag: it is sent back as it came.
    private static func strong(_ value: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
        let quote = UInt8(ascii: "\"")
        let maximumBytes = 256
        guard (2...maximumBytes).contains(value.count), value.first == quote, value.last == quote,
            value.dropFirst().dropLast().allSatisfy({
                (0x21...0x7e).contains($0) && $0 != quote
            })
        else { return nil }
        return Array(value)
    }
}
