// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("The page of a verdict in a browser")
struct BrowserTests {
    /// What the browser made of a page.
    private struct Shown {
        let document: String
        /// Places that were asked for, but for the browser's own errands.
        let requests: [String]
        /// What the page was not allowed to do.
        let complaints: [String]
    }

    /// Opens a page in Chromium; no name is resolved meanwhile.
    private func show(_ page: String, on stage: Stage) throws -> Shown {
        let log = stage.path("net-log.json")
        let outcome = try stage.run([
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            "--enable-logging=stderr", "--user-data-dir=\(stage.path("browser"))",
            "--log-net-log=\(log)", "--dump-dom", "file://\(stage.path(page))",
        ])
        try #require(outcome.status == 0, "\(outcome)")
        let addresses = try Files.text(log).split(separator: "\"url\":\"").dropFirst()
            .map { String($0.prefix { $0 != "\"" }) }
        let own = [".google.com/", ".googleapis.com/"]
        return Shown(
            document: outcome.output,
            requests: addresses.filter { address in
                address.hasPrefix("http") && !own.contains { address.contains($0) }
            },
            complaints: outcome.errorLines.filter { $0.contains("CONSOLE") })
    }

    private let evil = "<script>document.title='owned'</script><img src='http://127.0.0.1:9/x'>"

    @Test("it shows the verdict, asks nobody and runs nothing, hostile names and all")
    func pages() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        let verified = try stage.succeed(
            ["verify", "work/dist/demo-1.1.txt", "--html", "verified.html"], home: "user")
        let got = try stage.succeed(
            ["get", "demo/\(Fixture.file)", "--html", "got.html", "-o", "got.txt"], home: "user")
        #expect(got.status == 0 && Files.exists(stage.path("got.html")))
        let good = try show("verified.html", on: stage)
        let line = try needed(verified.lines.first, "the first line")
        #expect(good.document.contains("<h1>\(line)</h1>"))
        #expect(good.document.contains("</svg>") && good.document.contains("✓ checked"))
        #expect(good.requests == [] && good.complaints == [])

        try Files.write("other\n", to: stage.path("bad/demo-1.1.txt"))
        let refused = try stage.carnet(
            ["explain", "bad/demo-1.1.txt", "--html", "refused.html"], home: "user")
        #expect(refused.status == 1, "\(refused)")
        let bad = try show("refused.html", on: stage)
        #expect(bad.document.contains("<body class=\"refused\">"))
        #expect(!bad.document.contains("✓") && bad.document.contains("✗ here"))
        #expect(bad.requests == [] && bad.complaints == [])
    }

    @Test("names that are markup stay names")
    func hostileName() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        let name = String(evil.map { $0 == "/" ? "|" : $0 })
        try Files.write("other\n", to: stage.path("bad/\(name)"))
        let refused = try stage.carnet(
            ["explain", "bad/\(name)", "--html", "refused.html"], home: "user")
        #expect(refused.status == 1, "\(refused)")
        let page = try show("refused.html", on: stage)
        #expect(page.document.contains("&lt;script&gt;document.title='owned'"))
        #expect(!page.document.contains("<script") && !page.document.contains("<img"))
        #expect(!page.document.contains("<title>owned"))
        #expect(page.requests == [] && page.complaints == [])
    }

    @Test("a page that asks for something would be noticed")
    func control() throws {
        let stage = try Stage()
        try Files.write("<html><body>\(evil)</body></html>", to: stage.path("control.html"))
        let control = try show("control.html", on: stage)
        #expect(control.document.contains("owned"))
        #expect(control.requests.contains("http://127.0.0.1:9/x"))
    }
}
