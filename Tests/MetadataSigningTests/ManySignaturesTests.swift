// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Testing

@Suite("Many signatures of one key")
struct ManySignaturesTests {
    @Test("each is over its own message, whichever thread makes it", arguments: KeyKind.allCases)
    func threads(kind: KeyKind) throws {
        let key = try PrivateKey(generating: kind)
        let count = 40
        let signatures = try listInParallel(count, runLength: 3) {
            (run, add) throws(SigningError) in
            for number in run { add(try key.sign(Array("message \(number)".utf8))) }
        }
        #expect(signatures.count == count)
        for (number, signature) in signatures.enumerated() {
            let message = Array("message \(number)".utf8)
            #expect(message.withUnsafeBytes { key.publicKey.verifies(signature, over: $0) })
            let other = Array("message \(number + 1)".utf8)
            #expect(!other.withUnsafeBytes { key.publicKey.verifies(signature, over: $0) })
        }
    }

    @Test("the same message twice, and messages of any length")
    func lengths() throws {
        let key = try PrivateKey(ed25519Seed: Array(repeating: 7, count: 32))
        let first = try key.sign([])
        for length in [0, 1, 63, 64, 65, 4096, 1 << 20, 0] {
            let message = [UInt8](repeating: 9, count: length)
            let signature = try key.sign(message)
            #expect(signature.count == 64)
            #expect(message.withUnsafeBytes { key.publicKey.verifies(signature, over: $0) })
        }
        #expect(try key.sign([]) == first)
    }

    @Test("of work that fails in several places the first place counts")
    func failures() {
        #expect(throws: SigningError.unsupportedKey("30")) {
            _ = try listInParallel(100, runLength: 10) { (run, add) throws(SigningError) in
                for number in run {
                    if number == 30 || number == 95 { throw .unsupportedKey("\(number)") }
                    add("element \(number), too long to be kept without memory of its own")
                }
            }
        }
        let none = listInParallel(0, runLength: 10) { (_, _: (String) -> Void) in }
        #expect(none.isEmpty)
    }
}
