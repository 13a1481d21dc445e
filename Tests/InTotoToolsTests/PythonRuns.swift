// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools

/// What python's programs do with all scenarios: one interpreter that runs each command line in a
/// child of its own, for to start one takes half a second.
enum PythonRuns {
    private final class Folder {
        let folder: TestFolder
        init() throws { folder = try TestFolder() }
    }

    /// Reads `[{"folder": …, "scratch": …, "lines": [[word, …], …]}, …]`; writes for each line
    /// `[status, output, errors]`.
    private static let script = """
        import importlib, json, os, subprocess, sys, traceback
        names = ["run", "record", "sign", "verify", "mock", "match_products"]
        mains = {"in-toto-" + name.replace("_", "-"): importlib.import_module(
            "in_toto.in_toto_" + name).main for name in names}
        def child(words):
            if words[0] not in mains:
                os.execvp(words[0], words)
            sys.argv = words
            try:
                mains[words[0]]()
                return 0
            except SystemExit as end:
                return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            except BaseException:
                traceback.print_exc()
                return 1
        def run(folder, scratch, words):
            pid = os.fork()
            if pid == 0:
                os.setsid()
                for descriptor, name in enumerate(["/dev/null", scratch + "/o", scratch + "/e"]):
                    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if descriptor else os.O_RDONLY
                    os.dup2(os.open(name, flags, 0o600), descriptor)
                os.environ["HOME"] = scratch
                os.chdir(folder)
                try:
                    code = child(words)
                    sys.stdout.flush()
                    sys.stderr.flush()
                finally:
                    os._exit(code & 255)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            return [status] + [open(scratch + name, errors="replace", newline="").read()
                               for name in ["/o", "/e"]]
        with open(sys.argv[1]) as file:
            scenarios = json.load(file)
        with open(sys.argv[2], "w") as file:
            json.dump([[run(each["folder"], each["scratch"], words) for words in each["lines"]]
                       for each in scenarios], file, ensure_ascii=False)
        """

    static func all(_ scenarios: [Scenario]) throws -> [String: Run] {
        let own = try TestFolder()
        let programs = try Side.python.programs("")
        var folders: [Folder] = []
        var list: [JSON] = []
        for scenario in scenarios {
            let folder = try Folder()
            let path = folder.folder.path
            try scenario.prepare(path, programs)
            list.append([
                "folder": .text("\(path)/work"), "scratch": .text(path),
                "lines": .array(
                    scenario.lines.map { .array(Scenario.words(of: $0).map(JSON.text)) }),
            ])
            folders.append(folder)
        }
        try ToolFile.write(JSON.array(list).compactBytes(), to: "\(own.path)/given")
        let outcome = run(
            ["python3", "-c", script, "\(own.path)/given", "\(own.path)/found"], in: own.path,
            path: programs, scratch: own.path)
        guard outcome.status == 0 else { throw ToolError(.osError, outcome.errors) }
        let found = try JSONDocument(ToolFile.read("\(own.path)/found")).root.array()
        var runs: [String: Run] = [:]
        for (index, scenario) in scenarios.enumerated() {
            let outcomes = try found[index].array().map { line in
                let parts = try line.array()
                return Outcome(
                    status: Int32(try parts[0].integer()), output: try parts[1].text().string,
                    errors: try parts[2].text().string)
            }
            runs[scenario.description] = try Run(outcomes, folders[index].folder.path)
        }
        return runs
    }
}
