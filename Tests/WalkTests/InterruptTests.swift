// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("A long download: how far it is, Ctrl-C, and going on from there", .timeLimit(.minutes(5)))
struct InterruptTests {
    private static let paths = ["demo/2.0/README-2.0.txt", "demo/2.1/README-2.1.txt"]
    private static let bytes = 6 << 20

    /// What `demo` gives for a path.
    private static func content(_ path: String) -> [UInt8] {
        let block = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3 &+ path.utf8.count) }
        let piece = block + Array(path.utf8)
        // Piece by piece, as a lazy sequence takes seconds in a debug build.
        var content: [UInt8] = []
        while content.count < bytes { content += piece }
        return content
    }

    /// A stage where `user` trusts a served repository with two long files, by way of a relay.
    private static func stage(_ pace: Relay.Pace) throws -> (Stage, Relay) {
        let stage = try Stage.withRelease()
        var attacker = Attacker(stage)
        for path in paths { try attacker.put(content(path), at: path, in: "releases") }
        try attacker.publish()
        let relay = try Relay(to: try stage.serve(), pace)
        try stage.trust(relay.url)
        return (stage, relay)
    }

    /// A map that asks `demo` for everything.
    private static func useMap(_ stage: Stage, _ relay: Relay) throws {
        let map = """
            {"repositories": {"demo": ["\(relay.url)"]},
             "mapping": [{"paths": ["*"], "repositories": ["demo"], "threshold": 1,
                          "terminating": true}]}
            """
        try Files.write(map, to: stage.path("map.json"))
        try stage.succeed(["trust", "map", "map.json"], home: "user")
    }

    private static func parts(_ stage: Stage) throws -> [String] {
        try Files.tree(stage.path("out")).keys.filter { $0.hasSuffix(".carnet-part") }.sorted()
    }

    @Test("at a terminal one line says how far it is, and goes away; in a pipe there is none")
    func progress() throws {
        let (stage, relay) = try Self.stage(.slow(bytes: 1 << 16, milliseconds: 20))
        let words = ["get", "demo/\(Self.paths[0])", "-o", "got.txt"]
        let terminal = try stage.terminal(words, home: "user")
        #expect(terminal.end() == 0, "\(terminal.shown)")
        let clear = "\r\u{1B}[K"
        let lines = terminal.shown.split(separator: clear, omittingEmptySubsequences: false)
        // Before the first one nothing; after the last one, which is empty, the answer.
        #expect(lines.count > 3, "\(terminal.shown)")
        #expect(lines.first == "")
        for line in lines.dropFirst().dropLast() {
            #expect(
                line.wholeMatch(
                    of: /\d{1,3}%  \d+\.\d [kM]B of 6\.2 MB  \d+\.\d [kM]B\/s(  \d+ (s|min) left)?/)
                    != nil,
                "\(line)")
        }
        #expect(lines.last?.hasPrefix("VERIFIED without evidence, ") == true)
        #expect(terminal.shown.contains("written to got.txt"))
        #expect(try Files.read(stage.path("got.txt")) == Self.content(Self.paths[0]))
        relay.release()
        let piped = try stage.succeed(words, home: "user")
        #expect(!piped.errors.contains("\u{1B}") && !piped.errors.contains("%"), "\(piped)")
    }

    @Test("a terminal that can do nothing gets no line")
    func dumb() throws {
        let (stage, relay) = try Self.stage(.slow(bytes: 1 << 16, milliseconds: 10))
        let terminal = try stage.terminal(
            ["get", "demo/\(Self.paths[0])", "-o", "got.txt"], home: "user", type: "dumb")
        #expect(terminal.end() == 0, "\(terminal.shown)")
        #expect(!terminal.shown.contains("\u{1B}"), "\(terminal.shown)")
        relay.release()
    }

    @Test("Ctrl-C keeps what came; the same command goes on from there")
    func keptAndResumed() throws {
        let (stage, relay) = try Self.stage(.held(after: 3 << 20))
        try Files.makeFolder(stage.path("out"))
        let words = ["get", "demo/\(Self.paths[0])", "-o", "out/got.txt"]
        let terminal = try stage.terminal(words, home: "user")
        #expect(relay.waitForHeld(1))
        terminal.type(PseudoTerminal.interrupt)
        #expect(terminal.end() == 130, "\(terminal.shown)")
        #expect(
            terminal.shown.contains(
                "of demo/2.0/README-2.0.txt are kept; the same command goes on from there"),
            "\(terminal.shown)")
        let kept = try Self.parts(stage)
        #expect(kept.count == 1)
        #expect(!Files.exists(stage.path("out/got.txt")))
        relay.release()
        let before = relay.passed
        let again = try stage.succeed(words, home: "user")
        #expect(again.lines.first?.hasPrefix("VERIFIED without evidence") == true, "\(again)")
        #expect(relay.passed - before < 5 << 20, "the rest alone is asked for")
        #expect(try Files.tree(stage.path("out")) == ["got.txt": Self.content(Self.paths[0])])
    }

    @Test("a second Ctrl-C ends at once")
    func twice() throws {
        let (stage, relay) = try Self.stage(.held(after: 3 << 20))
        let running = try stage.start(
            ["get", "demo/\(Self.paths[0])", "-o", "got.txt"], home: "user")
        #expect(relay.waitForHeld(1))
        for _ in 0..<20 {
            running.send(SIGINT)
            usleep(2000)
        }
        #expect(running.end().status == 130)
    }

    @Test("files of the map are downloaded side by side, as many as --jobs says")
    func mapped() throws {
        let (stage, relay) = try Self.stage(.held(after: 1 << 20))
        try Self.useMap(stage, relay)
        try Files.makeFolder(stage.path("out"))
        let files = Self.paths.map { "any/\($0)" }
        let running = try stage.start(["get"] + files + ["-o", "out"], home: "user")
        #expect(relay.waitForHeld(2))
        relay.release()
        let outcome = running.end()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(
            outcome.lines.filter { $0.hasPrefix("VERIFIED") }.map { $0.split(separator: " ").last }
                == files.map { $0[...] })
        #expect(try Files.tree(stage.path("out")).count == 2)
    }

    @Test("one job, one file of the map at a time")
    func mappedOne() throws {
        let (stage, relay) = try Self.stage(.held(after: 1 << 20))
        try Self.useMap(stage, relay)
        try Files.makeFolder(stage.path("out"))
        let running = try stage.start(
            ["get"] + Self.paths.map { "any/\($0)" } + ["-o", "out", "--jobs", "1"], home: "user")
        #expect(relay.waitForHeld(1))
        usleep(300_000)
        #expect(relay.held == 1)
        relay.release()
        #expect(running.end().status == 0)
    }

    @Test("Ctrl-C keeps what came of files of the map, too")
    func mappedKept() throws {
        let (stage, relay) = try Self.stage(.held(after: 3 << 20))
        try Self.useMap(stage, relay)
        try Files.makeFolder(stage.path("out"))
        let words = ["get"] + Self.paths.map { "any/\($0)" } + ["-o", "out"]
        let running = try stage.start(words, home: "user")
        #expect(relay.waitForHeld(2))
        running.send(SIGINT)
        let outcome = running.end()
        #expect(outcome.status == 130, "\(outcome)")
        #expect(outcome.errorLines.count { $0.contains("are kept") } == 2, "\(outcome)")
        #expect(try Self.parts(stage).count == 2)
        relay.release()
        let before = relay.passed
        try stage.succeed(words, home: "user")
        #expect(relay.passed - before < 11 << 20, "what was kept is not asked for again")
        #expect(try Self.parts(stage).isEmpty)
    }
}
