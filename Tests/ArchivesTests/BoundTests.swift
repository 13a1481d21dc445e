// SPDX-License-Identifier: Apache-2.0
import Archives
import Glibc
import Testing

@Suite("What an archive may become is bounded", .serialized)
struct BoundTests {
    @Test("files, sizes, names and depth of a tar archive")
    func tar() {
        var limits = ArchiveLimits()
        limits.files = 2
        limits.fileBytes = 10
        limits.totalBytes = 15
        limits.nameBytes = 12
        limits.depth = 3
        func expect(_ error: ArchiveError, _ build: (inout TarBuilder) -> Void) {
            let archive = TarBuilder.archive(build)
            #expect(throws: error) { try Unpack.tar(archive, limits: limits) }
        }
        expect(.limit(.files, found: 3, maximum: 2)) { tar in
            for name in ["a", "b", "c"] { tar.add(name) }
        }
        expect(.limit(.fileBytes, found: 11, maximum: 10)) { $0.add("a", "0123456789+") }
        expect(.limit(.totalBytes, found: 20, maximum: 15)) { tar in
            tar.add("a", "0123456789")
            tar.add("b", "0123456789")
        }
        expect(.limit(.fileBytes, found: 1 << 32, maximum: 10)) { $0.add("a", size: 1 << 32) }
        expect(.limit(.nameBytes, found: 13, maximum: 12)) { $0.add("0123456789abc") }
        expect(.limit(.depth, found: 4, maximum: 3)) { $0.add("a/b/c/d") }
    }

