// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("Links from a server, a release page and a wheel")
struct LinkSourceTests {
    private func release(_ stage: Stage, _ sources: [String]) throws -> Outcome {
        try stage.carnet(
            ["release", "work/dist/demo-1.1.txt", "--repository", "repository", "--links"] + sources
        )
    }

    /// Python's own server, whose listings nobody reads.
    private func withServer(_ stage: Stage, _ body: (String) throws -> Void) throws {
        let script = """
            import http.server, functools, sys
            h = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
            s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), h)
            print("http://127.0.0.1:%d/" % s.server_port, flush=True)
            s.serve_forever()
            """
        let output = try Pipe()
        let program = Program(
            words: ["python3", "-c", script, stage.path("links")],
            environment: ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/bin"],
            folder: stage.folder)
        let process = try program.start(output: output.writing, errors: 2)
        output.closeWriting()
        defer {
            kill(process, SIGKILL)
            wait(for: process)
        }
        try body(try needed(output.line(), "the server's address"))
    }

    @Test("they are carried, and the verdict is the one that a folder gives")
    func carried() throws {
        let stage = try Stage.withRelease()
        try withServer(stage) { url in
            let web = try release(stage, [url])
            #expect(web.status == 0 && web.output.hasPrefix("VERIFIED"), "\(web)")
            let assets = try Files.names(in: stage.path("links")).map {
                "{\"name\": \"\($0)\", \"browser_download_url\": \"\(url)\($0)\"}"
            }
            try Files.write(
                "{\"assets\": [\(assets.joined(separator: ","))]}", to: stage.path("release.json"))
            let page = try release(stage, ["release.json"])
            #expect(page.status == 0 && page.output.hasPrefix("VERIFIED"), "\(page)")
        }
        let zip = """
            import zipfile, os
            with zipfile.ZipFile("carrier.whl", "w", zipfile.ZIP_DEFLATED) as z:
                for n in os.listdir("links"):
                    z.write("links/" + n, "demo-1.1.dist-info/extra_metadata/" + n)
            """
        #expect(try stage.run(["python3", "-c", zip]).status == 0)
        let wheel = try release(stage, ["carrier.whl"])
        #expect(wheel.status == 0 && wheel.output.hasPrefix("VERIFIED"), "\(wheel)")
    }

    @Test("a place that gives nothing is one error, and leaves the repository as it was")
    func nothing() throws {
        let stage = try Stage.withRelease()
        let words = ["release", "work/dist/demo-1.1.txt", "--repository", "repository", "--links"]
        try Files.write("no zip", to: stage.path("no.whl"))
        try Files.write("[7]", to: stage.path("no.json"))
        try Files.write("x", to: stage.path("notes.txt"))
        for (source, message) in [
            ("http://127.0.0.1:9/", "not reachable"), ("http://192.0.2.1/", "scheme http refused"),
            ("https://ci.example.org/42", "with / at its end"),
            ("no.whl", "no.whl: not a zip archive"),
            ("no.json", "no.json: no list"), ("notes.txt", "no place of links"),
            ("none", "no such folder of links"),
        ] {
            try stage.expectFailure(words + [source], saying: [message])
        }
    }
}
