// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("refresh: roles signed anew before they expire")
struct RefreshTests {
    private func repository() throws -> Stage {
        let stage = try Stage()
        try stage.succeed(["init", "repository", "--name", "demo", "--yes"])
        return stage
    }

    /// Runs `carnet` at another time.
    private func carnet(_ stage: Stage, at time: String, _ words: String...) throws -> Outcome {
        try stage.run(["faketime", "-f", time, Carnet.path] + words)
    }

    @Test("nothing is due in a new repository; a day later the timestamp alone is")
    func due() throws {
        let stage = try repository()
        let before = try Files.tree(stage.path("repository"))
        let first = try stage.succeed(["refresh", "--repository", "repository"])
        #expect(first.output.hasPrefix("nothing is due; timestamp is the next"), "\(first)")
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
        let later = try carnet(stage, at: "+20h", "refresh", "--repository", "repository")
        #expect(later.status == 0, "\(later)")
        #expect(later.output.hasPrefix("signed timestamp version 2"), "\(later)")
        #expect(later.lines.count == 1, "\(later)")
        let changed = differences(before, try Files.tree(stage.path("repository")))
        #expect(changed.allSatisfy { $0.contains("timestamp.json") }, "\(changed)")
    }

    @Test("after all online roles expired they are signed anew; what people sign is named")
    func expired() throws {
        let stage = try repository()
        let later = try carnet(stage, at: "+340d", "refresh", "--repository", "repository")
        #expect(later.status == 0, "\(later)")
        for role in ["links", "releases", "snapshot", "timestamp"] {
            #expect(later.output.contains("signed \(role) version 2"), "\(later)")
        }
        for role in ["root", "targets", "layouts"] {
            #expect(later.errors.contains("\(role) expires "), "\(later)")
        }
        let check = try carnet(stage, at: "+340d", "check", "repository", "--expiring", "14d")
        #expect(check.status == 0, "\(check)")
        let alarm = try carnet(stage, at: "+360d", "check", "repository", "--expiring", "14d")
        #expect(alarm.status == 4, "\(alarm)")
    }

    @Test("a daemon says that it is ready, writes metrics, and ends in order when it is told to")
    func watch() throws {
        let stage = try repository()
        // A socket of systemd's in the shape of a few lines of python.
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
        let outcome = try stage.run([
            Python.interpreter, stage.path("notify.py"), stage.path("socket"), Carnet.path,
            "refresh", "--watch", "--repository", "repository", "--metrics", "metrics.prom",
        ])
        #expect(outcome.status == 0, "\(outcome)")
        let last = try needed(outcome.lines.last, "what systemd heard")
        #expect(last.hasPrefix("READY=1|STATUS=next look in "), "\(outcome)")
        #expect(last.hasSuffix("STOPPING=1 0"), "\(outcome)")
        let metrics = try Files.text(stage.path("metrics.prom"))
        #expect(
            metrics.contains("carnet_role_expires_timestamp_seconds{role=\"timestamp\"} "),
            "\(metrics)")
    }

    @Test("without the online key nothing is changed, and the key is named")
    func noKey() throws {
        let stage = try repository()
        Files.remove(stage.path("home/keys/demo-online.pem"))
        let before = try Files.tree(stage.path("repository"))
        let later = try carnet(stage, at: "+20h", "refresh", "--repository", "repository")
        #expect(later.status == 2, "\(later)")
        #expect(later.errors.contains("demo-online"), "\(later)")
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
    }
}
