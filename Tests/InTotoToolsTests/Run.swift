// SPDX-License-Identifier: Apache-2.0
import Glibc
import InTotoTools
import Testing

/// A scenario, run by one side in a folder of its own.
struct Run: Sendable {
    let outcomes: [Outcome]
    /// Files that are left below the folder, by path; symbolic links left out.
    private(set) var files: [String: [UInt8]] = [:]

    /// What was run in the folder `work` of `path`.
    init(_ outcomes: [Outcome], _ path: String) throws {
        self.outcomes = outcomes
        try collect("\(path)/work", "")
    }

    /// Runs Carnet.
    init(_ scenario: Scenario) throws {
        let folder = try TestFolder()
        let programs = try Side.carnet.programs("\(folder.path)/programs")
        try scenario.prepare(folder.path, programs)
        try self.init(
            scenario.lines.map { line in
                run(
                    Scenario.words(of: line), in: "\(folder.path)/work", path: programs,
                    scratch: folder.path)
            }, folder.path)
    }

    private mutating func collect(_ folder: String, _ prefix: String) throws {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard name != ".", name != "..", lstat("\(folder)/\(name)", &status) == 0 else {
                continue
            }
            switch status.st_mode & UInt32(S_IFMT) {
            case UInt32(S_IFDIR): try collect("\(folder)/\(name)", "\(prefix)\(name)/")
            case UInt32(S_IFREG): files[prefix + name] = try ToolFile.read("\(folder)/\(name)")
            default: break
            }
        }
    }
}

extension Scenario {
    /// Makes the folder `work` in `path` and what the scenario finds there.
    func prepare(_ path: String, _ programs: String) throws {
        mkdir("\(path)/work", 0o755)
        let outcome = run(
            ["sh", "-e", "-c", "\(Scenario.common)\n\(setup)"], in: "\(path)/work",
            path: programs, scratch: path)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }
}
