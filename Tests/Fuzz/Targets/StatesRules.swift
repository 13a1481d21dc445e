// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

func isSigned(
    _ piece: StatesWorld.Piece, _ role: RoleName, by root: StatesWorld.Piece
) -> Bool {
    guard let say = root.says[role] else { return false }
    return piece.role == role && piece.signers.intersection(say.keys).count >= say.threshold
}

/// The version that a file lists for a role; 0 if none.
func listed(_ piece: StatesWorld.Piece, _ role: RoleName) -> Int {
    piece.lists[role]?.version ?? 0
}

func isListed(
    _ piece: StatesWorld.Piece, _ bytes: [UInt8], _ role: RoleName, by list: StatesWorld.Piece
) -> Bool {
    guard let expected = list.lists[role] else { return false }
    return expected.version == piece.version && (expected.bytes ?? bytes) == bytes
}

/// What is known of a file that was accepted.
func known<Document: StatesDocument>(
    _ file: Verified<Document>, _ role: RoleName, _ offer: StatesOffer,
    _ rule: (StatesWorld.Piece) -> Bool
) -> StatesWorld.Piece? {
    require(file.bytes == offer.bytes, "the file is kept as received")
    require(!file.signers.isEmpty, "somebody signed it")
    let piece = StatesWorld.shared.known[file.document.value.canonicalBytes()]
    guard let piece else { return require(nil, "nothing is accepted that nobody has signed") }
    require(piece.role == role, "a file of \(role) is one")
    require(rule(offer.piece ?? piece), "what is accepted keeps the rules of \(role)")
    return piece
}

func requireRefused(
    _ offer: StatesOffer, _ role: RoleName, _ rule: (StatesWorld.Piece) -> Bool
) {
    guard let piece = offer.piece else { return }
    require(!rule(piece), "a file of \(role) that keeps the rules is accepted")
}

func attempt<Value>(_ body: () throws(UpdateError) -> Value) -> Value? {
    do throws(UpdateError) { return try body() } catch {
        requireOneLine("\(error)")
        return nil
    }
}

/// The documents whose signed part can be had again.
protocol StatesDocument: Sendable {
    var value: JSONValue { get }
}

extension Root: StatesDocument {}
extension Timestamp: StatesDocument {}
extension Snapshot: StatesDocument {}
extension Targets: StatesDocument {}
