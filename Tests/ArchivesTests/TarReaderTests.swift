// SPDX-License-Identifier: Apache-2.0
import Archives
import Testing

@Suite("Tar archives: what is read")
struct TarReaderTests {
    @Test("files, folders, links, long names of each kind")
    func plain() throws {
        let long = String(repeating: "longer/", count: 60) + "file"
        let archive = TarBuilder.archive { tar in
            tar.add("./", kind: "5")
            tar.add("./a", "one")
            tar.add("d/", kind: "5")
            tar.add("d/b", "two", kind: "\u{0}")
            tar.add("e//./c", "three")
            tar.add("hard", kind: "1", link: "./a")
            tar.add("soft", kind: "2", link: "d/../a")
            tar.add("folder", kind: "2", link: "d")
            tar.add("nowhere", kind: "2", link: "d/none")
            tar.add("././@LongLink", long + "\u{0}", kind: "L")
            tar.add("cut", "four")
            tar.addPax([("path", "pax/é"), ("mtime", "1.5"), ("comment", "=\n=")])
            tar.add("cut", "five")
            tar.addPax([("comment", "of all")], kind: "g")
            tar.add("f", "six") { header in
                header.replaceSubrange(345..<351, with: "prefix".utf8)
            }
        }
        let files = try Unpack.tar(archive).mapValues { String(decoding: $0, as: UTF8.self) }
        #expect(
            files == [
                "a": "one", "d/b": "two", "folder/b": "two", "e/c": "three", "hard": "one",
                "soft": "one", long: "four", "pax/é": "five", "prefix/f": "six",
            ])
    }

    @Test("leading segments are stripped as GNU tar does")
    func stripped() throws {
        let archive = TarBuilder.archive { tar in
            tar.add("./top/", kind: "5")
            tar.add("./top/a", "one")
            tar.add("./b", "two")
            tar.add("./top/hard", kind: "1", link: "./top/a")
        }
        #expect(Set(try Unpack.tar(archive, stripped: 1).keys) == ["top/a", "b", "top/hard"])
        #expect(Set(try Unpack.tar(archive, stripped: 2).keys) == ["a", "hard"])
        #expect(try Unpack.tar(archive, stripped: 3).isEmpty)
    }

    @Test("an empty archive is one")
    func empty() throws {
        #expect(try Unpack.tar(TarBuilder().ended).isEmpty)
        #expect(try Unpack.tar(TarBuilder().ended + [UInt8](repeating: 0, count: 9216)).isEmpty)
    }

    @Test("a size in binary is a size")
    func binarySize() throws {
        let archive = TarBuilder.archive { tar in
            tar.add(
                "a", "one",
                change: { header in
                    header.replaceSubrange(
                        124..<136, with: [0x80] + [UInt8](repeating: 0, count: 10) + [3])
                })
        }
        #expect(try Unpack.tar(archive) == ["a": Array("one".utf8)])
    }

    @Test("each packing, also of several streams", arguments: ["gzip", "xz", "zstd"])
    func packed(_ program: String) throws {
        let folder = TestFolder()
        let archive = TarBuilder.archive { tar in tar.add("a", "one") }
        folder.write("a", Array(archive[..<700]))
        folder.write("b", Array(archive[700...]))
        try folder.run("\(program) -c a >c; \(program) -c b >>c; rm a b")
        let packed = try folder.read("c")
        let packing = try #require(
            ["gzip": Packing.gzip, "xz": .xz, "zstd": .zstd][program])
        #expect(try Unpack.tar(packed, packing) == ["a": Array("one".utf8)])
        #expect(throws: ArchiveError.archive(format(packing), .strayBytes)) {
            try Unpack.tar(packed + [0], packing)
        }
        #expect(throws: ArchiveError.archive(format(packing), .truncated)) {
            try Unpack.tar(packed.dropLast(), packing)
        }
        #expect(throws: ArchiveError.archive(format(packing), .otherFormat)) {
            try Unpack.tar(archive, packing)
        }
    }

    @Test("what is packed and damaged is never taken", arguments: ["gzip", "xz", "zstd"])
    func damaged(_ program: String) throws {
        let folder = TestFolder()
        folder.write("a", (0..<2000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) })
        try folder.run("\(program) -c a >c")
        let packed = try folder.read("c")
        let content = try folder.read("a")
        let packing = try #require(
            ["gzip": Packing.gzip, "xz": .xz, "zstd": .zstd][program])
        for index in packed.indices {
            var changed = packed
            changed[index] ^= 0x10
            // Some bits of the headers say nothing of the content: a time, an operating system.
            if let unpacked = try? Unpack.stream(changed, packing) { #expect(unpacked == content) }
        }
    }

    private func format(_ packing: Packing) -> ArchiveFormat {
        switch packing {
        case .gzip: .gzip
        case .xz: .xz
        case .zstd: .zstd
        case .deflate: .zip
        }
    }
}
