// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Artifacts as places in bytes: those of the document they stand in, or ones of their own.
package struct ArtifactTable: Sendable {
    /// One artifact.
    struct Row: Sendable {
        /// Where its name stands.
        let nameStart: UInt32
        let nameEnd: UInt32
        /// Its digests in the table's list, sorted by algorithm.
        let firstDigest: UInt32
        let digestCount: UInt32
    }

    /// One digest: where its algorithm and its hexadecimal digits stand.
    struct Digest: Sendable {
        let algorithmStart: UInt32
        let algorithmEnd: UInt32
        let hexStart: UInt32
        let hexEnd: UInt32
    }

    /// What the places are in.
    let text: [UInt8]
    /// Sorted by the bytes of the names.
    let rows: [Row]
    let digests: [Digest]

    init(text: [UInt8], rows: [Row], digests: [Digest]) {
        self.text = text
        self.rows = rows
        self.digests = digests
    }

    func artifact(at position: Int) -> Artifact {
        let row = rows[position]
        let first = Int(row.firstDigest)
        return Artifact(
            name: text(row.nameStart, row.nameEnd),
            digests: digests[first..<first + Int(row.digestCount)].map {
                Artifact.Digest(
                    algorithm: text($0.algorithmStart, $0.algorithmEnd),
                    hex: text($0.hexStart, $0.hexEnd))
            })
    }

    private func text(_ start: UInt32, _ end: UInt32) -> UTF8Text {
        UTF8Text(String(decoding: text[Int(start)..<Int(end)], as: UTF8.self))
    }

    func borrowing<Result, Failure: Error>(
        _ body: (BorrowedArtifacts) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try text.withUnsafeBufferPointer { (text) throws(Failure) in
            try rows.withUnsafeBufferPointer { (rows) throws(Failure) in
                try digests.withUnsafeBufferPointer { (digests) throws(Failure) in
                    try body(BorrowedArtifacts(text: text, rows: rows, digests: digests))
                }
            }
        }
    }

    // MARK: reading a document

    /// Reads the materials or products of a link.
    init(_ value: JSONValue) throws(JSONError) {
        let index = MemberIndex(try value.object()) { _, _ in }
        let document = value.document
        let read: Reading
        do throws(Fault) {
            read = try index.borrowing { (members) throws(Fault) in
                try ArtifactTable.read(members)
            }
        } catch {
            let value = JSONValue(at: error.place, of: document)
            switch error.reason {
            case .noObject: throw value.mismatch("an object")
            case .noText: throw value.mismatch("a string")
            case .noHex: throw value.mismatch("a digest in hexadecimal digits")
            case .noDigest: throw value.mismatch("at least one digest")
            }
        }
        switch read {
        case .places(let rows, let digests):
            self.init(text: document.bytes, rows: rows, digests: digests)
        case .copied(let table): self = table
        }
    }

    private enum Reading {
        /// In the bytes of the document.
        case places([Row], [Digest])
        /// Some text is escaped there.
        case copied(ArtifactTable)
    }

    private struct Fault: Error {
        enum Reason { case noObject, noText, noHex, noDigest }

        let reason: Reason
        /// The value's place in the document.
        let place: Int

        init(_ reason: Reason, _ value: BorrowedValue) {
            self.reason = reason
            place = value.place
        }
    }

    private static func read(_ members: BorrowedMembers) throws(Fault) -> Reading {
        var rows: [Row] = []
        rows.reserveCapacity(members.count)
        var digests: [Digest] = []
        digests.reserveCapacity(members.count)
        for place in 0..<members.count {
            let value = members.value(place)
            guard value.kind == .object else { throw Fault(.noObject, value) }
            let first = digests.count
            for (algorithm, hex) in value.members {
                guard hex.kind == .string else { throw Fault(.noText, hex) }
                guard let algorithmRange = algorithm.plainRange, let hexRange = hex.plainRange,
                    let digits = hex.plainText
                else { return .copied(try copy(members)) }
                guard isHex(digits) else { throw Fault(.noHex, hex) }
                digests.append(
                    Digest(
                        algorithmStart: algorithmRange.lowerBound,
                        algorithmEnd: algorithmRange.upperBound, hexStart: hexRange.lowerBound,
                        hexEnd: hexRange.upperBound))
            }
            guard digests.count > first else { throw Fault(.noDigest, value) }
            // More than one in an order of its own is rare enough to be sorted by copying.
            guard digests.count == first + 1 || value.isSorted,
                let name = members.key(place).plainRange
            else { return .copied(try copy(members)) }
            rows.append(
                Row(
                    nameStart: name.lowerBound, nameEnd: name.upperBound,
                    firstDigest: UInt32(first), digestCount: UInt32(digests.count - first)))
        }
        return .places(rows, digests)
    }

    private static func copy(_ members: BorrowedMembers) throws(Fault) -> ArtifactTable {
        var builder = Builder()
        for place in 0..<members.count {
            let value = members.value(place)
            guard value.kind == .object else { throw Fault(.noObject, value) }
            (members.key(place).text ?? []).withUnsafeBufferPointer { builder.beginArtifact($0) }
            var digests: [(algorithm: [UInt8], hex: [UInt8])] = []
            for (algorithm, hex) in value.members {
                guard let digits = hex.text else { throw Fault(.noText, hex) }
                guard digits.withUnsafeBufferPointer(isHex) else {
                    throw Fault(.noHex, hex)
                }
                digests.append((algorithm.text ?? [], digits))
            }
            if digests.isEmpty { throw Fault(.noDigest, value) }
            digests.sort { $0.algorithm.lexicographicallyPrecedes($1.algorithm) }
            for digest in digests {
                digest.algorithm.withUnsafeBufferPointer { algorithm in
                    digest.hex.withUnsafeBufferPointer { builder.addDigest(algorithm, $0) }
                }
            }
        }
        return builder.finish()
    }
}

/// Whether these are hexadecimal digits, at least one, of either case.
private func isHex(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if text.isEmpty { return false }
    // Digests are in lower case but for somebody's whim.
    return isLowerCaseHex(text)
        || text.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                || (0x41...0x46).contains(byte)
        }
}
