// SPDX-License-Identifier: Apache-2.0

import RepositoryServer
import Testing

@Suite("Serving: conditions and ranges (RFC 9110 §13, §14)", .timeLimit(.minutes(10)))
struct ConditionTests {
    /// Kept in memory, and streamed.
    static let lengths = [1000, 300_000]

    @Test("who has the file already gets 304", arguments: lengths)
    func notModified(length: Int) async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/a", noise(length, seed: 2))
        try await serving(scratch) { port in
            let client = try Client(port: port)
            let tag = try #require(try client.get("/targets/a").fields["etag"])
            for list in [tag, "W/" + tag, "\"x\", \(tag) ,\"y\"", "*"] {
                let answer = try client.get("/targets/a", ["If-None-Match: " + list])
                #expect(answer.status == 304, "\(list)")
                #expect(answer.fields["etag"] == tag)
                #expect(answer.fields["content-length"] == nil)
            }
            let two = ["If-None-Match: \"x\"", "If-None-Match: " + tag]
            #expect(try client.get("/targets/a", two).status == 304)
            try client.request("HEAD", "/targets/a", ["If-None-Match: " + tag])
            #expect(try client.answer(hasBody: false).status == 304)
            for list in ["\"x\"", tag + "x", String(tag.dropFirst()), ""] {
                let answer = try client.get("/targets/a", ["If-None-Match: " + list])
                #expect(answer.status == 200, "\(list)")
                #expect(answer.body.count == length)
            }
            #expect(try client.get("/targets/none", ["If-None-Match: *"]).status == 404)
        }
    }

    @Test("another version has another tag")
    func tagChanges() async throws {
        let scratch = try Scratch.repository()
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            let tag = try #require(try client.get("/metadata/timestamp.json").fields["etag"])
            try scratch.write("metadata/timestamp.json", "[]")
            let answer = try client.get("/metadata/timestamp.json", ["If-None-Match: " + tag])
            #expect(answer.status == 200)
            #expect(answer.text == "[]")
            #expect(answer.fields["etag"] != tag)
        }
    }

    @Test("a range gives that part, of small and large files", arguments: lengths)
    func ranges(length: Int) async throws {
        let scratch = try Scratch.repository()
        let bytes = noise(length, seed: 3)
        try scratch.write("targets/a", bytes)
        let parts: [(String, Range<Int>)] = [
            ("0-0", 0..<1), ("10-19", 10..<20), ("990-", 990..<length),
            ("-7", length - 7..<length), ("500-99999999999999999999", 500..<length),
            ("-99999999999999999999", 0..<length), ("0-", 0..<length),
        ]
        try await serving(scratch) { port in
            let client = try Client(port: port)
            for (field, part) in parts {
                let answer = try client.get("/targets/a", ["Range: bytes=" + field])
                #expect(answer.status == 206, "\(field)")
                #expect(answer.body == Array(bytes[part]), "\(field)")
                let expected = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(length)"
                #expect(answer.fields["content-range"] == expected)
            }
            for field in ["\(length)-", "99999999999999999999-", "-0"] {
                let answer = try client.get("/targets/a", ["Range: bytes=" + field])
                #expect(answer.status == 416, "\(field)")
                #expect(answer.fields["content-range"] == "bytes */\(length)")
            }
        }
    }

    @Test(
        "a range that is none, or more than one, is answered with the whole file",
        arguments: [
            "bytes=0-1,5-6", "bytes=5-4", "bytes=a-b", "bytes=-", "bytes=", "lines=0-1", "bytes",
            "bytes=1", "bytes=0-1-2", "bytes=+0-1", "bytes=0x1-2",
        ])
    func noRange(field: String) async throws {
        try await serving(Scratch.repository()) { port in
            let client = try Client(port: port)
            let answer = try client.get("/metadata/timestamp.json", ["Range: " + field])
            #expect(answer.status == 200)
            #expect(answer.text == "{}")
        }
        #expect(ByteRange(field.utf8, length: 10) == .whole)
    }

    @Test("a range counts for GET alone, and once")
    func rangeScope() async throws {
        try await serving(Scratch.repository()) { port in
            let client = try Client(port: port)
            try client.request("HEAD", "/metadata/timestamp.json", ["Range: bytes=0-0"])
            #expect(try client.answer(hasBody: false).status == 200)
            let two = ["Range: bytes=0-0", "Range: bytes=1-1"]
            #expect(try client.get("/metadata/timestamp.json", two).status == 200)
        }
    }

    @Test("If-Range goes on with the same file, and starts over with another")
    func ifRange() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/a", "0123456789")
        try await serving(scratch) { port in
            let client = try Client(port: port)
            let tag = try #require(try client.get("/targets/a").fields["etag"])
            let same = try client.get("/targets/a", ["Range: bytes=4-", "If-Range: " + tag])
            #expect(same.status == 206)
            #expect(same.text == "456789")
            let other = ["W/" + tag, "\"x\"", "Sun, 06 Nov 1994 08:49:37 GMT"]
            for tag in other {
                let whole = try client.get("/targets/a", ["Range: bytes=4-", "If-Range: " + tag])
                #expect(whole.status == 200)
                #expect(whole.text == "0123456789")
            }
        }
    }

    @Test("the unit of a range may be in capitals, with blanks around the numbers")
    func rangeSpelling() {
        #expect(ByteRange("Bytes=2-3".utf8, length: 10) == .part(2..<4))
        #expect(ByteRange(" bytes= 2 - 3 ".utf8, length: 10) == .part(2..<4))
        #expect(ByteRange("bytes=-3".utf8, length: 0) == .whole)
        #expect(ByteRange("bytes=0-".utf8, length: 0) == .unsatisfiable)
    }
}
