// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
import Glibc

/// `carnet`: the commands, by what one wants to do.
public struct Carnet: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "carnet",
        abstract: "Software releases whose whole supply chain is verified by whoever gets them.",
        discussion: """
            A consumer trusts a repository once, then gets verified files:
              carnet trust add NAME URL --fingerprint HEX
              carnet get NAME/PATH

            A publisher makes a repository, says how releases must come about, and releases:
              carnet init, carnet layout new, carnet layout add, carnet run, carnet release

            Exit codes: 0 done or verified, 1 refused, 2 usage or bad input, 3 evidence missing, \
            4 stale or rolled back, 5 unreachable, 6 no trust established, 70 a bug.
            """,
        version: carnetVersion,
        groupedSubcommands: [
            CommandGroup(
                name: "Consume",
                subcommands: [
                    Trust.self, Get.self, Verify.self, Explain.self, List.self,
                    BundleCommand.self, Limits.self,
                ]),
            CommandGroup(
                name: "Publish",
                subcommands: [
                    Init.self, LayoutCommand.self, Release.self, RoleCommand.self, Sign.self,
                    Status.self, Refresh.self, Publish.self, Serve.self,
                ]),
            CommandGroup(name: "Mirror", subcommands: [MirrorCommand.self]),
            CommandGroup(
                name: "Care",
                subcommands: [
                    Check.self, Log.self, Diff.self, Import.self, Prune.self,
                    ImpactCommand.self, Revoke.self,
                ]),
            CommandGroup(
                name: "For tools", subcommands: [InTotoCommand.self, Conformance.self]),
            CommandGroup(name: "Work", subcommands: [Run.self, Record.self, KeyCommand.self]),
        ])

    public init() {}

    /// Runs the command line and ends the process with its exit code.
    public static func runAndExit() async -> Never {
        // A reader that has gone away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        InTotoTool.runIfCalled()
        do {
            let words = CommandLine.arguments.dropFirst()
            // The parser would look through all commands first: two thirds of the instructions.
            if words.count == 1, let word = words.first, word.utf8.elementsEqual("--version".utf8) {
                Output.raw(carnetVersion + "\n")
                Glibc.exit(0)
            }
            if let name = words.first, name.utf8.elementsEqual("get".utf8),
                let get = PlainGet.command(Array(words.dropFirst()))
            {
                try await get.run()
                Glibc.exit(0)
            }
            var command = try commandAsked(words)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch let status as ExitCode {
            Glibc.exit(status.rawValue)
        } catch {
            let code = exitCode(for: error)
            if code == .success || code == .validationFailure {
                if code == .success {
                    Output.raw(fullMessage(for: error) + "\n")
                    Glibc.exit(0)
                }
                let failure = usageFailure(error)
                if Conformance.isCalled {
                    Output.failure(CommandFailure(failure.message))
                    Glibc.exit(1)
                }
                Output.failure(failure)
                Glibc.exit(CommandFailure.badInput)
            }
            let failure = CommandFailure(error)
            Output.failure(failure)
            Glibc.exit(failure.code)
        }
    }
}

extension Carnet {
    /// The command that the process was called for.
    ///
    /// `verify` and `release`, which scripts call for one file after the other, are parsed alone at
    /// first: to build the tree of all commands takes longer than to parse either. What they do not
    /// take is parsed again by the tree, for its errors and its help.
    private static func commandAsked(
        _ words: ArraySlice<String>
    ) throws -> any ParsableCommand {
        let rest = Array(words.dropFirst())
        let alone: (any ParsableCommand)? =
            switch words.first {
            case "verify": try? Verify.parse(rest)
            case "release": try? Release.parse(rest)
            default: nil
            }
        return try alone ?? parseAsRoot()
    }

    /// The parser's words on one line.
    fileprivate static func usageFailure(_ error: any Error) -> CommandFailure {
        let words = message(for: error).split(separator: "\n").joined(separator: " ")
        let isSentence = words.last == "."
        let first = words.prefix(1).lowercased()
        return CommandFailure(
            first + words.dropFirst().dropLast(isSentence ? 1 : 0),
            hint: "carnet --help, or --help after the command, shows how it is used")
    }
}

/// Version of this tool, as `--version` and requests say it.
let carnetVersion = "0.1.0"
