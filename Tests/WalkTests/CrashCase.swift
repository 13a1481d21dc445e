// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
import Testing

/// The folder of one disturbed run, and what there is to run commands in it.
struct CrashPlace: Sendable {
    let folder: String

    func path(_ relative: String) -> String { "\(folder)/\(relative)" }

    /// A folder of its own, in memory where that can be: a run waits for the disk many times.
    init() throws {
        var template = Array("/dev/shm/carnet-crash-XXXXXX".utf8CString)
        if mkdtemp(&template) != nil {
            let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
            folder = String(decoding: bytes, as: UTF8.self)
        } else {
            folder = try Files.temporaryFolder()
        }
    }

    /// A place that is only looked at.
    init(at folder: String) { self.folder = folder }

    func program(_ words: [String], home: String = "user") -> Program {
        var variables = [
            "CARNET_HOME": path(home), "HOME": path("nobody"), "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
        ]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            variables[name] = getenv(name).map { String(cString: $0) }
        }
        return Program(words: words, environment: variables, folder: folder)
    }

    func carnet(_ words: [String], home: String = "user") throws -> Outcome {
        try program([Carnet.path] + words, home: home).run()
    }

    func tree(_ relative: String) throws -> [String: [UInt8]] { try Files.tree(path(relative)) }

    /// What tells one state from another: of files that were there before the content, of new
    /// ones the length, as signatures and moments differ from run to run.
    fileprivate func state(_ old: [String: [UInt8]]) throws -> [String: [UInt8]] {
        try Dictionary(
            uniqueKeysWithValues: tree("").map { name, bytes in
                (name, old[name] == nil ? Array("\(bytes.count)".utf8) : bytes)
            })
    }

    /// Files that only a process that still runs may have, anywhere in the place.
    func leftovers() throws -> [String] {
        try tree("").keys.filter { $0.hasSuffix(".carnet-tmp") || $0.hasSuffix(".tmp") }
    }
}

/// A command after it was disturbed.
struct Disturbed: CustomStringConvertible {
    let place: CrashPlace
    fileprivate let crash: CrashCase
    fileprivate let missing: String
    /// Which change did not take place, or not wholly.
    let call: String
    let outcome: Outcome

    var description: String { "\(call)\n\(outcome)" }

    /// Runs the command once more, and undisturbed.
    func again() throws -> Outcome {
        try crash.run(in: place, .killedBefore, at: 0, without: missing)
    }
}

/// A command that is disturbed at each of its changes to files in turn, every time anew.
struct CrashCase: Sendable {
    /// A folder whose copy is a run's place; what is not copied is reached by absolute paths.
    let template: String
    let words: [String]
    var home = "user"
    /// Makes the copy a place of its own.
    var prepare: @Sendable (CrashPlace) throws -> Void = { _ in }

    /// Runs the command without disturbing it.
    func undisturbed<Result>(
        without missing: String = "", _ look: (Disturbed) throws -> Result
    ) throws -> Result {
        try run(.killedBefore, at: 0, without: missing, look)
    }

    /// Disturbs the command at its first change, at its second, and so on to the last.
    ///
    /// - Parameters:
    ///   - missing: the library's words for calls that the file system has not.
    ///   - look: looks at the place after each.
    ///   - recover: runs commands in the place; once for all changes after which it is the same.
    /// - Returns: the changes, as an undisturbed run makes them.
    @discardableResult
    func disturb(
        _ disturbance: Disturbance, without missing: String = "",
        look: @escaping @Sendable (Disturbed) throws -> Void,
        recover: @escaping @Sendable (Disturbed) throws -> Void
    ) async throws -> [String] {
        let log = try Files.temporaryFolder()
        defer { Files.remove(log) }
        let calls = try run(disturbance, at: 0, without: missing, log: "\(log)/log") { disturbed in
            #expect(disturbed.outcome.status == 0, "\(disturbed)")
            return try Files.text("\(log)/log").split(separator: "\n").map(String.init)
        }
        let old = try Files.tree(template)
        let known = Mutex<Set<[String: [UInt8]]>>([])
        let isNew: @Sendable ([String: [UInt8]]) -> Bool = { state in
            known.withLock { $0.insert(state).inserted }
        }
        let left = Mutex(calls[...])
        let next: @Sendable () -> (Int, String)? = {
            left.withLock { left in
                let number = left.startIndex + 1
                return left.popFirst().map { (number, $0) }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    while let (number, call) = next() {
                        try run(disturbance, at: number, without: missing, call: call) {
                            let expected: Int32 = 128 + SIGKILL
                            let isKilled = $0.outcome.status == expected
                            #expect(isKilled == disturbance.isKill, "\($0)")
                            try look($0)
                            if isNew(try $0.place.state(old)) { try recover($0) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return calls
    }

    private func run<Result>(
        _ disturbance: Disturbance, at number: Int, without missing: String = "",
        log: String = "", call: String = "nothing", _ look: (Disturbed) throws -> Result
    ) throws -> Result {
        let place = try CrashPlace()
        defer { Files.remove(place.folder) }
        try Files.copy(template, to: place.folder)
        try prepare(place)
        let outcome = try run(
            in: place, disturbance, at: number, without: missing, log: log)
        return try look(
            Disturbed(place: place, crash: self, missing: missing, call: call, outcome: outcome))
    }

    fileprivate func run(
        in place: CrashPlace, _ disturbance: Disturbance, at number: Int, without missing: String,
        log: String = ""
    ) throws -> Outcome {
        let library = try CrashLibrary.shared.get()
        let words = library.words(
            [Carnet.path] + words, below: place.folder, disturbance, at: number,
            without: missing, log: log)
        return try place.program(words, home: home).run()
    }
}
