// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Carnet under the names of in-toto's programs does what python's in-toto 3.1.0 does")
struct InteropTests {
    private static let python = Result { try PythonRuns.all(scenarios) }

    @Test("the same exit code, the same words of error, the same files", arguments: scenarios)
    func same(scenario: Scenario) throws {
        let python = try #require(try Self.python.get()[scenario.description])
        let carnet = try Run(scenario)
        for (line, (theirs, ours)) in zip(scenario.lines, zip(python.outcomes, carnet.outcomes)) {
            #expect(ours.status == theirs.status, "\(line)\n\(theirs.errors)\n\(ours.errors)")
            if theirs.errors.contains("Traceback") {
                #expect(ours.errors.hasPrefix("(in-toto-"), "\(line)")
            } else {
                #expect(summary(ours) == summary(theirs), "\(line)")
            }
            // The help has words of its own.
            let isHelp = theirs.output.hasPrefix("usage: ") && theirs.output.contains("-h, --help")
            #expect(
                isHelp ? ours.output.contains("-h, --help") : ours.output == theirs.output,
                "\(line)")
        }
        #expect(carnet.files.keys.sorted() == python.files.keys.sorted())
        for (name, bytes) in python.files where carnet.files[name] != bytes {
            let pairs = zip(lines(bytes), lines(carnet.files[name] ?? []))
            let first = pairs.first { $0 != $1 }
            Issue.record("\(name): \(first?.0 ?? "the end") expected, found \(first?.1 ?? "it")")
        }
    }

    private func lines(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// What must be the same of an error: all of it for wrong arguments, else what it begins with.
    private func summary(_ outcome: Outcome) -> String {
        if outcome.status == 0 { return "" }
        if let start = outcome.errors.firstRange(of: "(in-toto-")?.lowerBound {
            return String(outcome.errors[start...].prefix { $0 != ":" })
        }
        return outcome.lastError.contains(": error: ") ? outcome.lastError : ""
    }
}
