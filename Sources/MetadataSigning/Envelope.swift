// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// A DSSE 1.0 envelope: `{"payload": base64, "payloadType": …, "signatures": […]}`.
public struct Envelope: Sendable {
    /// The file as received.
    public let bytes: [UInt8]
    public let payloadType: UTF8Text
    /// The payload, decoded from base64.
    public let payload: [UInt8]
    public let signatures: [Signature]

    /// Parses an envelope.
    ///
    /// - Throws: ``SigningError/malformed(_:)``, `.encoding`, `.duplicateSignature`.
    public init(_ document: JSONDocument) throws(SigningError) {
        bytes = document.bytes
        let encoded: JSONValue
        var signatures: [Signature] = []
        do throws(JSONError) {
            let object = try document.root.object()
            encoded = try object.required("payload")
            guard encoded.kind == .string else { throw encoded.mismatch("a string") }
            payloadType = try object.required("payloadType").text()
            for element in try object.required("signatures").array() {
                let entry = try element.object()
                let keyID = KeyID(try entry["keyid"]?.text() ?? "")
                let value = try entry.required("sig").text()
                signatures.append(
                    Signature(
                        keyID: keyID,
                        value: MetadataSigning.bytes(fromBase64: value.string) ?? [],
                        json: element.tree()))
            }
        } catch {
            throw .malformed(error)
        }
        // Where nothing is escaped, which base64 has no need of, it is decoded where it stands.
        let payload = encoded.borrowing { value in
            if let text = value.plainText { return MetadataSigning.bytes(fromBase64: text) }
            return (value.text ?? []).withUnsafeBufferPointer {
                MetadataSigning.bytes(fromBase64: $0)
            }
        }
        guard let payload else { throw .encoding("payload") }
        self.payload = payload
        var seen: Set<KeyID> = []
        for signature in signatures where !seen.insert(signature.keyID).inserted {
            throw .duplicateSignature(signature.keyID)
        }
        self.signatures = signatures
    }

    /// DSSE's pre-authentication encoding: what is signed.
    public static func message(payloadType: UTF8Text, payload: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(payloadType.count + payload.count + 64)
        message += messageHead(payloadType: payloadType, payloadBytes: payload.count)
        message += payload
        return message
    }

    /// What stands before the payload in what is signed.
    package static func messageHead(payloadType: UTF8Text, payloadBytes: Int) -> [UInt8] {
        Array("DSSEv1 \(payloadType.count) \(payloadType) \(payloadBytes) ".utf8)
    }

    /// Counts the keys of `authority` that signed this envelope.
    public func count(by authority: Authority) -> SignatureCount {
        Envelope.message(payloadType: payloadType, payload: payload).withUnsafeBytes {
            authority.count(signatures, over: $0)
        }
    }

    /// Checks type and signatures, then decodes the payload.
    ///
    /// - Throws: ``SigningError/payloadType(found:expected:)``, `.threshold`, `.malformed`.
    public func verified<Document: Sendable>(
        by authority: Authority, payloadType expected: UTF8Text, limits: JSONLimits = JSONLimits(),
        decoding decode: (JSONValue) throws(JSONError) -> Document
    ) throws(SigningError) -> Verified<Document> {
        let count = try metCount(by: authority, payloadType: expected)
        do throws(JSONError) {
            let parsed = try JSONDocument(payload, limits: limits)
            return Verified(
                document: try decode(parsed.root), bytes: bytes, signers: count.accepted)
        } catch {
            throw .malformed(error)
        }
    }

    /// Checks type and signatures, then decodes a payload that was parsed already.
    ///
    /// - Parameter parsed: made of this envelope's ``payload``.
    /// - Throws: as ``verified(by:payloadType:limits:decoding:)``.
    package func verified<Document: Sendable>(
        by authority: Authority, payloadType expected: UTF8Text, parsed: JSONDocument,
        decoding decode: (JSONValue) throws(JSONError) -> Document
    ) throws(SigningError) -> Verified<Document> {
        precondition(parsed.bytes == payload, "decoding what is not signed")
        let count = try metCount(by: authority, payloadType: expected)
        do throws(JSONError) {
            return Verified(
                document: try decode(parsed.root), bytes: bytes, signers: count.accepted)
        } catch {
            throw .malformed(error)
        }
    }

    private func metCount(
        by authority: Authority, payloadType expected: UTF8Text
    ) throws(SigningError) -> SignatureCount {
        guard payloadType == expected else {
            throw .payloadType(found: payloadType.string, expected: expected.string)
        }
        let count = count(by: authority)
        guard count.isMet else { throw .threshold(count) }
        return count
    }

    /// An envelope with the given signers' signatures.
    public static func bytes(
        signing payload: [UInt8], payloadType: UTF8Text,
        with signers: [(id: KeyID, signer: any Signer)]
    ) throws(SigningError) -> [UInt8] {
        let message = message(payloadType: payloadType, payload: payload)
        var entries: [JSON] = []
        for (id, signer) in signers {
            let signature = try signer.sign(message)
            entries.append(["keyid": .string(id.text), "sig": .text(base64(signature))])
        }
        let file: JSON = [
            "payload": .text(base64(payload)), "payloadType": .string(payloadType),
            "signatures": .array(entries),
        ]
        return file.compactBytes()
    }
}
