// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFMetadata

/// What a person names in a trusted repository: `NAME/PATH`.
struct OfferedFile {
    let repository: TrustedRepository
    let path: TargetPath

    init(_ text: String) throws {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            throw CommandFailure(
                "\(quoted(text)) found, NAME/PATH expected", hint: "carnet list shows what there is"
            )
        }
        repository = try TrustedRepository(
            named: String(text[..<slash]), home: try Home().state)
        let rest = String(text[text.utf8.index(after: slash)...])
        guard let path = TargetPath(UTF8Text(rest)) else { throw PublishingError.path(rest) }
        self.path = path
    }
}

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download a file and verify how it was made.",
        discussion: """
            Only a verified file appears, under its own name in the current folder. The first \
            line of the answer is VERIFIED or REFUSED; a refusal has one cause.

            Example:  carnet get demo/demo/1.2.0/demo-1.2.0.tar.gz
            """)

    @Argument(help: "NAME/PATH: the repository's name and the file's path in it.")
    var file: String

    @Option(name: .shortAndLong, help: "File or folder to write to.")
    var output: String?

    @OptionGroup var verdict: VerdictOptions

    @OptionGroup var network: NetworkOptions

    func run() async throws {
        let offered = try OfferedFile(file)
        var destination = output ?? offered.path.fileName
        if FileSystem.isDirectory(destination) { destination += "/\(offered.path.fileName)" }
        let consumer = Consumer(
            offered.repository, network.transport(), now: currentInstant())
        let answer = try await consumer.get(
            offered.path, to: destination, repositoryOnly: verdict.repositoryOnly)
        try verdict.show(answer)
        Output.remark("written to \(destination)")
    }
}