    @Test("links that make very many names of few are followed only so far")
    func manyNames() {
        var limits = ArchiveLimits()
        limits.files = 1000
        let archive = TarBuilder.archive { tar in
            for level in 0..<20 {
                tar.add("\(level)/a", kind: "2", link: "../\(level + 1)")
                tar.add("\(level)/b", kind: "2", link: "../\(level + 1)")
            }
            tar.add("20/x", "x")
        }
        #expect(throws: ArchiveError.limit(.files, found: 2001, maximum: 2000)) {
            try Unpack.tar(archive, limits: limits)
        }
    }

    @Test("names of an archive are bounded together, and so are the folders that they make")
    func allNames() {
        var limits = ArchiveLimits()
        limits.allNamesBytes = 20
        let long = TarBuilder.archive { tar in
            for name in ["aaaaaaaa", "bbbbbbbb", "cccccccc"] { tar.add(name) }
        }
        #expect(throws: ArchiveError.limit(.allNamesBytes, found: 24, maximum: 20)) {
            try Unpack.tar(long, limits: limits)
        }
        let zip = ZipBuilder.archive { zip in
            for name in ["aaaaaaaa", "bbbbbbbb", "cccccccc"] { zip.add(name) }
        }
        #expect(throws: ArchiveError.limit(.allNamesBytes, found: 24, maximum: 20)) {
            try Unpack.zip(zip, limits: limits)
        }
        limits = ArchiveLimits()
        limits.files = 10
        // Three entries, and a folder for each of their segments.
        let deep = TarBuilder.archive { tar in
            for name in ["a", "b", "c"] { tar.add("\(name)/b/c/d/e/f/g/h/i/j") }
        }
        #expect(throws: ArchiveError.limit(.files, found: 21, maximum: 20)) {
            try Unpack.tar(deep, limits: limits)
        }
    }

    @Test("paths through links are bounded together")
    func allPaths() {
        var limits = ArchiveLimits()
        limits.allNamesBytes = 400
        let archive = TarBuilder.archive { tar in
            for level in 0..<6 {
                tar.add("\(level)/a", kind: "2", link: "../\(level + 1)")
                tar.add("\(level)/b", kind: "2", link: "../\(level + 1)")
            }
            tar.add("6/x", "x")
        }
        #expect(throws: ArchiveError.self) { try Unpack.tar(archive, limits: limits) }
        limits.allNamesBytes = 4000
        #expect(throws: Never.self) { try Unpack.tar(archive, limits: limits) }
    }

    @Test("sizes of a zip archive, before anything of it is unpacked")
    func zip() {
        var limits = ArchiveLimits()
        limits.fileBytes = 1 << 31
        limits.ratioFloorBytes = 1000
        limits.ratio = 10
        func expect(_ error: ArchiveError, _ build: (inout ZipBuilder) -> Void) {
            let archive = ZipBuilder.archive(build)
            #expect(throws: error) { try Unpack.zip(archive, limits: limits) }
        }
        expect(.limit(.ratio, found: 400, maximum: 10)) { zip in
            zip.add("a") { ($0.method, $0.packed, $0.bytes) = (8, [1, 2, 3, 4, 5], 2000) }
        }
        expect(.limit(.fileBytes, found: 3 << 30, maximum: 1 << 31)) { zip in
            zip.add("a") { ($0.method, $0.packed, $0.bytes) = (8, [1], 3 << 30) }
        }
        limits.files = 1
        expect(.limit(.files, found: 2, maximum: 1)) { zip in
            zip.add("a")
            zip.add("b")
        }
    }

    @Test("a bomb of zip says less than it becomes, and is stopped there")
    func lyingZip() throws {
        let folder = TestFolder()
        try folder.run("head -c 50000000 /dev/zero >a; zip -q x.zip a; rm a")
        var archive = try folder.read("x.zip")
        // In both headers.
        for place in archive.indices.dropLast(4)
        where Array(archive[place..<(place + 4)]) == number(50_000_000, 4) {
            archive.replaceSubrange(place..<(place + 4), with: number(1000, 4))
        }
        let before = milliseconds()
        do {
            _ = try Unpack.zip(archive)
            Issue.record("a bomb was taken")
        } catch ArchiveError.entry(let name, .size(let found, expected: 1000)) {
            #expect(name == [0x61])
            #expect(found <= 1000 + 65536)
        }
        #expect(milliseconds() - before < 200)
    }

    @Test("a bomb of each packing is stopped early", arguments: ["gzip", "xz", "zstd"])
    func bombs(_ program: String) throws {
        let folder = TestFolder()
        try folder.run("head -c 200000000 /dev/zero | \(program) -c >bomb")
        let packing = try #require(
            ["gzip": Packing.gzip, "xz": .xz, "zstd": .zstd][program])
        let bomb = try folder.read("bomb")
        #expect(bomb.count < 500_000)
        let before = milliseconds()
        #expect {
            try Unpack.tar(bomb, packing)
        } throws: { error in
            // The first two blocks are the end of an empty archive; all that follows is zeros.
            guard case ArchiveError.limit(.ratio, let found, maximum: 200) = error else {
                return false
            }
            return found >= 200
        }
        // All of it would take much longer.
        #expect(milliseconds() - before < 500)
    }

    @Test(
        "a window that is too large is not allocated",
        arguments: [
            ("xz", "xz -9"),
            ("zstd", "zstd -q --ultra -22 --long=27"),
        ])
    func windows(_ name: String, _ program: String) throws {
        let folder = TestFolder()
        try folder.run("head -c 3000000 /dev/urandom >a; \(program) -c <a >b")
        var limits = ArchiveLimits()
        limits.windowBytes = 1 << 20
        let packing: Packing = name == "xz" ? .xz : .zstd
        let format: ArchiveFormat = name == "xz" ? .xz : .zstd
        let packed = try folder.read("b")
        #expect(throws: ArchiveError.archive(format, .window(maximumBytes: 1 << 20))) {
            try Unpack.stream(packed, packing, limits: limits)
        }
        #expect(try Unpack.stream(packed, packing).count == 3_000_000)
    }

    @Test("a library that is not there, or is another one")
    func libraries() {
        #expect(Packing.gzip.loadingCode("libnone.so.1") == 1)
        #expect(Packing.zstd.loadingCode("libc.so.6") == 2)
        #expect(
            "\(ArchiveError.noLibrary(.zstd, isOld: false))"
                == "no libzstd.so.1: the Debian package libzstd1 has it")
    }

    /// Processor time of this thread so far, in milliseconds.
    private func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
