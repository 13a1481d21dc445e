// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@Suite("Serving: nothing but metadata and targets", .timeLimit(.minutes(10)))
struct HiddenFileTests {
    @Test(
        "a path that means another place is refused",
        arguments: [
            ("/metadata/../layouts/x", 400), ("/metadata/%2e%2e/layouts/x", 404),
            ("/metadata/%2E./layouts/x", 404), ("/metadata/..%2flayouts%2fx", 404),
            ("/metadata/%252e%252e/layouts/x", 404), ("/metadata/./timestamp.json", 400),
            ("//etc/passwd", 400), ("//", 404), ("/metadata//etc/passwd", 400),
            ("/etc/passwd", 404),
            ("/metadata/%2Fetc%2Fpasswd", 404), ("/targets/..\\layouts\\x", 400),
            ("/targets/..%5clayouts%5cx", 404), ("/targets/a%00", 404), ("/metadata/%zz", 400),
            ("/metadata/%2", 400), ("/metadata/timestamp.json/", 404),
            ("/metadata/timestamp.json/x", 404), ("/metadata/timestamp.json%00.txt", 404),
            ("http://localhost/../layouts/x", 400), ("http://localhost", 404), ("*", 400),
            ("/metadata/timestamp.json#x", 400),
        ])
    func traversal(target: String, status: Int) async throws {
        try await serving(Scratch.repository()) { port in
            let answer = try Client(port: port).get(target)
            #expect(answer.status == status)
            #expect(!answer.text.contains("private") && !answer.text.contains("root:"))
        }
    }

    @Test(
        "private parts of the repository, folders and dotfiles are not there",
        arguments: [
            "/", "/metadata", "/metadata/", "/targets", "/layouts/x", "/signing/event.json",
            "/.key", "/metadata/.hidden", "/metadata/%2ehidden", "/targets/.git/config",
            "/targets/folder", "/%6detadata/timestamp.json", "/METADATA/timestamp.json",
            "/targets/pipe",
        ])
    func notServed(target: String) async throws {
        let scratch = try Scratch.repository()
        try scratch.write("metadata/.hidden", "private")
        try scratch.makeFolder("targets/.git")
        try scratch.write("targets/.git/config", "private")
        try scratch.makeFolder("targets/folder")
        #expect(mkfifo(scratch.at("targets/pipe"), 0o644) == 0)
        try await serving(scratch) { port in
            let client = try Client(port: port)
            let answer = try client.get(target)
            #expect(answer.status == 404)
            #expect(!answer.text.contains("private"))
            #expect(answer.fields["cache-control"] == "no-cache")
            #expect(try client.get("/metadata/timestamp.json").status == 200)
        }
    }

    @Test("a name with bytes that no URL holds is refused")
    func rawBytes() async throws {
        try await serving(Scratch.repository()) { port in
            for target in ["/targets/é", "/targets/a\u{1}", "/targets/a\u{7f}"] {
                let answer = try Client(port: port).get(target)
                #expect(answer.status == 400)
            }
        }
    }

    @Test("no symbolic link is followed: to a file, to a folder, or in place of a served one")
    func links() async throws {
        let scratch = try Scratch.repository()
        try scratch.link("targets/passwd", to: "/etc/passwd")
        try scratch.link("targets/layouts", to: "../layouts")
        try scratch.link("targets/inside", to: "../metadata/timestamp.json")
        try scratch.link("targets/loop", to: "loop")
        try await serving(scratch) { port in
            let client = try Client(port: port)
            for name in ["passwd", "layouts/x", "inside", "loop", "loop/x"] {
                #expect(try client.get("/targets/" + name).status == 404, "\(name)")
            }
        }
    }

    @Test("a file that was served is not served on when a link takes its place")
    func replacedByLink() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/a", "mine")
        try scratch.makeFolder("targets/folder")
        try scratch.write("targets/folder/x", "mine")
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            #expect(try client.get("/targets/a").text == "mine")
            #expect(try client.get("/targets/folder/x").text == "mine")
            try scratch.move("targets/a", to: "old")
            try scratch.link("targets/a", to: "../old")
            try scratch.move("targets/folder", to: "targets/older")
            try scratch.link("targets/folder", to: "../layouts")
            #expect(try client.get("/targets/a").status == 404)
            #expect(try client.get("/targets/folder/x").status == 404)
        }
    }
}
