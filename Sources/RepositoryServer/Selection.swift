// SPDX-License-Identifier: Apache-2.0

/// How much of a file answers a request.
enum Selection: Equatable {
    /// 200
    case whole
    /// 304
    case notModified
    /// 206
    case part(Range<Int>)
    /// 416
    case unsatisfiable

    /// Evaluates the conditions in the order of RFC 9110 §13.2.2.
    ///
    /// - Parameter isHead: `Range` counts for GET alone.
    init(_ fields: RequestFields, isHead: Bool, _ file: Representation) {
        self = .whole
        if let offered = fields.ifNoneMatch, Self.names(offered, file.entityTag) {
            self = .notModified
            return
        }
        guard !isHead, let range = fields.range else { return }
        // §13.1.5: strong comparison; a date never matches, for none was ever given out.
        if let tag = fields.ifRange, !tag.utf8.elementsEqual(file.entityTag.utf8) { return }
        switch ByteRange(range.utf8, length: file.length) {
        case .whole: break
        case .part(let bytes): self = .part(bytes)
        case .unsatisfiable: self = .unsatisfiable
        }
    }

    /// Whether the list holds the tag, or is `*`; weak comparison (RFC 9110 §13.1.2).
    private static func names(_ list: String, _ entityTag: String) -> Bool {
        list.utf8.split(separator: UInt8(ascii: ",")).contains { item in
            var item = item.drop { $0 == 0x20 || $0 == 0x09 }
            while let last = item.last, last == 0x20 || last == 0x09 { item.removeLast() }
            if item.elementsEqual("*".utf8) { return true }
            if item.starts(with: "W/".utf8) { item = item.dropFirst(2) }
            return item.elementsEqual(entityTag.utf8)
        }
    }
}
