// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("A first release of very many files")
struct BinsTests {
    @Test("goes into bins at once; one more file touches one bin; python-tuf reads them all")
    func bins() throws {
        let scene = try Ceremony()
        let stage = scene.stage
        for number in 0..<70 {
            try Files.makeFolder(stage.path("files/demo/\(number % 7)"))
            try Files.write(
                "file \(number)", to: stage.path("files/demo/\(number % 7)/f\(number)"))
        }
        let released = try scene.carnet(
            "publisher", "release", "--folder", stage.path("files"), "--link", "--bins", "16")
        #expect(released.output.contains("70 files verified"), "\(released)")
        func metadata() throws -> Set<String> {
            Set(try Files.names(in: stage.path("repository/metadata")))
        }
        let first = try metadata()
        #expect(first.filter { $0.hasPrefix("1.releases-") }.count == 16)
        // Flat first it would have been published twice.
        #expect(first.contains("2.snapshot.json") && !first.contains("3.snapshot.json"))
        #expect(try scene.pythonReads("demo/0/f0", "demo/6/f69").hasPrefix("root 1 "))
        try Files.write("one more", to: stage.path("more"))
        try scene.carnet("publisher", "release", stage.path("more"), "--as", "demo/7/more")
        let second = try metadata().subtracting(first)
        #expect(second.count == 2 && second.contains("3.snapshot.json"), "\(second)")
        #expect(second.filter { $0.hasPrefix("2.releases-") }.count == 1, "\(second)")
        #expect(try scene.pythonReads("demo/7/more").hasPrefix("root 1 "))
        let odd = try scene.failure(
            "publisher", "release", stage.path("more"), "--as", "demo/8/more", "--bins", "12")
        expectOneError(odd, status: 2, saying: ["12 bins", "a power of two"])
    }
}
