// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("mirror: a verified copy, and what is said of it")
struct MirrorCommandTests {
    private func stage() throws -> Stage {
        let stage = try Stage()
        try stage.succeed(["init", "repository", "--name", "demo", "--yes"])
        return stage
    }

    private var root: [String] { ["--root", "repository/metadata/1.root.json"] }

    /// Runs `carnet` at another time.
    private func carnet(_ stage: Stage, at time: String, _ words: [String]) throws -> Outcome {
        try stage.run(["faketime", "-f", time, Carnet.path] + words)
    }

    @Test("from a server into a folder; then there is nothing new; then it goes on by itself")
    func sync() throws {
        let stage = try stage()
        let url = try stage.serve()
        let first = try stage.carnet(["mirror", "sync", url, "mirror"] + root)
        #expect(first.status == 0, "\(first)")
        #expect(first.output.hasPrefix("mirror now serves timestamp 1, snapshot 1, root 1"))
        let before = try Files.tree(stage.path("mirror"))
        let second = try stage.carnet(["mirror", "sync", url, "mirror"])
        #expect(second.output == "mirror is up to date: timestamp 1, snapshot 1, root 1\n")
        #expect(differences(before, try Files.tree(stage.path("mirror"))).isEmpty)
        let status = try stage.carnet(["mirror", "status", "mirror", "--source", url])
        #expect(status.status == 0, "\(status)")
        #expect(status.lines.last == "The source has nothing that the mirror has not.")
        for (name, bytes) in try Files.tree(stage.path("repository/metadata")) {
            #expect(try Files.read(stage.path("mirror/metadata/\(name)")) == bytes)
        }
    }

    @Test("a trusted repository goes by its name, and its newest root is the trusted one")
    func named() throws {
        let stage = try stage()
        try stage.succeed(["trust", "add", "demo", try stage.serve()] + root)
        try stage.succeed(["mirror", "sync", "demo", "mirror"])
        let compare = try stage.carnet([
            "mirror", "compare", "demo", "mirror", "--evidence", "evidence",
        ])
        #expect(compare.status == 0, "\(compare)")
        #expect(compare.lines.last == "All show the same.")
    }

    @Test("an expired source and a mirror that has expired are exit 4, and nothing changes")
    func expired() throws {
        let stage = try stage()
        try stage.succeed(["mirror", "sync", "repository", "mirror"] + root)
        let before = try Files.tree(stage.path("mirror"))
        let sync = try carnet(stage, at: "+3d", ["mirror", "sync", "repository", "mirror"])
        expectOneError(sync, status: 4, saying: ["timestamp.json: expired", "mirror keeps"])
        #expect(differences(before, try Files.tree(stage.path("mirror"))).isEmpty)
        let status = try carnet(stage, at: "+3d", ["mirror", "status", "mirror"])
        #expect(status.status == 4, "\(status)")
        #expect(status.output.contains("timestamp EXPIRED"), "\(status)")
    }

    @Test(
        "words that make no sense, and places that are none, are one line",
        arguments: [
            (["sync", "repository", "mirror"], 6), (["sync", "nobody", "mirror"], 6),
            (["sync", "repository", "https://example.org/x", "--root", "x"], 2),
            (["sync", "repository", "ftp://example.org/x"], 2),
            (["sync", "http://127.0.0.1:1", "mirror", "--root", "ROOT"], 5),
            (["sync", "repository", "mirror", "--limit-rate", "fast"], 2),
            (["sync", "repository", "mirror", "--connections", "0"], 2),
            (["sync", "repository", "mirror", "--root", "ROOT", "--fingerprint", "00"], 2),
            (["sync", "repository", "mirror", "--fingerprint", "00"], 2),
            (["status", "mirror"], 6), (["verify", "mirror"], 6), (["prune", "mirror"], 6),
            (["prune", "mirror", "--grace", "-1"], 2), (["compare"], 2),
            (["compare", "repository"], 6),
        ] as [([String], Int32)])
    func refused(words: [String], status: Int32) throws {
        let stage = try stage()
        let root = "repository/metadata/1.root.json"
        let outcome = try stage.carnet(["mirror"] + words.map { $0 == "ROOT" ? root : $0 })
        expectOneError(outcome, status: status)
        #expect(!Files.exists(stage.path("mirror")), "\(outcome)")
    }

    @Test("a daemon says that it is ready, writes metrics, and ends in order when it is told to")
    func watch() throws {
        let stage = try stage()
        let script = """
            import os, socket, subprocess, sys, signal
            path = sys.argv[1]
            notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notices.bind(path)
            notices.settimeout(60)
            daemon = subprocess.Popen(sys.argv[2:], env={**os.environ, "NOTIFY_SOCKET": path})
            said = []
            while not said or not said[-1].startswith("STATUS=next"):
                said.append(notices.recv(4096).decode())
            daemon.send_signal(signal.SIGTERM)
            said.append(notices.recv(4096).decode())
            print("|".join(said), daemon.wait(60))
            """
        try Files.write(script, to: stage.path("notify.py"))
        let outcome = try stage.run(
            [
                Python.interpreter, stage.path("notify.py"), stage.path("socket"), Carnet.path,
                "mirror", "sync", "repository", "mirror", "--watch", "--metrics", "metrics.prom",
            ] + root)
        #expect(outcome.status == 0, "\(outcome)")
        let last = try needed(outcome.lines.last, "what systemd heard")
        #expect(last.hasPrefix("READY=1|STATUS=next look in "), "\(outcome)")
        #expect(last.hasSuffix("STOPPING=1 0"), "\(outcome)")
        let metrics = try Files.text(stage.path("metrics.prom"))
        for line in [
            "carnet_mirror_last_sync_succeeded 1", "carnet_mirror_complete 1",
            "carnet_mirror_version{role=\"timestamp\"} 1",
        ] {
            #expect(metrics.contains(line), "\(metrics)")
        }
    }

    @Test("what is printed as JSON keeps its schemas")
    func schemas() throws {
        let stage = try stage()
        try stage.succeed(["mirror", "sync", "repository", "mirror"] + root)
        var words: [String] = []
        for (name, command) in [
            ("MirrorSync", ["sync", "repository", "mirror"]),
            ("MirrorStatus", ["status", "mirror", "--source", "repository"]),
            ("MirrorVerify", ["verify", "mirror"]),
            ("MirrorCompare", ["compare", "repository", "mirror"] + root),
            ("Prune", ["prune", "mirror"]),
        ] {
            let outcome = try stage.succeed(["mirror"] + command + ["--json"])
            let path = stage.path("\(words.count).json")
            try Files.write(outcome.output, to: path)
            words += [name, path]
        }
        let checked = try stage.run(
            [Python.interpreter, Python.script("schemas.py")] + words, seconds: 120)
        #expect(checked.status == 0, "\(checked)")
    }
}
