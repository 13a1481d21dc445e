// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import Testing

@Suite("Links, written piece by piece")
struct LinkWritingTests {
    private func link(_ count: Int) -> Link {
        let odd: [UTF8Text] = [
            "a\nb", "quo\"te", "back\\slash", "\u{0}", "caf\u{E9}", "cafe\u{301}", "\u{7F}", "",
        ]
        let many = (0..<count).map { UTF8Text("packages/directory/file-\($0).txt") }
        let artifacts = Artifacts(
            (odd + many).map { name in
                Artifact(
                    name: name,
                    digests: [
                        .init(algorithm: "sha512", hex: "00ff"),
                        .init(algorithm: "sha256", hex: "AB"),
                    ])
            })
        return Link(
            name: "s\"tep", materials: artifacts, products: artifacts, command: ["make", "a\nb"],
            byproducts: ["stdout": "\u{1}", "return-value": 0, "list": [1, ["a": .null]]],
            environment: ["workdir": "/x"])
    }

    @Test("in each form as the tree of the same link", arguments: [0, 1, 5000])
    func sameAsTree(count: Int) {
        let link = link(count)
        #expect(link.canonicalBytes() == link.json.canonicalBytes())
        #expect(written(link, .compact) == link.json.compactBytes())
        #expect(written(link, .indented) + [0x0A] == link.json.indentedBytes())
        #expect(link.compactByteCount() == link.json.compactBytes().count)
        let empty = Link(
            name: "", materials: Artifacts(), products: Artifacts(), command: [],
            byproducts: .object([]))
        #expect(written(empty, .indented) + [0x0A] == empty.json.indentedBytes())
    }

    @Test("no piece is much longer than 64 KiB")
    func pieces() {
        var longest = 0
        var output: [UInt8] = []
        link(5000).write(.indented, to: &output) { piece in
            longest = max(longest, piece.count)
            piece.removeAll(keepingCapacity: true)
        }
        #expect(longest > 60 << 10 && longest < 70 << 10)
    }

    private func written(_ link: Link, _ form: JSON.Form) -> [UInt8] {
        var output: [UInt8] = []
        var whole: [UInt8] = []
        link.write(form, to: &output) { piece in
            whole += piece
            piece.removeAll(keepingCapacity: true)
        }
        return whole
    }
}
