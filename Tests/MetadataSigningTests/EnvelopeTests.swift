// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("DSSE 1.0 envelopes")
struct EnvelopeTests {
    private let type: UTF8Text = "application/vnd.in-toto+json"

    private func envelope(_ text: String) throws(SigningError) -> Envelope {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(Array(text.utf8))
        } catch {
            throw .malformed(error)
        }
        return try Envelope(document)
    }

    @Test(
        "the message that is signed counts bytes",
        arguments: [
            (
                "http://example.com/HelloWorld", "hello world",
                "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
            ),
            ("", "", "DSSEv1 0  0 "), ("t\u{E9}", "\u{1F600}", "DSSEv1 3 t\u{E9} 4 \u{1F600}"),
            ("a b", "x\ny\0", "DSSEv1 3 a b 4 x\ny\0"),
        ])
    func message(type: String, payload: String, expected: String) {
        let message = Envelope.message(payloadType: UTF8Text(type), payload: Array(payload.utf8))
        #expect(message == Array(expected.utf8))
    }

    @Test("an envelope verifies in both alphabets of base64, padded or not")
    func alphabets() throws {
        let key = try seeded(1)
        let payload = Array(#"{"a":"???>>>~~~"}"#.utf8)
        let good = try Envelope.bytes(
            signing: payload, payloadType: type, with: [(key.publicKey.keyID, key)])
        let text = String(decoding: good, as: UTF8.self)
        let authority = Authority([.init(key.publicKey.keyID, key.publicKey)], threshold: 1)
        let standard = base64(payload)
        let signature = base64(
            try key.sign(Envelope.message(payloadType: type, payload: payload)))
        #expect(text.contains(standard) && text.contains(signature))
        #expect(standard.contains("/") || standard.contains("+"))
        func urlSafe(_ text: String) -> String {
            text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let converted = text.replacing(standard, with: urlSafe(standard))
            .replacing(signature, with: urlSafe(signature))
        #expect(converted != text)
        for text in [text, converted] {
            let parsed = try envelope(text)
            #expect(parsed.payload == payload)
            let verified = try parsed.verified(by: authority, payloadType: type) {
                value throws(JSONError) in try value.object().required("a").text()
            }
            #expect(verified.document == "???>>>~~~")
            #expect(verified.bytes == Array(text.utf8))
            #expect(verified.signers == [key.publicKey.keyID])
        }
    }

    @Test("another payload type is refused, also if a signature covers it")
    func otherType() throws {
        let key = try seeded(1)
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        let bytes = try Envelope.bytes(
            signing: Array("{}".utf8), payloadType: "text/plain", with: [(KeyID("k"), key)])
        let parsed = try Envelope(try JSONDocument(bytes))
        #expect(parsed.count(by: authority).isMet)
        let refusal = SigningError.payloadType(found: "text/plain", expected: type.string)
        #expect(throws: refusal) {
            try parsed.verified(by: authority, payloadType: type) { _ throws(JSONError) in }
        }
        // The type is part of what is signed: exchanging it breaks the signature.
        let text = String(decoding: bytes, as: UTF8.self)
            .replacing("text/plain", with: type.string)
        #expect(try !envelope(text).count(by: authority).isMet)
    }

    @Test("a changed payload is refused before it is read")
    func changed() throws {
        let key = try seeded(1)
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        let bytes = try Envelope.bytes(
            signing: Array("{}".utf8), payloadType: type, with: [(KeyID("k"), key)])
        let text = String(decoding: bytes, as: UTF8.self)
            .replacing(base64(Array("{}".utf8)), with: base64(Array("{ }".utf8)))
        let parsed = try envelope(text)
        #expect(throws: SigningError.threshold(parsed.count(by: authority))) {
            try parsed.verified(by: authority, payloadType: type) { _ throws(JSONError) in
                Issue.record("decoded")
            }
        }
    }

    @Test(
        "a payload that is signed but no strict JSON is refused",
        arguments: ["{", "1.5", #"{"a":1,"a":1}"#])
    func payloadNotJSON(_ payload: String) throws {
        let key = try seeded(1)
        let bytes = try Envelope.bytes(
            signing: Array(payload.utf8), payloadType: type, with: [(KeyID("k"), key)])
        let parsed = try Envelope(try JSONDocument(bytes))
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        let error = #expect(throws: SigningError.self) {
            try parsed.verified(by: authority, payloadType: type) { _ throws(JSONError) in }
        }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("limits hold for the payload too")
    func limits() throws {
        let key = try seeded(1)
        let bytes = try Envelope.bytes(
            signing: Array("[[[]]]".utf8), payloadType: type, with: [(KeyID("k"), key)])
        let parsed = try Envelope(try JSONDocument(bytes))
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        let refusal = SigningError.malformed(.tooDeep(maximum: 2, offset: 2))
        #expect(throws: refusal) {
            try parsed.verified(
                by: authority, payloadType: type, limits: JSONLimits(maximumDepth: 2)
            ) { _ throws(JSONError) in }
        }
    }

    @Test(
        "envelopes that are not of the shape",
        arguments: [
            ("[]", "document: an array found, an object expected"),
            ("{}", "payload: missing"), (#"{"payload":""}"#, "payloadType: missing"),
            (#"{"payload":"","payloadType":""}"#, "signatures: missing"),
            (
                #"{"payload":{},"payloadType":"","signatures":[]}"#,
                "payload: an object found, a string expected"
            ),
            (#"{"payload":"","payloadType":"","signatures":[{}]}"#, "signatures[0].sig: missing"),
            (
                #"{"payload":"","payloadType":"","signatures":[{"sig":""},{"sig":1}]}"#,
                "signatures[1].sig: 1 found, a string expected"
            ),
            (
                #"{"payload":"","payloadType":"","signatures":[{"sig":"","keyid":null}]}"#,
                "signatures[0].keyid: null found, a string expected"
            ),
            (
                #"{"payload":"*","payloadType":"","signatures":[]}"#,
                "payload is neither hexadecimal nor base64"
            ),
            (
                #"{"payload":"","payloadType":"","signatures":[{"sig":"","keyid":"a"},"#
                    + #"{"sig":"","keyid":"a"}]}"#,
                #"signature of key "a" stands twice"#
            ),
            (
                #"{"payload":"","payloadType":"","signatures":[{"sig":""},{"sig":"","keyid":""}]}"#,
                #"signature of key "" stands twice"#
            ),
        ])
    func shape(text: String, words: String) {
        let error = #expect(throws: SigningError.self) { try envelope(text) }
        #expect(error?.description == words)
    }

    @Test("a signature without a key id or in no base64 counts for nobody")
    func nameless() throws {
        let key = try seeded(1)
        let good = base64(try key.sign(Envelope.message(payloadType: "t", payload: [])))
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        for (entry, isMet) in [
            (#"{"keyid":"k","sig":"\#(good)"}"#, true), (#"{"sig":"\#(good)"}"#, false),
            (#"{"keyid":"k","sig":"*\#(good)"}"#, false), (#"{"keyid":"k","sig":""}"#, false),
            (#"{"keyid":"","sig":"\#(good)"}"#, false),
        ] {
            let text = #"{"payload":"","payloadType":"t","signatures":[\#(entry)]}"#
            #expect(try envelope(text).count(by: authority).isMet == isMet)
        }
    }

    @Test("hostile key ids are cut and escaped in messages")
    func messages() {
        let id = KeyID("\u{1B}[2J")
        #expect(
            "\(SigningError.duplicateSignature(id))"
                == #"signature of key "\u{1b}[2J" stands twice"#)
        let plain = KeyID("0123456789abcdef")
        #expect(
            "\(SigningError.duplicateSignature(plain))" == "signature of key 01234567 stands twice")
    }
}
