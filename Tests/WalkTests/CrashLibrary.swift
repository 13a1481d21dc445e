// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// What is done to a process at one of its changes to files.
enum Disturbance: Sendable, Equatable, CustomTestStringConvertible {
    case killedBefore
    case killedAfter
    /// Killed in the middle of a write.
    case killedWriting
    case failing(Int32)

    var how: String {
        switch self {
        case .killedBefore: "before"
        case .killedAfter: "after"
        case .killedWriting: "short"
        case .failing(let code): "\(code)"
        }
    }

    var isKill: Bool { if case .failing = self { false } else { true } }

    var testDescription: String {
        if case .failing(let code) = self { return String(cString: strerror(code)) }
        return "killed, \(how)"
    }
}

/// The library of `Tests/Scenarios/crash`, built once for all tests.
struct CrashLibrary: Sendable {
    static let shared = Result { try CrashLibrary() }

    private let path: String

    private init() throws {
        let stage = try Stage()
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let build = try stage.run([
            "clang", "-O1", "-shared", "-fPIC", "-o", stage.path("crash.so"),
            "/\(tests)/Scenarios/crash/crash.c", "-ldl",
        ])
        guard build.status == 0 else { throw CommandFailed(words: ["clang"], outcome: build) }
        path = "\(try stage.keep())/crash.so"
    }

    /// The words of a command that is disturbed at its `number`th change below `folder`, counted
    /// from 1; 0 disturbs nothing.
    ///
    /// Only the command itself has the library: `env` has not, and the library takes itself out of
    /// the environment.
    func words(
        _ command: [String], below folder: String, _ disturbance: Disturbance, at number: Int,
        without missing: String = "", log: String = ""
    ) -> [String] {
        [
            "env", "LD_PRELOAD=\(path)", "CRASH_FOLDER=\(folder)", "CRASH_AT=\(number)",
            "CRASH_HOW=\(disturbance.how)", "CRASH_WITHOUT=\(missing)", "CRASH_LOG=\(log)",
        ] + command
    }
}
