// SPDX-License-Identifier: Apache-2.0
import Archives
import Testing

@Suite("Zip archives")
struct ZipTests {
    @Test("files, folders and links, with and without zip64")
    func plain() throws {
        for isLarge in [false, true] {
            let archive = ZipBuilder.archive { zip in
                zip.isLarge = isLarge
                zip.comment = Array("made by a test".utf8)
                zip.add("d/") { $0.mode = 0o040755 }
                zip.add("d/é", "one")
                zip.add("e/b", String(repeating: "two", count: 30_000))
                zip.add("link", "d/é") { $0.mode = 0o120777 }
                zip.add("dos", "three") { ($0.host, $0.mode) = (0, 0) }
                zip.add("sizes after", "four") { entry in
                    entry.flags |= 8
                    entry.descriptor = number(0x0807_4B50, 4)
                    entry.descriptor += number(Int(ZipBuilder.crc(entry.content)), 4)
                    entry.descriptor += number(4, 4) + number(4, 4)
                }
            }
            let files = try Unpack.zip(archive).mapValues { String(decoding: $0, as: UTF8.self) }
            var expected = [
                "d/é": "one", "e/b": String(repeating: "two", count: 30_000), "link": "one",
                "dos": "three", "sizes after": "four",
            ]
            #expect(files == expected)
            expected["link"] = "d/é"
            let byPython = try Unpack.zip(archive, tool: .python)
            #expect(byPython.mapValues { String(decoding: $0, as: UTF8.self) } == expected)
        }
    }

    @Test("an empty archive is one")
    func empty() throws {
        #expect(try Unpack.zip(ZipBuilder().bytes).isEmpty)
    }

    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let archive: [UInt8]
        let error: ArchiveError

        init(_ what: String, _ error: ArchiveError, _ build: (inout ZipBuilder) -> Void) {
            testDescription = what
            archive = ZipBuilder.archive(build)
            self.error = error
        }

        init(
            _ what: String, _ fault: EntryFault, on name: String = "a",
            _ build: (inout ZipBuilder) -> Void
        ) {
            self.init(what, .entry(name: Array(name.utf8), fault), build)
        }

