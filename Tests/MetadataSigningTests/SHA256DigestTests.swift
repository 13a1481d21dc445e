// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Testing

@Suite("A SHA-256 in 32 bytes")
struct SHA256DigestTests {
    @Test("its digits are those of the digest, every digit in every place")
    func digits() throws {
        for number in 0..<500 {
            let bytes = Array("\(number)".utf8)
            let expected = DigestAlgorithm.sha256.hexDigest(of: bytes)
            var running = RunningDigest(.sha256)
            bytes.withUnsafeBytes { running.update($0) }
            let digest = running.finishSHA256()
            #expect(digest.hex == expected)
            #expect(SHA256Digest(hex: expected) == digest)
            var text = Array("a".utf8)
            digest.append(to: &text)
            #expect(text == Array("a\(expected)".utf8))
            #expect(String(digest.head, radix: 16) == shortest(expected.prefix(8)))
            // The next one begins from nothing.
            #expect(running.finishSHA256().hex == DigestAlgorithm.sha256.hexDigest(of: []))
        }
    }

    private func shortest(_ digits: Substring) -> String {
        let rest = digits.drop { $0 == "0" }
        return rest.isEmpty ? "0" : String(rest)
    }

    @Test(
        "what are not 64 lower-case hexadecimal digits is none",
        arguments: [
            "", "0a", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "A", count: 64), String(repeating: "g", count: 64),
            String(repeating: "é", count: 32),
        ])
    func refused(text: String) {
        #expect(SHA256Digest(hex: text) == nil)
    }
}
