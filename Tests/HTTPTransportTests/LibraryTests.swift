// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import Testing

@Suite("libcurl, loaded when it is needed")
struct LibraryTests {
    @Test("a library that is not there is named, with the package that has it")
    func missing() {
        #expect(
            CurlLibrary.problem(with: "libcurl-none.so.4")
                == "no libcurl-none.so.4: the Debian package libcurl4 has it")
    }

    @Test("one that lacks what is called is too old")
    func incomplete() {
        #expect(
            CurlLibrary.problem(with: "libm.so.6")
                == "libm.so.6 is too old: libcurl 7.87.0 or newer expected")
    }

    @Test("the real one has it all")
    func real() {
        #expect(CurlLibrary.problem(with: "libcurl.so.4") == nil)
    }

    @Test(
        "versions before the least one are refused by their number",
        arguments: [
            (0x07_56_00, "libcurl 7.86.0 found, 7.87.0 or newer expected"),
            (0x07_51_ff, "libcurl 7.81.255 found, 7.87.0 or newer expected"),
            (0x07_57_00, nil), (0x08_00_00, nil),
        ] as [(UInt32, String?)])
    func version(number: UInt32, problem: String?) {
        #expect(CurlLibrary.problem(withVersion: .init(number: number)) == problem)
    }
}
