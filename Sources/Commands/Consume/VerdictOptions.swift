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

    @Option(
        name: .customLong("param"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Values for {NAME} in a layout, where the file's path does not give them.",
            valueName: "name=value"),
        transform: GivenParameter.init)
    var given: [GivenParameter] = []

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    /// What inspections may do.
    var inspections: InspectionPolicy {
        var policy = InspectionPolicy()
        policy.allowed = Set(allowedInspections.map { UTF8Text($0) })
        policy.isUnsandboxed = unsandboxed
        return policy
    }

    func validate() throws {
        if let twice = Dictionary(grouping: given, by: \.name).first(where: { $1.count > 1 }) {
            throw ValidationError("--param \(twice.key) given \(twice.value.count) times.")
        }
    }

    /// Values for the layouts' parameters.
    var parameters: [String: String] {
        Dictionary(given.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Lets a consumer judge as the options say.
    func apply(to options: inout ConsumerOptions) {
        options.repositoryOnly = repositoryOnly
        options.inspections = inspections
        options.parameters = parameters
    }

    /// Prints a verdict; one that does not verify the file ends the command with its exit code.
    func show(_ verdict: Verdict) throws {
        if json { Output.result(verdict.json) } else { Output.raw(verdict.text) }
        guard verdict.isVerified else { throw ExitCode(verdict.exitCode) }
    }
}
