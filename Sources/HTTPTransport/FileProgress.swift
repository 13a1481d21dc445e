// SPDX-License-Identifier: Apache-2.0

/// How far a file has come over all tries, and what every further answer has to agree with.
package struct FileProgress {
    /// The first byte that is wanted at all.
    package let start: Int
    /// The first byte of the file that the receiver still lacks.
    package private(set) var position: Int
    /// The strong tag of the file that the receiver has a part of.
    package private(set) var entityTag: [UInt8]?
    /// The length of that file, if it was announced.
    package private(set) var total: Int?

    package init(start: Int) {
        self.start = start
        position = start
    }

    /// Whether the receiver has bytes from an earlier try.
    package var hasBegun: Bool { position > start }

    /// Header lines that ask for what is lacking.
    package var rangeHeaders: [String] {
        guard position > 0 else { return [] }
        let range = "Range: bytes=\(position)-"
        guard let entityTag else { return [range] }
        return [range, "If-Range: " + String(decoding: entityTag, as: UTF8.self)]
    }

    /// Whether an answer is about another file than the one that the receiver has a part of.
    package func isContradicted(by fields: AnswerFields, total newTotal: Int?) -> Bool {
        guard hasBegun else { return false }
        if let entityTag, let newTag = fields.entityTag, newTag != entityTag { return true }
        if let total, let newTotal, newTotal != total { return true }
        return false
    }

    /// Remembers what an accepted answer says of the file.
    package mutating func learn(_ fields: AnswerFields, total newTotal: Int?) {
        // Bytes without a tag and bytes with one are not proven to be of one file.
        if !hasBegun { entityTag = fields.entityTag }
        total = newTotal ?? total
    }

    package mutating func advance(by count: Int) { position += count }
}
