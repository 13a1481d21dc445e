// SPDX-License-Identifier: Apache-2.0
import Glibc
import InTotoVerification

/// How a command is kept from everything but its folder.
struct Sandbox {
    private static let path = "/usr/local/bin:/usr/bin:/bin"
    private static let home = "/home/inspection"
    private static let inside = "/inspection"

    let folder: ScratchFolder
    let limits: CommandLimits
    let bubblewrap: String?

    /// Runs a command to its end.
    ///
    /// - Throws: ``InspectionFailure``.
    func run(
        _ words: [String], isUnsandboxed: Bool
    ) throws(InspectionFailure) -> InspectionManner {
        let refusal: InspectionFailure
        if let program = bubblewrap ?? Sandbox.find("bwrap", in: Sandbox.searchPath) {
            if let problem = try problem(with: program) {
                refusal = .notConfined(problem)
            } else {
                try finish(try start(program, [program] + confinement + words))
                return .sandboxed
            }
        } else {
            refusal = .notConfined("no bwrap: the Debian package bubblewrap has it")
        }
        guard isUnsandboxed else { throw refusal }
        guard let program = Sandbox.find(words[0], in: Sandbox.path) else {
            throw .notStarted("no \(words[0]) in \(Sandbox.path)")
        }
        try finish(try start(program, words))
        return .unsandboxed
    }

    /// Why the sandbox does not work on this system; `nil` if it does.
    private func problem(with program: String) throws(InspectionFailure) -> String? {
        var process: ConfinedProcess
        do throws(InspectionFailure) {
            process = try start(program, [program] + confinement + ["true"])
        } catch {
            return "\(error)"
        }
        let outcome = try process.wait(limits)
        guard outcome != 0 else { return nil }
        let words = String(decoding: process.output.prefix(300), as: UTF8.self)
        return words.isEmpty ? "exit status \(outcome >> 8 & 0xFF)" : words
    }

    private func finish(_ process: consuming ConfinedProcess) throws(InspectionFailure) {
        let status = try process.wait(limits)
        let signal = status & 0x7F
        if signal != 0 { throw .killed(signal: Int(signal)) }
        let code = Int(status >> 8 & 0xFF)
        // What is killed inside the sandbox is told by it as a shell would.
        if code > 128, code < 160 { throw .killed(signal: code - 128) }
        if code != 0 { throw .exited(status: code) }
    }

    private func start(
        _ program: String, _ words: [String]
    ) throws(InspectionFailure) -> ConfinedProcess {
        try ConfinedProcess(
            program, words,
            environment: [
                "PATH=\(Sandbox.path)", "HOME=\(Sandbox.home)", "LANG=C.UTF-8", "TMPDIR=/tmp",
            ], in: folder.descriptor, limits)
    }

    /// The arguments of bwrap before the command.
    private var confinement: [String] {
        var words = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        words += ["--ro-bind", "/usr", "/usr"]
        for name in ["/bin", "/sbin", "/lib", "/lib64"] {
            // A link into /usr on systems of today.
            words += ["--ro-bind-try", name, name]
        }
        for name in ["/etc/alternatives", "/etc/ld.so.cache"] {
            words += ["--ro-bind-try", name, name]
        }
        words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", Sandbox.home]
        words += ["--bind", folder.path, Sandbox.inside, "--remount-ro", "/"]
        words += ["--chdir", Sandbox.inside, "--clearenv", "--setenv", "PATH", Sandbox.path]
        words += ["--setenv", "HOME", Sandbox.home, "--setenv", "LANG", "C.UTF-8"]
        return words + ["--setenv", "TMPDIR", "/tmp", "--"]
    }

    private static var searchPath: String {
        getenv("PATH").map { String(cString: $0) } ?? path
    }

    /// An executable file; a name with a slash stands for itself.
    static func find(_ name: String, in path: String) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        for folder in path.split(separator: ":") where folder.first == "/" {
            let candidate = "\(folder)/\(name)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}
