// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Inspecting
import Releases

/// How a verdict is come to and shown.
struct VerdictOptions: ParsableArguments {
    @Flag(name: .customLong("tuf-only"), help: "Take the repository's signature alone.")
    var repositoryOnly = false

    @Option(
        name: .customLong("allow-inspection"), parsing: .singleValue,
        help: "Run this inspection's command in a sandbox; may be repeated.")
    var allowedInspections: [String] = []

    @Flag(help: "Run allowed inspections without a sandbox where there is none.")
    var unsandboxed = false

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    /// What inspections may do.
    var inspections: InspectionPolicy {
        var policy = InspectionPolicy()
        policy.allowed = Set(allowedInspections.map { UTF8Text($0) })
        policy.isUnsandboxed = unsandboxed
        return policy
    }

    /// Prints a verdict; one that does not verify the file ends the command with its exit code.
    func show(_ verdict: Verdict) throws {
        if json { Output.result(verdict.json) } else { Output.raw(verdict.text) }
        guard verdict.isVerified else { throw ExitCode(verdict.exitCode) }
    }
}
