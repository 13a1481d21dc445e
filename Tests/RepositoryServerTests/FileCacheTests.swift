// SPDX-License-Identifier: Apache-2.0

import RepositoryServer
import Testing

@Suite("Serving: files in memory")
struct FileCacheTests {
    @Test("the bound holds, whatever comes in")
    func bound() {
        var cache = FileCache<Int>(maximumBytes: 1000)
        for number in 0..<500 {
            let key = PathKey(path: "/\(number % 37)")
            cache.insert(number, key, cost: 1 + number * 7 % 300)
            _ = cache.file(PathKey(path: "/\(number % 11)"))
            if number % 13 == 0 { cache.remove(key) }
            #expect(cache.bytes <= 1000)
        }
    }

    @Test("what is used stays, what is not used goes")
    func lastUsed() {
        var cache = FileCache<Int>(maximumBytes: 1000)
        let used = PathKey(path: "/used")
        cache.insert(1, used, cost: 10)
        cache.insert(2, PathKey(path: "/unused"), cost: 10)
        for number in 0..<100 {
            cache.insert(number, PathKey(path: "/\(number)"), cost: 100)
            #expect(cache.file(used) == 1)
        }
        #expect(cache.file(PathKey(path: "/unused")) == nil)
        #expect(cache.file(PathKey(path: "/0")) == nil)
        #expect(cache.file(PathKey(path: "/99")) == 99)
    }

    @Test("a new version takes the place of the old one, and removing gives the bytes back")
    func replace() {
        var cache = FileCache<Int>(maximumBytes: 1000)
        let key = PathKey(path: "/a")
        cache.insert(1, key, cost: 200)
        cache.insert(2, key, cost: 300)
        #expect(cache.file(key) == 2)
        #expect(cache.bytes == 300)
        cache.insert(3, key, cost: 501)
        #expect(cache.file(key) == nil)
        #expect(cache.bytes == 0)
        cache.insert(4, key, cost: 500)
        cache.remove(key)
        #expect(cache.bytes == 0)
    }

    @Test(
        "dates are written as RFC 9110 §5.6.7 wants them",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"),
        ])
    func dates(second: Int, text: String) {
        #expect(String(decoding: HTTPDate.bytes(second), as: UTF8.self) == text)
        #expect(HTTPDate.length == HTTPDate.bytes(second).count)
    }
}
