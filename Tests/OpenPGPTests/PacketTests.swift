// SPDX-License-Identifier: Apache-2.0
import OpenPGP
import Testing

@Suite("RFC 4880 §4 to §6: packets and armor")
struct PacketTests {
    private func fault(_ bytes: [UInt8]) -> OpenPGPFault? {
        do throws(OpenPGPFault) { _ = try OpenPGPCertificate(bytes) } catch { return error }
        return nil
    }

    @Test(
        "framing that is not of one kind is refused by name",
        arguments: [
            ([], .malformed("no key")),
            ([0x68], .malformed("byte 104 begins no packet")),
            ([0x80, 0], .malformed("packet of tag 0")),
            ([0xC0, 0], .malformed("packet of tag 0")),
            ([0x9B], .malformed("packet of unknown length")),
            ([0xC6, 0xE0], .malformed("packet in parts")),
            ([0x99, 0xFF], .malformed("packet length of 2 bytes, 1 left")),
            ([0x99, 0xFF, 0xFF], .malformed("packet of 65535 bytes, 0 left")),
            ([0xC6, 0xC0], .malformed("packet length missing")),
            (
                [0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                .malformed("packet of 4294967295 bytes, 0 left")
            ),
            ([0xB4, 0], .malformed("no key at the beginning")),
            ([0x88, 0], .malformed("no key at the beginning")),
            ([0x98, 0], .malformed("key version missing")),
            ([0x98, 1, 6], .malformed("key of version 6, expected 4")),
            ([0x98, 6, 4, 0, 0, 0, 0, 3], .algorithm(number: 3)),
            ([0x98, 6, 4, 0, 0, 0, 0, 27], .algorithm(number: 27)),
            ([0x98, 8, 4, 0, 0, 0, 0, 22, 1, 9], .curve("09")),
            ([0x98, 8, 4, 0, 0, 0, 0, 1, 0xFF, 0xFF], .malformed("modulus of 65535 bits")),
            (
                [0x98, 9, 4, 0, 0, 0, 0, 1, 0, 9, 1],
                .malformed("modulus of 2 bytes, 1 left")
            ),
            (
                [0x98, 10, 4, 0, 0, 0, 0, 1, 0, 9, 0, 1],
                .malformed("modulus has another length than it says")
            ),
            ([0x98, 10, 4, 0, 0, 0, 0, 1, 0, 1, 1, 0], .malformed("exponent of 2 bytes, 1 left")),
        ] as [([UInt8], OpenPGPFault)])
    func framing(_ bytes: [UInt8], _ expected: OpenPGPFault) {
        #expect(fault(bytes) == expected)
    }

    @Test(
        "armor that is not exactly one block is refused",
        arguments: [
            ("-----BEGIN PGP MESSAGE-----\n\n-----END PGP MESSAGE-----", "armor of another kind"),
            ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmA==", "armor without its end"),
            (block("mA=="), "armor without its empty line"),
            (block("no header\n\nmA=="), "armor with a header that is none"),
            (block("\nmA="), "armor that is no base64"),
            (block("\nmA*="), "armor that is no base64"),
            (block("\nmA==\nmA=="), "armor that is no base64"),
            (block("\nmA==\n=AAAA"), "armor with a wrong check sum"),
            (block("\nmA==\n=AA"), "armor with a check sum that is none"),
            (block("\nmA==") + "more", "armor without its end"),
            ("x" + block("\nmA=="), "byte 120 begins no packet"),
            (block("\nmA==") + block("\nmA=="), "armor that is no base64"),
            (block("\n"), "no key"),
        ])
    func armor(_ text: String, _ words: String) {
        #expect(fault(Array(text.utf8)) == .malformed(words))
    }

    @Test("what is inside armor is read as it is, whatever its headers and line ends")
    func inside() {
        for text in [
            block("\nmA=="), block("Comment: a\r\n\r\nmA==\r"), "\n" + block("\n mA==") + "\n ",
        ] {
            let isIndented = text.contains(" mA")
            #expect(
                fault(Array(text.utf8))
                    == .malformed(
                        isIndented ? "armor that is no base64" : "packet length of 1 bytes, 0 left")
            )
        }
    }

    @Test("more than is read is refused before it costs anything")
    func bounds() {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(
            fault([UInt8](repeating: 0x98, count: (4 << 20) + 1))
                == .tooMany("bytes of OpenPGP data", maximum: 4 << 20))
        // Packets of a kind that says nothing.
        let many = [[UInt8]](repeating: [0xCA, 0], count: 200_000).flatMap { $0 }
        #expect(fault(many) == .tooMany("packets", maximum: 131_072))
        #expect(fault(Array(many.prefix(200_000))) == .malformed("no key"))
        #expect(clock.now - start < .seconds(30))
    }
}

private func block(_ inside: String) -> String {
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\(inside)\n-----END PGP PUBLIC KEY BLOCK-----\n"
}
