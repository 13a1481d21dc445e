// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Testing

@Suite("Hexadecimal digits, base64 and digests")
struct EncodingTests {
    @Test("all bytes to hexadecimal digits and back")
    func hexRoundTrip() {
        let all = (0...255).map { UInt8($0) }
        #expect(hex(all).hasPrefix("000102") && hex(all).hasSuffix("fdfeff"))
        #expect(bytes(fromHex: hex(all)) == all)
        #expect(bytes(fromHex: "") == [])
    }

    @Test(
        "what is no run of hexadecimal digits",
        arguments: [
            "0", "abc", "0g", "g0", " 00", "00 ", "0x00", "+1", "-1", "0\u{661}", "０0", "0\n",
        ])
    func hexRefused(_ text: String) {
        #expect(bytes(fromHex: text) == nil)
        #expect(bytes(fromHex: text, lowerCaseOnly: false) == nil)
    }

    @Test("upper case only where it is allowed", arguments: ["AB", "aB", "Ab"])
    func upperCase(_ text: String) {
        #expect(bytes(fromHex: text) == nil)
        #expect(bytes(fromHex: text, lowerCaseOnly: false) == [0xAB])
    }

    @Test(
        "RFC 4648 section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func rfc4648(plain: String, encoded: String) {
        #expect(base64(Array(plain.utf8)) == encoded)
        #expect(bytes(fromBase64: encoded) == Array(plain.utf8))
        let unpadded = encoded.filter { $0 != "=" }
        #expect(bytes(fromBase64: unpadded) == Array(plain.utf8))
    }

    @Test("both alphabets of base64")
    func alphabets() {
        let value: [UInt8] = [0xFB, 0xFF, 0xBF, 0xFE]
        #expect(base64(value) == "+/+//g==")
        #expect(bytes(fromBase64: "+/+//g==") == value)
        #expect(bytes(fromBase64: "-_-__g==") == value)
        #expect(bytes(fromBase64: "-_-__g") == value)
    }

    @Test("base64 of every length up to 200 reads back")
    func base64RoundTrip() {
        for length in 0...200 {
            let value = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ length) }
            #expect(bytes(fromBase64: base64(value)) == value)
        }
    }

    @Test(
        "what is no base64",
        arguments: [
            "A", "AAAAA", "A===", "A=AA", "=AAA", "AA=A", "AA==AA", "AA A", "AA\n==", " AAAA",
            "AAAA ", "AA*A", "AA.A", "AAA\u{E9}", "AAA\0", "ＡAAA",
        ])
    func base64Refused(_ text: String) { #expect(bytes(fromBase64: text) == nil) }

    @Test(
        "FIPS 180-4 examples",
        arguments: [
            (
                DigestAlgorithm.sha256, "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            ),
            (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                .sha384, "abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                    + "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                .sha512, "abc",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ])
    func digests(algorithm: DigestAlgorithm, text: String, expected: String) {
        #expect(algorithm.hexDigest(of: Array(text.utf8)) == expected)
        #expect(expected.utf8.count == algorithm.byteCount * 2)
    }

    @Test("a running digest takes its input in any pieces and begins anew", arguments: [1, 7, 64])
    func running(piece: Int) {
        let input = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        for algorithm in DigestAlgorithm.allCases {
            var running = RunningDigest(algorithm)
            for _ in 0..<2 {
                running.update(UnsafeRawBufferPointer(start: nil, count: 0))
                for start in stride(from: 0, to: input.count, by: piece) {
                    let end = min(start + piece, input.count)
                    Array(input[start..<end]).withUnsafeBytes { running.update($0) }
                }
                #expect(running.finish() == algorithm.digest(of: input))
            }
        }
    }
}
