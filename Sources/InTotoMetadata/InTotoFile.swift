// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// A layout's or link's file in either container, not yet verified: the older form with
/// `signed` and `signatures`, or a DSSE envelope (ITE-5).
public struct InTotoFile: Sendable {
    /// The payload type of in-toto 1.0's documents in DSSE.
    public static let payloadType: UTF8Text = "application/vnd.in-toto+json"

    public enum Container: Sendable {
        case metablock(SignedFile)
        case envelope(Envelope)
    }

    public let container: Container
    /// `layout` or `link`, as the unverified document says: a link's file may hold the layout
    /// of a sub-chain.
    public let type: UTF8Text
    /// What an envelope holds.
    private let payload: JSONDocument?

    /// Parses the container.
    ///
    /// - Throws: `SigningError`.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(SigningError) {
        let document: JSONDocument
        let isEnvelope: Bool
        do throws(JSONError) {
            document = try JSONDocument(bytes, limits: limits)
            isEnvelope = try document.root.object()["payload"] != nil
        } catch {
            throw .malformed(error)
        }
        if isEnvelope {
            let envelope = try Envelope(document)
            container = .envelope(envelope)
            do throws(JSONError) {
                let payload = try JSONDocument(envelope.payload, limits: limits)
                type = try InTotoFile.type(of: payload.root)
                self.payload = payload
            } catch {
                throw .malformed(error)
            }
        } else {
            let file = try SignedFile(document)
            container = .metablock(file)
            payload = nil
            do throws(JSONError) {
                type = try InTotoFile.type(of: file.signed)
            } catch {
                throw .malformed(error)
            }
        }
    }

    private static func type(of value: JSONValue) throws(JSONError) -> UTF8Text {
        try value.object().required("_type").text()
    }

    public var signatures: [Signature] {
        switch container {
        case .metablock(let file): file.signatures
        case .envelope(let envelope): envelope.signatures
        }
    }

    /// Counts the keys of `authority` that signed this file.
    public func count(by authority: Authority) -> SignatureCount {
        switch container {
        case .metablock(let file): file.count(by: authority)
        case .envelope(let envelope): envelope.count(by: authority)
        }
    }

    /// Checks the signatures, then decodes what they cover.
    public func verified<Document: Sendable>(
        by authority: Authority, decoding decode: (JSONValue) throws(JSONError) -> Document
    ) throws(SigningError) -> Verified<Document> {
        switch container {
        case .metablock(let file): try file.verified(by: authority, decoding: decode)
        case .envelope(let envelope):
            if let payload {
                try envelope.verified(
                    by: authority, payloadType: InTotoFile.payloadType, parsed: payload,
                    decoding: decode)
            } else {
                try envelope.verified(
                    by: authority, payloadType: InTotoFile.payloadType, decoding: decode)
            }
        }
    }
}
