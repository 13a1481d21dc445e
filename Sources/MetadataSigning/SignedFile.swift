// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// A file of the form `{"signatures": [{"keyid": …, "sig": …}], "signed": {…}}`: all TUF
/// metadata (TUF 1.0.34 §4.2.1) and the older form of in-toto's (in-toto 1.0 §4.2).
///
/// Nothing in it is trusted; ``verified(by:decoding:)`` makes what is.
public struct SignedFile: Sendable {
    /// The file as received.
    public let document: JSONDocument
    /// What the signatures cover.
    public let signed: JSONValue
    public let signatures: [Signature]

    public var bytes: [UInt8] { document.bytes }

    /// Parses the container.
    ///
    /// - Throws: ``SigningError/malformed(_:)``, ``SigningError/duplicateSignature(_:)``.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(SigningError) {
        do throws(JSONError) {
            document = try JSONDocument(bytes, limits: limits)
        } catch {
            throw .malformed(error)
        }
        (signed, signatures) = try SignedFile.parts(of: document)
    }

    /// Takes apart a document that is parsed already.
    public init(_ document: JSONDocument) throws(SigningError) {
        self.document = document
        (signed, signatures) = try SignedFile.parts(of: document)
    }

    private static func parts(
        of document: JSONDocument
    ) throws(SigningError) -> (JSONValue, [Signature]) {
        let signed: JSONValue
        var signatures: [Signature] = []
        do throws(JSONError) {
            let object = try document.root.object()
            signed = try object.required("signed")
            _ = try signed.object()
            for element in try object.required("signatures").array() {
                signatures.append(try signature(element))
            }
        } catch {
            throw .malformed(error)
        }
        var seen: Set<KeyID> = []
        for signature in signatures where !seen.insert(signature.keyID).inserted {
            throw .duplicateSignature(signature.keyID)
        }
        return (signed, signatures)
    }

    /// One entry of `signatures`.
    package static func signature(_ element: JSONValue) throws(JSONError) -> Signature {
        let entry = try element.object()
        // Those of gpg have two members in the place of one.
        let isOpenPGP = entry["sig"] == nil && entry["signature"] != nil
        let digits = try entry.required(isOpenPGP ? "signature" : "sig").text().string
        let headers = isOpenPGP ? try entry["other_headers"]?.text().string ?? "" : nil
        return Signature(
            keyID: KeyID(try entry.required("keyid").text()),
            value: MetadataSigning.bytes(fromHex: digits, lowerCaseOnly: false) ?? [],
            headers: headers.map { MetadataSigning.bytes(fromHex: $0, lowerCaseOnly: false) ?? [] },
            json: element.tree())
    }

    /// Counts the keys of `authority` that signed this file.
    public func count(by authority: Authority) -> SignatureCount {
        signed.withCanonicalBytes { authority.count(signatures, over: $0) }
    }

    /// Checks the signatures, then decodes exactly what they cover.
    ///
    /// - Throws: ``SigningError/threshold(_:)``, or `.malformed` with what `decode` threw.
    public func verified<Document: Sendable>(
        by authority: Authority, decoding decode: (JSONValue) throws(JSONError) -> Document
    ) throws(SigningError) -> Verified<Document> {
        let count = count(by: authority)
        guard count.isMet else { throw .threshold(count) }
        do throws(JSONError) {
            return Verified(
                document: try decode(signed), bytes: bytes, signers: count.accepted)
        } catch {
            throw .malformed(error)
        }
    }

    /// A signed file with the given signers' signatures, under each one's listed id; those of gpg
    /// stand under the id of the key or subkey that made them.
    ///
    /// - Parameters:
    ///   - signers: each signs once for each id.
    ///   - keeping: signatures of other keys to carry over, as they are.
    public static func bytes(
        signing signed: JSON, with signers: [(id: KeyID, signer: any Signer)],
        keeping: [Signature] = [], indented: Bool = false
    ) throws(SigningError) -> [UInt8] {
        let message = signed.canonicalBytes()
        var asked: Set<KeyID> = []
        var made: [Signature] = []
        for (id, signer) in signers where asked.insert(id).inserted {
            made.append(try signer.signature(over: message, as: id))
        }
        let replaced = Set(made.map(\.keyID))
        let kept = keeping.filter { !replaced.contains($0.keyID) }
        return bytes(signed, kept + made, indented: indented)
    }

    /// A signed file with these signatures, compact.
    ///
    /// - Parameter canonical: the canonical form of `signed`, which the signatures are over.
    package static func bytes(
        _ signed: @autoclosure () -> JSON, canonical: [UInt8], _ signatures: [Signature]
    ) -> [UInt8] {
        // The canonical form has control characters as they are; without them it is the compact
        // one, and need not be made a second time of a file that may be large.
        guard !canonical.contains(where: { $0 < 0x20 }) else { return bytes(signed(), signatures) }
        var result: [UInt8] = []
        // As much as it takes for keys that give short signatures.
        result.reserveCapacity(canonical.count + 256 * signatures.count + 32)
        result += #"{"signatures":["#.utf8
        for (number, signature) in signatures.enumerated() {
            if number > 0 { result.append(UInt8(ascii: ",")) }
            signature.writeCompact(to: &result)
        }
        result += #"],"signed":"#.utf8
        result += canonical
        result.append(UInt8(ascii: "}"))
        return result
    }

    /// A signed file with these signatures.
    package static func bytes(
        _ signed: JSON, _ signatures: [Signature], indented: Bool = false
    ) -> [UInt8] {
        let file: JSON = ["signatures": .array(signatures.map(\.json)), "signed": signed]
        return indented ? file.indentedBytes() : file.compactBytes()
    }
}

/// Metadata whose signatures met the threshold of those who vouch for it.
///
/// Only this module makes one, after TUF 1.0.34 §5.3.4, §5.4.2, §5.5.3 or §5.6.3, or in-toto
/// 1.0 §5.2: whoever holds a `Verified<Root>` knows that the check took place.
public struct Verified<Document: Sendable>: Sendable {
    /// The decoded `signed` part.
    public let document: Document
    /// The file as received, byte for byte: what a store or a mirror keeps.
    public let bytes: [UInt8]
    /// One id for each different key that signed.
    public let signers: [KeyID]
}
