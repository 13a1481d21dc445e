// SPDX-License-Identifier: Apache-2.0
import Releases
import Testing

@Suite("How far downloads are, in one line")
struct ProgressTests {
    private func words(
        _ received: Int, of length: Int, resumed: Int = 0, seconds: Double = 10
    ) -> String {
        DownloadProgress.words(
            [DownloadProgress(path: "a", received: received, length: length, resumed: resumed)],
            seconds: seconds)
    }

    @Test("a share, bytes, pace and what is left")
    func usual() {
        #expect(
            words(12_300_000, of: 27_100_000)
                == "45%  12.3 MB of 27.1 MB  1.2 MB/s  13 s left")
        #expect(words(1000, of: 1_000_000) == "0%  1.0 kB of 1.0 MB  100 bytes/s  166 min left")
        #expect(words(5, of: 5) == "100%  5 bytes of 5 bytes  0 bytes/s")
        #expect(
            words(999, of: 1000, seconds: 1) == "99%  999 bytes of 1.0 kB  999 bytes/s  1 s left")
    }

    @Test("what an earlier run left counts for the share, not for the pace")
    func resumed() {
        #expect(
            words(6_000_000, of: 10_000_000, resumed: 5_000_000)
                == "60%  6.0 MB of 10.0 MB  100.0 kB/s  40 s left")
        #expect(words(5, of: 10, resumed: 8) == "50%  5 bytes of 10 bytes  0 bytes/s")
    }

    @Test("of an unknown length, what is there and the pace alone")
    func unknownLength() {
        #expect(words(12_300_000, of: 0) == "12.3 MB  1.2 MB/s")
        #expect(words(0, of: 0) == "0 bytes  0 bytes/s")
        let files = [(5, 10), (7, 0)].map {
            DownloadProgress(path: "\($0)", received: $0, length: $1)
        }
        #expect(DownloadProgress.words(files, seconds: 1) == "2 files  12 bytes  12 bytes/s")
    }

    @Test("more than the whole is all of it, however much more and however long the whole")
    func tooMuch() {
        #expect(words(20, of: 10) == "100%  20 bytes of 10 bytes  2 bytes/s")
        #expect(words(.max, of: 1).hasPrefix("100%  1000000000.0 GB of 1 bytes"))
        #expect(words(1, of: .max).hasPrefix("0%  1 bytes of 1000000000.0 GB"))
        #expect(words(-1, of: -1) == "0 bytes  0 bytes/s")
        let files = (0..<3).map {
            DownloadProgress(path: "\($0)", received: .max, length: .max)
        }
        #expect(DownloadProgress.words(files, seconds: 0).hasPrefix("3 files  100%  "))
    }

    @Test("a pace too slow to end is bounded, and so is no time at all")
    func pace() {
        #expect(words(1, of: .max, seconds: 1).hasSuffix("1 bytes/s  16666666 min left"))
        #expect(words(1000, of: 2000, seconds: 0) == "50%  1.0 kB of 2.0 kB  1.0 MB/s  1 s left")
        #expect(words(1, of: 2000, seconds: 1e9) == "0%  1 bytes of 2.0 kB  0 bytes/s")
    }
}
