// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Testing

@Suite("Files of layouts and links, in both containers")
struct InTotoFileTests {
    private let key: PrivateKey
    private let other: PrivateKey

    init() throws {
        key = try PrivateKey(ed25519Seed: [UInt8](repeating: 1, count: 32))
        other = try PrivateKey(ed25519Seed: [UInt8](repeating: 2, count: 32))
    }

    private var authority: Authority {
        Authority([.init(key.publicKey.keyID, key.publicKey)], threshold: 1)
    }

    /// A document in both containers, signed by ``key``.
    private func files(_ document: JSON) throws -> [[UInt8]] {
        let signers: [(id: KeyID, signer: any Signer)] = [(key.publicKey.keyID, key)]
        return [
            try SignedFile.bytes(signing: document, with: signers),
            try SignedFile.bytes(signing: document, with: signers, indented: true),
            try Envelope.bytes(
                signing: document.compactBytes(), payloadType: InTotoFile.payloadType, with: signers
            ),
            try Envelope.bytes(
                signing: document.indentedBytes(), payloadType: InTotoFile.payloadType,
                with: signers),
        ]
    }

    private func refusal(_ text: String) -> SigningError? {
        do throws(SigningError) {
            _ = try InTotoFile(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("a document verifies in either container, and is decoded from what was checked")
    func both() throws {
        let documents = try writtenVectors()
        for bytes in try files(documents[0].signed) {
            let file = try InTotoFile(bytes)
            #expect(file.type == "layout")
            #expect(file.signatures.map(\.keyID) == [key.publicKey.keyID])
            let verified = try file.verified(by: authority, decoding: readLayout)
            #expect(verified.document.json.canonicalBytes() == documents[0].signable)
            #expect(verified.bytes == bytes)
            #expect(verified.signers == [key.publicKey.keyID])
        }
        for bytes in try files(documents[1].signed) {
            let file = try InTotoFile(bytes)
            #expect(file.type == "link")
            let verified = try file.verified(by: authority, decoding: readLink)
            #expect(verified.document.json.canonicalBytes() == documents[1].signable)
        }
    }

    @Test("the file of a link may hold a layout, and says so before anything is decoded")
    func sublayout() throws {
        for bytes in try files(try writtenVectors()[0].signed) {
            let file = try InTotoFile(bytes)
            #expect(file.type == "layout")
            let error = #expect(throws: SigningError.self) {
                try file.verified(by: authority, decoding: readLink)
            }
            guard case .malformed(.mismatch) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("signatures of others do not count")
    func strangers() throws {
        let stranger = Authority([.init(key.publicKey.keyID, other.publicKey)], threshold: 1)
        let unknown = Authority([.init(other.publicKey.keyID, other.publicKey)], threshold: 1)
        for bytes in try files(try writtenVectors()[1].signed) {
            let file = try InTotoFile(bytes)
            #expect(file.count(by: stranger).rejected.map(\.reason) == [.wrong])
            #expect(file.count(by: unknown).rejected.map(\.reason) == [.unknownKey])
            #expect(throws: SigningError.threshold(file.count(by: stranger))) {
                try file.verified(by: stranger, decoding: readLink)
            }
        }
    }

    @Test("an envelope of another payload type is refused, though it is signed")
    func payloadType() throws {
        for type in ["application/vnd.in-toto.layout+json", "application/vnd.in-toto+JSON", ""] {
            let bytes = try Envelope.bytes(
                signing: try writtenVectors()[1].signed.compactBytes(), payloadType: UTF8Text(type),
                with: [(key.publicKey.keyID, key)])
            let file = try InTotoFile(bytes)
            #expect(file.count(by: authority).isMet)
            let refusal = SigningError.payloadType(
                found: type, expected: "application/vnd.in-toto+json")
            #expect(throws: refusal) { try file.verified(by: authority, decoding: readLink) }
        }
    }

    @Test("a file with both containers in it is an envelope, and its other half is not read")
    func mixed() throws {
        let link = try writtenVectors()[1].signed
        let envelope = try JSONDocument(try files(link)[2]).root.tree()
        var members = try #require(envelope.members)
        members.append(JSON.Member("signed", ["_type": "layout"]))
        let file = try InTotoFile(JSON.object(members).compactBytes())
        #expect(file.type == "link")
        #expect(try file.verified(by: authority, decoding: readLink).document.name == "package")
    }

    @Test(
        "what is neither",
        arguments: [
            ("", "JSON ends too early"), ("[]", "document: an array found, an object expected"),
            ("{}", "signed: missing"), (#"{"signed":{},"signatures":[]}"#, "signed._type: missing"),
            (
                #"{"signed":{"_type":5},"signatures":[]}"#,
                "signed._type: 5 found, a string expected"
            ),
            (#"{"signed":[],"signatures":[]}"#, "signed: an array found, an object expected"),
            (#"{"payload":"e30=","payloadType":"t","signatures":[]}"#, "_type: missing"),
            (
                #"{"payload":"W10=","payloadType":"t","signatures":[]}"#,
                "document: an array found, an object expected"
            ),
            (#"{"payload":"","payloadType":"t","signatures":[]}"#, "JSON ends too early"),
            (#"{"payload":"e30","payloadType":"t"}"#, "signatures: missing"),
            (
                #"{"payload":null,"signed":{"_type":"link"},"signatures":[]}"#,
                "payload: null found, a string expected"
            ),
            (
                #"{"payload":"%","payloadType":"t","signatures":[]}"#,
                "payload is neither hexadecimal nor base64"
            ),
            (
                #"{"signed":{"_type":"link"},"signatures":[{"keyid":"a","sig":""},"#
                    + #"{"keyid":"a","sig":""}]}"#,
                #"signature of key "a" stands twice"#
            ),
        ])
    func neither(text: String, words: String) { #expect(refusal(text)?.description == words) }

    @Test("limits hold for the payload of an envelope too")
    func limits() throws {
        let bytes = try Envelope.bytes(
            signing: Array(#"{"_type":"link","a":[[[1]]]}"#.utf8),
            payloadType: InTotoFile.payloadType, with: [])
        #expect(throws: SigningError.malformed(.tooDeep(maximum: 3, offset: 22))) {
            try InTotoFile(bytes, limits: JSONLimits(maximumDepth: 3))
        }
    }
}
