// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Reads steps and files from an input; beyond its end all bytes are zero.
struct StatesTape {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next() -> Int { Int(rest.popFirst() ?? 0) }

    /// One byte picks a signed file, and the next how many changes follow; 255 is followed by a
    /// length and a file of the input's own.
    mutating func file() -> StatesOffer {
        let pieces = StatesWorld.shared.pieces
        let choice = next()
        guard choice != 0xFF else {
            let count = next() << 8 | next()
            let bytes = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            return StatesOffer(bytes: bytes, piece: nil)
        }
        let piece = pieces[choice % pieces.count]
        let changes = next() % 4
        guard changes > 0 else { return StatesOffer(bytes: piece.bytes, piece: piece) }
        var bytes = piece.bytes
        for _ in 0..<changes { change(&bytes) }
        return StatesOffer(bytes: bytes, piece: nil)
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let kind = next() % 6
        let position = bytes.isEmpty ? 0 : (next() << 8 | next()) % bytes.count
        switch kind {
        case 0 where !bytes.isEmpty: bytes[position] = UInt8(next())
        case 1: bytes.insert(UInt8(next()), at: position)
        case 2: bytes.removeSubrange(position..<min(bytes.count, position + 1 + next() % 16))
        case 3: bytes = exchangingSignatures(of: bytes, isAdding: false)
        case 4: bytes = exchangingSignatures(of: bytes, isAdding: true)
        case 5: bytes = Array(bytes[..<position])
        default: break
        }
    }

    /// The file with the signatures of another one, or with these as well.
    private mutating func exchangingSignatures(of bytes: [UInt8], isAdding: Bool) -> [UInt8] {
        let pieces = StatesWorld.shared.pieces
        let other = pieces[next() % pieces.count]
        guard var file = (try? JSONDocument(bytes))?.root.tree(), file["signed"] != nil,
            let more = (try? JSONDocument(other.bytes))?.root.tree()["signatures"]?.elements
        else { return bytes }
        let own = isAdding ? file["signatures"]?.elements ?? [] : []
        let ids = own.compactMap { $0["keyid"]?.text }
        let new = more.filter { element in !ids.contains { $0 == element["keyid"]?.text } }
        file.set("signatures", .array(own + new))
        return file.compactBytes()
    }
}
