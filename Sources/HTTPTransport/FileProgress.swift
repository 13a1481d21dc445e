// SPDX-License-Identifier: Apache-2.0

/// How far a file has come over all tries, and what every further answer has to agree with.
struct FileProgress {
    /// The first byte that is wanted at all.
    let start: Int
    /// The first byte of the file that the receiver still lacks.
    private(set) var position: Int
    /// The strong tag of the file that the receiver has a part of.
    private(set) var entityTag: [UInt8]?
    /// The length of that file, if it was announced.
    private(set) var total: Int?

    init(start: Int) {
        self.start = start
        position = start
    }

    /// Whether the receiver has bytes from an earlier try.
    var hasBegun: Bool { position > start }

    /// Header lines that ask for what is lacking.
    var rangeHeaders: [String] {
        guard position > 0 else { return [] }
        let range = "Range: bytes=\(position)-"
        guard let entityTag else { return [range] }
        return [range, "If-Range: " + String(decoding: entityTag, as: UTF8.self)]
    }

    /// Whether an answer is about another file than the one that the receiver has a part of.
    func isContradicted(by fields: AnswerFields, total newTotal: Int?) -> Bool {
        guard hasBegun else { return false }
        if let entityTag, let newTag = fields.entityTag, newTag != entityTag { return true }
        if let total, let newTotal, newTotal != total { return true }
        return false
    }

    /// Remembers what an accepted answer says of the file.
    mutating func learn(_ fields: AnswerFields, total newTotal: Int?) {
        // Bytes without a tag and bytes with one are not proven to be of one file.
        if !hasBegun { entityTag = fields.entityTag }
        total = newTotal ?? total
    }

    mutating func advance(by count: Int) { position += count }
}