        init(_ what: String, all fault: ArchiveFault, _ build: (inout ZipBuilder) -> Void) {
            self.init(what, .archive(.zip, fault), build)
        }
    }

    static let names = [
        Attack("an absolute name", .absoluteName, on: "/a") { $0.add("/a", "x") },
        Attack("a name that leads up", .parentName, on: "b/../../a") { $0.add("b/../../a", "x") },
        Attack("NUL in a name", .nulInName, on: "a\u{0}.txt") { $0.add("a\u{0}.txt", "x") },
        Attack("a backslash", .ambiguousName, on: "..\\a") { $0.add("..\\a", "x") },
        Attack("a control character, which unzip leaves out", .ambiguousName, on: "a\u{1}") {
            $0.add("a\u{1}", "x")
        },
        Attack("a version, which unzip cuts off", .ambiguousName, on: "a;1") { $0.add("a;1", "x") },
        Attack("a name of MS-DOS", .ambiguousName, on: "é") { zip in
            zip.add("é", "x") { ($0.flags, $0.host, $0.mode) = (0, 0, 0) }
        },
        Attack("bytes that are not UTF-8", .entry(name: [0xFF], .nameNotUTF8)) { zip in
            zip.add("", "x") { $0.name = [0xFF] }
        },
        Attack("twice the same", .duplicate) { zip in
            zip.add("a", "x")
            zip.add("./a", "y") { $0.name = Array("a".utf8) }
        },
        Attack("a folder and a file", .fileAndFolder) { zip in
            zip.add("a/") { $0.mode = 0o040755 }
            zip.add("a", "x")
        },
        Attack("a file below a link", .throughLink(at: Array("d".utf8)), on: "d/a") { zip in
            zip.add("d", "e") { $0.mode = 0o120777 }
            zip.add("d/a", "x")
        },
        Attack("a link out", .linkLeaves(target: Array("../x".utf8))) { zip in
            zip.add("a", "../x") { $0.mode = 0o120777 }
        },
        Attack("another name in an extra field", .disagreement("name")) { zip in
            zip.add("a", "x") { entry in
                entry.extra = number(0x7075, 2) + number(6, 2) + [1] + number(0, 4) + [0x62]
            }
        },
    ]

    static let kinds = [
        Attack("a device", .device) { $0.add("a") { $0.mode = 0o020644 } },
        Attack("a pipe", .pipe) { $0.add("a") { $0.mode = 0o010644 } },
        Attack("a socket", .unknownKind(12)) { $0.add("a") { $0.mode = 0o140644 } },
        Attack("a folder's kind without its slash", .fileAndFolder) {
            $0.add("a") { $0.mode = 0o040755 }
        },
        Attack("a folder's slash without its kind", .fileAndFolder, on: "a/") {
            $0.add("a/") { $0.mode = 0o100644 }
        },
        Attack("a link by MS-DOS", .disagreement("kind")) {
            $0.add("a", "b") { ($0.host, $0.mode) = (0, 0o120777) }
        },
        Attack("a folder with a content", .size(found: 1, expected: 0), on: "a/") {
            $0.add("a/", "x") { $0.mode = 0o040755 }
        },
        Attack("encrypted", .encrypted) { $0.add("a", "x") { $0.flags |= 1 } },
        Attack("another method", .method(12)) { $0.add("a", "x") { $0.method = 12 } },
    ]

    static let headers = [
        Attack("two names", .disagreement("name")) {
            $0.add("a", "x") { $0.localName = [0x62] }
        },
        Attack("two methods", .disagreement("method")) {
            $0.add("a", "x") { $0.localMethod = 8 }
        },
        Attack("two meanings", .disagreement("flags")) { $0.add("a", "x") { $0.localFlags = 0 } },
        Attack("two sizes", .disagreement("size")) { $0.add("a", "x") { $0.localBytes = 9 } },
        Attack("two sums", .disagreement("checksum")) { $0.add("a", "x") { $0.localCRC = 9 } },
        Attack("a wrong sum", .checksum) { $0.add("a", "x") { $0.crc = 9 } },
        Attack("a wrong size", .size(found: 1, expected: 9)) { $0.add("a", "x") { $0.bytes = 9 } },
        Attack("a size that runs into the next entry", .overlap) { zip in
            zip.add("a", "x") { ($0.bytes, $0.packedBytes) = (99, 99) }
            zip.add("b", "y")
        },
        Attack("one place twice", .overlap) { zip in
            zip.add("a", "x")
            zip.add("b", "x") { $0.place = 0 }
        },
        Attack("numbers after the data that are others", .disagreement("size")) {
            $0.add("a", "x") { entry in
                entry.flags |= 8
                entry.descriptor = number(0, 4) + number(2, 4) + number(2, 4)
            }
        },
        Attack("two sizes in zip64", .disagreement("size")) {
            $0.add("a", "x") { $0.extra = number(1, 2) + number(8, 2) + number(7, 8) }
        },
        Attack("extra fields that do not end", .field("extra")) {
            $0.add("a", "x") { $0.extra = number(5, 2) + number(9, 2) }
        },
        Attack("something before the archive", all: .strayBytes) { zip in
            zip.prefix = Array("#!/bin/sh\n".utf8)
            zip.add("a", "x")
        },
        Attack("something before the archive, with its places as before", all: .strayBytes) { zip in
            zip.prefix = Array("#!/bin/sh\n".utf8)
            zip.statedStart = 32
            zip.add("a", "x") { $0.place = 0 }
        },
        Attack("something between its entries", all: .strayBytes) { zip in
            zip.add("a", "x") { $0.descriptor = [0] }
            zip.add("b", "y")
        },
        Attack("something before its directory", all: .strayBytes) { zip in
            zip.add("a", "x")
            zip.gap = Array("hidden".utf8)
        },
        Attack("fewer entries than it says", all: .disagreement("entries")) { zip in
            zip.add("a", "x")
            zip.statedEntries = 2
        },
        Attack("the same in zip64", all: .disagreement("entries")) { zip in
            zip.isLarge = true
            zip.add("a", "x")
            zip.statedEntries = 2
        },
        Attack("a second end in its comment", all: .strayBytes) { zip in
            zip.comment = ZipBuilder().bytes + [0]
            zip.add("a", "x")
        },
        Attack("several parts", all: .unsupported("an archive in several parts")) { $0.disk = 1 },
    ]

    @Test("names, kinds and headers that are refused", arguments: names + kinds + headers)
    func refused(_ attack: Attack) {
        #expect(throws: attack.error) { try Unpack.zip(attack.archive) }
    }

    @Test("an archive that ends before its end, or goes on behind it")
    func ends() {
        let archive = ZipBuilder.archive { $0.add("a", "content") }
        for count in 0..<archive.count {
            #expect(throws: ArchiveError.self, "\(count)") {
                try Unpack.zip(Array(archive[..<count]))
            }
        }
        #expect(throws: ArchiveError.archive(.zip, .strayBytes)) { try Unpack.zip(archive + [0]) }
    }

    @Test("of the archives that one changed byte makes, none gives another content")
    func changed() throws {
        let archive = ZipBuilder.archive { zip in
            zip.add("a", "content")
            zip.add("b/c", "more of it")
        }
        let contents = Set(try Unpack.zip(archive).values)
        for index in archive.indices {
            var changed = archive
            changed[index] ^= 1
            guard let files = try? Unpack.zip(changed) else { continue }
            #expect(Set(files.values) == contents, "\(index)")
        }
    }
}
