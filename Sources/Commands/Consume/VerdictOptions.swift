// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases

/// How a verdict is come to and shown.
struct VerdictOptions: ParsableArguments {
    @Flag(name: .customLong("tuf-only"), help: "Take the repository's signature alone.")
    var repositoryOnly = false

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    /// Prints a verdict; one that does not verify the file ends the command with its exit code.
    func show(_ verdict: Verdict) throws {
        if json { Output.result(verdict.json) } else { Output.raw(verdict.text) }
        guard verdict.isVerified else { throw ExitCode(verdict.exitCode) }
    }
}
