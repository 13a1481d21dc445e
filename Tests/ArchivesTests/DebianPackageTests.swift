// SPDX-License-Identifier: Apache-2.0
import Archives
import Testing

@Suite("Debian packages and ar archives")
struct DebianPackageTests {
    private static func ar(_ members: [(String, [UInt8])]) -> [UInt8] {
        var bytes = Array("!<arch>\n".utf8)
        for (name, data) in members {
            func padded(_ text: String, _ count: Int) -> String {
                text + String(repeating: " ", count: count - text.utf8.count)
            }
            let header =
                padded(name, 16) + padded("0", 12) + padded("0", 6) + padded("0", 6)
                + padded("100644", 8) + padded("\(data.count)", 10) + "`\n"
            bytes += header.utf8
            bytes += data + (data.count % 2 == 1 ? [0x0A] : [])
        }
        return bytes
    }

    private static let version = ("debian-binary", Array("2.0\n".utf8))
    private static let control = ("control.tar", TarBuilder.archive { $0.add("control", "x") })
    private static let data = ("data.tar", TarBuilder.archive { $0.add("./usr/a", "one") })

    @Test("its data, with names of both kinds and members that are to be passed over")
    func plain() throws {
        let package = Self.ar([Self.version, ("_note", [1]), Self.control, Self.data])
        #expect(try Unpack.deb(package) == ["usr/a": Array("one".utf8)])
        let slashed = Self.ar([
            ("debian-binary/", Self.version.1), ("control.tar/", Self.control.1),
            ("data.tar/", Self.data.1), ("_gpgbuilder", [1]),
        ])
        #expect(try Unpack.deb(slashed) == ["usr/a": Array("one".utf8)])
    }

    @Test("another order, a missing member, one more, an unknown packing")
    func members() {
        func expect(_ found: String?, _ expected: String, _ members: [(String, [UInt8])]) {
            let fault = ArchiveFault.member(found: found.map { Array($0.utf8) }, expected: expected)
            #expect(throws: ArchiveError.archive(.deb, fault)) {
                try Unpack.deb(Self.ar(members))
            }
        }
        expect(nil, "debian-binary", [])
        expect("control.tar", "debian-binary", [Self.control, Self.version, Self.data])
        expect(nil, "control.tar", [Self.version])
        expect("data.tar", "control.tar", [Self.version, Self.data, Self.control])
        expect(nil, "data.tar", [Self.version, Self.control])
        expect(
            "data.tar.bz2", "data.tar, packed by gzip, xz or zstd",
            [Self.version, Self.control, ("data.tar.bz2", [])])
        expect(
            "more", "nothing more", [Self.version, Self.control, Self.data, ("more", [])])
    }

    @Test("headers that are malformed, data that ends early, names twice")
    func headers() {
        let package = Self.ar([Self.version, Self.control, Self.data])
        func expect(_ error: ArchiveError, _ change: (inout [UInt8]) -> Void) {
            var changed = package
            change(&changed)
            #expect(throws: error) { try Unpack.deb(changed) }
        }
        expect(.archive(.ar, .otherFormat)) { $0[0] = 0x20 }
        expect(.archive(.ar, .field("header's end"))) { $0[8 + 58] = 0x20 }
        expect(.archive(.ar, .field("size"))) { $0[8 + 48] = 0x2D }
        expect(.archive(.ar, .field("name"))) { $0[8] = UInt8(ascii: "/") }
        expect(.archive(.ar, .truncated)) { $0.removeLast() }
        expect(.archive(.ar, .truncated)) { $0 += [0x20] }
        expect(.archive(.deb, .field("version"))) { $0[8 + 60] = UInt8(ascii: "3") }
        #expect(throws: ArchiveError.entry(name: Array("data.tar".utf8), .duplicate)) {
            try Unpack.deb(Self.ar([Self.version, Self.control, Self.data, Self.data]))
        }
    }
}
