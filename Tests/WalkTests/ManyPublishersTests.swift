// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("Many publishers on one repository")
struct ManyPublishersTests {
    /// Eight writers release 200 files; some are killed at random. What was acknowledged is
    /// there, and python-tuf's client, which reads all the while, never fails.
    @Test("8 writers, 200 releases, kill -9 at random: no acknowledged release is lost")
    func writers() throws {
        let stage = try Stage()
        try stage.succeed([
            "init", "repository", "--name", "demo", "--unattested", "demo/*/*", "--yes",
        ])
        // The online key without a passphrase: deriving one takes most of a release's time.
        let unlock =
            "openssl pkey -in home/keys/demo-online.pem -passin env:CARNET_PASSPHRASE "
            + "-out plain.pem && mv plain.pem home/keys/demo-online.pem"
        #expect(try stage.run(["sh", "-c", unlock]).status == 0)
        try Files.write(Self.script, to: stage.path("writers.py"))
        let outcome = try stage.run(
            [
                Python.interpreter, stage.path("writers.py"), Carnet.path, Python.interpreter,
                Python.script("python_reader.py"),
            ], seconds: 600)
        #expect(outcome.status == 0, "\(outcome)")
        let acknowledged = try Files.text(stage.path("acknowledged"))
            .split(separator: "\n").map(String.init)
        #expect(acknowledged.count >= 120, "\(acknowledged.count) of 200, \(outcome)")
        let check = try stage.carnet(["check", "repository", "--json"])
        #expect(check.status == 0, "\(check)")
        let listed = try stage.run(
            [Python.interpreter, Python.script("python_reader.py"), "repository"] + acknowledged)
        #expect(listed.status == 0, "\(listed)")
        // No file of a killed writer's stays hidden about.
        let hidden = try Files.tree(stage.path("repository")).keys.filter {
            $0.hasSuffix(".carnet-tmp")
        }
        #expect(hidden.isEmpty)
    }

    private static let script = #"""
        import random, subprocess, sys, threading, time
        carnet, python, reader = sys.argv[1:4]
        chance = random.Random(20261123)
        lock, done, kills, reads = threading.Lock(), [], 0, 0
        work = [f"demo/{n % 10}/file-{n}.txt" for n in range(200)]

        def write(number):
            global kills
            while True:
                with lock:
                    if not work:
                        return
                    path = work.pop()
                    delay = chance.uniform(0, 0.4) if chance.random() < 0.25 else None
                name = f"source-{number}"
                with open(name, "w") as file:
                    file.write(path)
                process = subprocess.Popen(
                    [carnet, "release", name, "--as", path, "--repository", "repository"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                if delay is not None:
                    time.sleep(delay)
                    process.kill()
                said = process.communicate()[1]
                with lock:
                    if process.returncode == 0:
                        done.append(path)
                    elif process.returncode == -9:
                        kills += 1
                    else:
                        raise SystemExit(f"{path}: {process.returncode} {said.decode()}")

        faults = []

        def read(stop):
            global reads
            while not stop.is_set():
                said = subprocess.run(
                    [python, reader, "repository"], capture_output=True, text=True)
                reads += 1
                if said.returncode != 0:
                    faults.append(said.stderr)

        def guarded(body, *arguments):
            try:
                body(*arguments)
            except BaseException as error:
                faults.append(str(error))

        stop = threading.Event()
        watcher = threading.Thread(target=guarded, args=(read, stop))
        watcher.start()
        writers = [threading.Thread(target=guarded, args=(write, n)) for n in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        stop.set()
        watcher.join()
        with open("acknowledged", "w") as file:
            file.write("\n".join(sorted(done)))
        print(f"{len(done)} released, {kills} killed, {reads} reads")
        if faults:
            raise SystemExit(faults[0])
        if kills == 0 or reads < 3:
            raise SystemExit(f"{kills} kills and {reads} reads show nothing")
        """#
}
