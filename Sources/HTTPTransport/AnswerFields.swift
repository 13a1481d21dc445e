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

    package mutating func receive(_ line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: line[..<colon].lazy.map(lowerCased), as: UTF8.self)
        let isBlank = { (byte: UInt8) in [0x20, 0x09, 0x0d, 0x0a].contains(byte) }
        let start = line[(colon + 1)...].drop(while: isBlank)
        let value = start.prefix(start.count - start.reversed().prefix(while: isBlank).count)
        switch name {
        case "content-length":
            let digits = value.prefix { (0x30...0x39).contains($0) }
            if !digits.isEmpty { length = decimal(digits) ?? .max }
        case "content-range":
            ranges += 1
            range = ranges == 1 ? ContentRange(value) : nil
        case "etag": entityTag = Self.strong(value)
        case "content-type":
            isMultipart = value.prefix(10).map(lowerCased).elementsEqual("multipart/".utf8)
        case "transfer-encoding":
            if !value.map(lowerCased).elementsEqual("chunked".utf8) { encoding = Array(value) }
        default: break
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
