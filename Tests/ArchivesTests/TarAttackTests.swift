// SPDX-License-Identifier: Apache-2.0
import Archives
import Testing

@Suite("Tar archives: what is refused, and with which words")
struct TarAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let archive: [UInt8]
        let error: ArchiveError

        init(_ what: String, _ error: ArchiveError, _ build: (inout TarBuilder) -> Void) {
            testDescription = what
            archive = TarBuilder.archive(build)
            self.error = error
        }

        init(
            _ what: String, _ fault: EntryFault, on name: String = "a",
            _ build: (inout TarBuilder) -> Void
        ) {
            self.init(what, .entry(name: Array(name.utf8), fault), build)
        }
    }

    static let names = [
        Attack("an absolute name", .absoluteName, on: "/etc/x") { $0.add("/etc/x", "x") },
        Attack("a name that leads up", .parentName, on: "a/../../x") { $0.add("a/../../x", "x") },
        Attack("a name that leads up in a pax header", .parentName, on: "../x") { tar in
            tar.addPax([("path", "../x")])
            tar.add("a", "x")
        },
        Attack("NUL in a pax name", .nulInName, on: "a\u{0}b") { tar in
            tar.addPax([("path", "a\u{0}b")])
            tar.add("a", "x")
        },
        Attack("NUL in a long name", .archive(.tar, .field("long name"))) { tar in
            tar.add("l", "a\u{0}b\u{0}", kind: "L")
            tar.add("a", "x")
        },
        Attack("a name that is not UTF-8", .entry(name: [0xFF, 0x61], .nameNotUTF8)) { tar in
            tar.add([0xFF, 0x61])
        },
        Attack("a file without a name", .emptyName, on: "./") { tar in
            tar.add("./", kind: "2", link: "a")
        },
        Attack("a file of the same name", .duplicate) { tar in
            tar.add("a", "x")
            tar.add("a", "y")
        },
        Attack("the same name in other words", .duplicate, on: "./d//a") { tar in
            tar.add("d/a", "x")
            tar.add("./d//a", "y")
        },
        Attack("a folder twice", .duplicate, on: "d/") { tar in
            tar.add("d/", kind: "5")
            tar.add("d/", kind: "5")
        },
        Attack("a folder and a file", .fileAndFolder) { tar in
            tar.add("a/", kind: "5")
            tar.add("a", "x")
        },
        Attack("a file and a folder", .fileAndFolder, on: "a/") { tar in
            tar.add("a", "x")
            tar.add("a/", kind: "5")
        },
        Attack("a file in a file", .fileAndFolder, on: "a/b") { tar in
            tar.add("a", "x")
            tar.add("a/b", "y")
        },
        Attack("a file whose name ends with a slash", .fileAndFolder, on: "a/") {
            $0.add("a/", "x")
        },
    ]

    static let links = [
        Attack("a link to an absolute place", .linkLeaves(target: Array("/etc".utf8))) {
            $0.add("a", kind: "2", link: "/etc")
        },
        Attack("a link out", .linkLeaves(target: Array("d/../../x".utf8))) {
            $0.add("a", kind: "2", link: "d/../../x")
        },
        Attack(
            "a link out through another link", .linkLeaves(target: Array("b/../../x".utf8))
        ) { tar in
            tar.add("b", kind: "2", link: "d")
            tar.add("d/", kind: "5")
            tar.add("a", kind: "2", link: "b/../../x")
        },
        Attack(
            "a link out that looks as if it stayed", .linkLeaves(target: Array("b/../..".utf8)),
            on: "e/f/a"
        ) { tar in
            tar.add("b", kind: "2", link: ".")
            tar.add("e/f/b", kind: "2", link: "../..")
            tar.add("e/f/a", kind: "2", link: "b/../..")
        },
        Attack(
            "a file through a link", .throughLink(at: Array("d".utf8)), on: "d/x"
        ) { tar in
            tar.add("d", kind: "2", link: "e")
            tar.add("d/x", "x")
        },
        Attack("a file in the place of a link", .duplicate) { tar in
            tar.add("a", kind: "2", link: "b")
            tar.add("a", "x")
        },
        Attack("a folder in the place of a link", .fileAndFolder, on: "a/") { tar in
            tar.add("a", kind: "2", link: "b")
            tar.add("a/", kind: "5")
        },
        Attack("a link to the folder it is in", .linkLoop(target: Array("..".utf8)), on: "d/a") {
            $0.add("d/a", kind: "2", link: "..")
        },
        Attack("a hard link to what is not there", .hardLink(target: Array("b".utf8))) { tar in
            tar.add("a", kind: "1", link: "b")
            tar.add("b", "x")
        },
        Attack("a hard link out", .parentName, on: "../b") {
            $0.add("a", kind: "1", link: "../b")
        },
        Attack("a hard link to a link", .hardLink(target: Array("b".utf8))) { tar in
            tar.add("b", kind: "2", link: "c")
            tar.add("a", kind: "1", link: "b")
        },
    ]

    static let kinds = [
        Attack("a character device", .device) { $0.add("a", kind: "3") },
        Attack("a block device", .device) { $0.add("a", kind: "4") },
        Attack("a named pipe", .pipe) { $0.add("a", kind: "6") },
        Attack("a sparse file of GNU", .sparse) { $0.add("a", "x", kind: "S") },
        Attack("a sparse file of pax", .sparse) { tar in
            tar.addPax([("GNU.sparse.major", "1")])
            tar.add("a", "x")
        },
        Attack("another kind", .unknownKind(0x37)) { $0.add("a", kind: "7") },
        Attack("a folder with a content", .size(found: 1, expected: 0), on: "a/") {
            $0.add("a/", "x", kind: "5")
        },
        Attack("a link with a content", .size(found: 1, expected: 0)) {
            $0.add("a", "x", kind: "2", link: "b")
        },
    ]

    static let headers = [
        Attack("two sizes", .size(found: 512, expected: 0)) { tar in
            tar.addPax([("size", "512")])
            tar.add("a", kind: "0")
            tar.add("hidden", "x")
        },
        Attack("a size twice", .archive(.tar, .disagreement("size"))) { tar in
            tar.addPax([("size", "0"), ("size", "512")])
            tar.add("a")
        },
        Attack("two extended headers", .archive(.tar, .disagreement("extended headers"))) { tar in
            tar.addPax([("path", "a")])
            tar.addPax([("path", "b")])
            tar.add("c")
        },
        Attack("pax and GNU names", .archive(.tar, .disagreement("extended headers"))) { tar in
            tar.addPax([("path", "a")])
            tar.add("l", "b\u{0}", kind: "L")
            tar.add("c")
        },
        Attack("a name for all", .archive(.tar, .unsupported("a global name or size"))) { tar in
            tar.addPax([("path", "a")], kind: "g")
        },
        Attack(
            "another character set",
            .archive(.tar, .unsupported("another character set than UTF-8"))
        ) { tar in
            tar.addPax([("hdrcharset", "BINARY")])
        },
        Attack("a record that is longer than its header", .archive(.tar, .field("pax record"))) {
            $0.add("x", "99 path=a\n", kind: "x")
        },
        Attack("a record of no length", .archive(.tar, .field("pax record"))) {
            $0.add("x", "0 path=a\n", kind: "x")
        },
        Attack("a negative size", .archive(.tar, .field("size"))) {
            $0.add("a") { $0.replaceSubrange(124..<136, with: [UInt8](repeating: 0xFF, count: 12)) }
        },
        Attack("a size that is no number", .archive(.tar, .field("size"))) {
            $0.add("a") { $0.replaceSubrange(124..<127, with: "0x1".utf8) }
        },
        Attack("no tar", .archive(.tar, .otherFormat)) {
            $0.add("a") { $0[257] = 0x55 }
        },
        Attack("an extended header of nothing", .archive(.tar, .truncated)) {
            $0.addPax([("path", "a")])
        },
    ]

    @Test("names, links, kinds and headers", arguments: names + links + kinds + headers)
    func refused(_ attack: Attack) {
        #expect(throws: attack.error) { try Unpack.tar(attack.archive) }
    }

    @Test("an archive that ends before its end, at every byte")
    func truncated() {
        let archive = TarBuilder.archive { tar in
            tar.addPax([("path", "a")])
            tar.add("b", "content")
        }
        for count in 0..<archive.count {
            #expect(throws: ArchiveError.archive(.tar, .truncated), "\(count)") {
                try Unpack.tar(Array(archive[..<count]))
            }
        }
    }

    @Test("something after its end, or one empty block alone")
    func trailing() {
        let archive = TarBuilder.archive { $0.add("a", "x") }
        #expect(throws: ArchiveError.archive(.tar, .strayBytes)) {
            try Unpack.tar(archive + [1])
        }
        #expect(throws: ArchiveError.archive(.tar, .strayBytes)) {
            try Unpack.tar(Array(archive.dropLast(512)) + archive)
        }
    }

    @Test("a header of which any bit changed")
    func headerSum() {
        let archive = TarBuilder.archive { $0.add("a", "x") }
        for index in [0, 99, 120, 156, 300, 511] {
            var changed = archive
            changed[index] ^= 4
            #expect(throws: ArchiveError.archive(.tar, .headerSum)) { try Unpack.tar(changed) }
        }
    }

    @Test("a message is one line, whatever the name")
    func words() {
        let error = ArchiveError.entry(name: Array("a\n\u{202E}b".utf8), .duplicate)
        #expect("\(error)" == "entry \"a\\u{a}\\u{202e}b\": there twice")
        #expect(
            "\(ArchiveError.archive(.tar, .headerSum))"
                == "tar: a header does not have its checksum")
    }
}
