// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import InTotoTools

/// The programs of python's in-toto 3.1.0, under their flags, with their verdicts.
struct InTotoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "in-toto",
        abstract: "Be in-toto-run, in-toto-verify and their like.",
        discussion: """
            What python's in-toto 3.1.0 has as programs, with its flags, file names, exit codes \
            and verdicts, which are laxer than those of carnet's own commands. Called through a \
            link named in-toto-run, in-toto-record, in-toto-sign, in-toto-verify, in-toto-mock or \
            in-toto-match-products, carnet is that program.

            Example:  carnet in-toto verify --layout root.layout --verification-keys owner.pub
            """,
        subcommands: [
            InTotoRun.self, InTotoRecord.self, InTotoSign.self, InTotoVerify.self,
            InTotoMock.self, InTotoMatchProducts.self,
        ])
}

/// A program whose words the parser passes on.
protocol InTotoSubcommand: ParsableCommand {
    static var program: ToolProgram { get }
    var words: [String] { get }
}

extension InTotoSubcommand {
    mutating func run() throws {
        throw ExitCode(InTotoTool.run(Self.program, words))
    }
}

struct InTotoRun: InTotoSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Record a step around a command, in a signed link.")
    static let program = ToolProgram.run

    @Argument(parsing: .captureForPassthrough, help: "Flags of in-toto-run; see run --help.")
    var words: [String] = []
}

struct InTotoRecord: InTotoSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record a step that is no single command, in two calls.")
    static let program = ToolProgram.record

    @Argument(parsing: .captureForPassthrough, help: "Flags of in-toto-record; see record --help.")
    var words: [String] = []
}

struct InTotoSign: InTotoSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a link or layout, or check its signatures.")
    static let program = ToolProgram.sign

    @Argument(parsing: .captureForPassthrough, help: "Flags of in-toto-sign; see sign --help.")
    var words: [String] = []
}

struct InTotoVerify: InTotoSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify a product's supply chain by a layout and links.")
    static let program = ToolProgram.verify

    @Argument(parsing: .captureForPassthrough, help: "Flags of in-toto-verify; see verify --help.")
    var words: [String] = []
}

struct InTotoMock: InTotoSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "mock", abstract: "Write a link that nobody signs, to try things out.")
    static let program = ToolProgram.mock

    @Argument(parsing: .captureForPassthrough, help: "Flags of in-toto-mock; see mock --help.")
    var words: [String] = []
}

struct InTotoMatchProducts: InTotoSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "match-products", abstract: "Compare files with the products of a link.")
    static let program = ToolProgram.matchProducts

    @Argument(
        parsing: .captureForPassthrough,
        help: "Flags of in-toto-match-products; see match-products --help.")
    var words: [String] = []
}
