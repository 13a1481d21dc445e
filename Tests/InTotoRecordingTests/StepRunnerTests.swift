// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoRecording
import Testing

@Suite("Running a step's command")
struct StepRunnerTests {
    private let folder = TestFolder()

    private func run(
        _ command: [String], _ set: (inout StepRunner.Options) -> Void = { _ in }
    ) throws -> CommandResult {
        var options = StepRunner.Options()
        set(&options)
        return try StepRunner(options).run(command)
    }

    @Test("the exit status is the command's", arguments: [0, 1, 3, 255])
    func status(_ status: Int32) throws {
        let result = try run(["sh", "-c", "exit \(status)"])
        #expect(result.ending == .exited(status))
        #expect(result.status == status)
        let byproducts: JSON = [
            "return-value": .integer(Int(status)), "stdout": "", "stderr": "",
        ]
        #expect(result.byproducts == byproducts)
    }

    @Test("a killed command returns its signal, as Python records it and as a shell tells it")
    func killed() throws {
        let result = try run(["sh", "-c", "kill -KILL $$"])
        #expect(result.ending == .killed(signal: SIGKILL))
        #expect(result.byproducts["return-value"] == -9)
        #expect(result.status == 137)
    }

    @Test("arguments reach the command as they are, without a shell")
    func arguments() throws {
        let script = #"[ "$#" = 3 ] && [ "$1" = "a  b" ] && [ "$2" = '$HOME;*' ] && [ -z "$3" ]"#
        #expect(try run(["sh", "-c", script, "name", "a  b", "$HOME;*", ""]).status == 0)
    }

    @Test("environment, working directory and standard input are the caller's")
    func inheritance() throws {
        setenv("CARNET_TEST_OF_THE_RUNNER", "as it is", 1)
        var buffer = [CChar](repeating: 0, count: 4096)
        let folder = String(cString: getcwd(&buffer, buffer.count)!)
        let script = #"[ "$CARNET_TEST_OF_THE_RUNNER" = "as it is" ] && [ "$(pwd -P)" = "$1" ]"#
        #expect(try run(["sh", "-c", script, "name", folder]).status == 0)
        var status = stat()
        fstat(0, &status)
        let input = #"[ "$(stat -L -c %i /dev/stdin)" = "$1" ]"#
        #expect(try run(["sh", "-c", input, "name", "\(status.st_ino)"]).status == 0)
    }

    @Test("the command gets none of the caller's other files")
    func descriptors() throws {
        folder.write("f")
        let file = open("\(folder.path)/f", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        #expect(
            try run(["sh", "-c", "[ ! -e /proc/self/fd/\(file) ]"]) { $0.recordStreams = true }
                .status == 0)
    }

    @Test("streams are recorded, apart, whole and in order")
    func streams() throws {
        let script = "printf 'out\\n'; printf 'err\\r\\n' >&2; seq 1 20000; printf 'end'"
        let result = try run(["sh", "-c", script]) { $0.recordStreams = true }
        let numbers = (1...20000).map { "\($0)\n" }.joined()
        #expect(String(decoding: result.stdout, as: UTF8.self) == "out\n\(numbers)end")
        #expect(result.stderr == Array("err\r\n".utf8))
        #expect(result.byproducts["stdout"]?.text == UTF8Text("out\n\(numbers)end"))
    }

    @Test("output that is not UTF-8 is repaired in the byproducts")
    func repaired() throws {
        let result = try run(["printf", "a\\377b"]) { $0.recordStreams = true }
        #expect(result.stdout == [0x61, 0xFF, 0x62])
        #expect(result.byproducts["stdout"] == "a\u{FFFD}b")
    }

    @Test("what the command leaves running does not keep it waiting")
    func background() throws {
        let start = ContinuousClock.now
        let result = try run(["sh", "-c", "sleep 20 & echo done"]) { $0.recordStreams = true }
        #expect(result.stdout == Array("done\n".utf8))
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test("more output than a link may hold is an error")
    func tooMuch() throws {
        #expect(throws: RecordingError.tooMuchOutput("seq", maximumBytes: 100)) {
            try run(["seq", "1", "1000"]) {
                $0.recordStreams = true
                $0.maximumOutputBytes = 100
            }
        }
    }

    @Test("a command that takes too long is killed", arguments: [false, true])
    func timeout(recordStreams: Bool) throws {
        #expect(throws: RecordingError.timedOut("sleep", seconds: 0)) {
            try run(["sleep", "60"]) {
                $0.recordStreams = recordStreams
                $0.timeoutSeconds = 0
            }
        }
        let inTime = try run(["true"]) {
            $0.recordStreams = recordStreams
            $0.timeoutSeconds = 60
        }
        #expect(inTime.status == 0)
    }

    @Test("a command that is not there is an error")
    func notFound() throws {
        let error = RecordingError.commandNotFound("carnet-has-no-such-command")
        #expect(throws: error) { try run(["carnet-has-no-such-command"]) }
        #expect("\(error)" == #"command "carnet-has-no-such-command": not found"#)
        #expect(throws: RecordingError.commandNotFound("./nowhere/x")) { try run(["./nowhere/x"]) }
        #expect(throws: RecordingError.commandNotFound("")) { try run([]) }
    }

    @Test("a file that is no program is an error")
    func notAProgram() throws {
        folder.write("data", "text")
        let path = "\(folder.path)/data"
        #expect(throws: RecordingError.commandNotRun(path, SystemError(number: EACCES))) {
            try run([path])
        }
    }

    @Test("an argument with a NUL byte is refused")
    func nul() throws {
        #expect(throws: RecordingError.containsNUL("a\0b")) { try run(["echo", "a\0b"]) }
    }

    @Test("SIGINT ends the command and not the caller")
    func interrupts() throws {
        #expect(try run(["sh", "-c", "kill -INT $PPID; exit 3"]).status == 3)
        // A process started with SIGINT ignored, as in the background, keeps it that way.
        let ignored = try run(["sh", "-c", Self.ignoresInterrupts, "name", "\(getppid())"])
        #expect(
            try run(["sh", "-c", "kill -INT $$"]).ending
                == (ignored.status == 0 ? .exited(0) : .killed(signal: SIGINT)))
        #expect(try run(["sh", "-c", "kill -TERM $$"]).ending == .killed(signal: SIGTERM))
    }

    /// Succeeds if the process of this number ignores SIGINT.
    private static let ignoresInterrupts = """
        mask=$(sed -n 's/^SigIgn:.*\\(..\\)$/0x\\1/p' /proc/$1/status); [ $((mask & 2)) != 0 ]
        """
}
