// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Mirroring
import RepositoryStorage

struct MirrorVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read everything that a mirror serves, and heal it from its source.",
        discussion: """
            Every file is read and compared with what the mirror's own signed metadata says. With \
            --source, what is damaged or missing is fetched again and put in its place. Exit 1 if \
            something is left damaged or missing; what no state refers to is named and left alone.
            """)

    @Argument(help: "Where the mirror is.")
    var mirror: String

    @Option(help: "Heal from here: the name of a trusted repository, or its place.")
    var source: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: SourceOptions

    func run() async throws {
        let store = try options.mirror(mirror)
        var (mirrorOptions, sources) = (MirrorOptions(), [MirrorSource]())
        var trusted: [UInt8]?
        if let source {
            (mirrorOptions, sources, trusted) = try options.sources(source)
        } else {
            mirrorOptions.connections = options.connections
        }
        mirrorOptions.notice = { Output.remark("\($0)") }
        let line = json ? nil : MirrorProgressLine.onTerminal()
        if let line { mirrorOptions.progress = { line.take($0) } }
        let pin = try await options.pin(store, sources, trusted, mirrorOptions.limits)
        let check = MirrorCheck(
            store, sources: sources, options: mirrorOptions, now: currentInstant())
        let outcome: MirrorCheck.Outcome
        do {
            outcome = try await mirroring { () throws(MirrorError) in try await check.run(pin) }
            line?.end()
        } catch {
            line?.end()
            throw error
        }
        if json {
            Output.result(outcome.json(store.place))
        } else {
            Output.raw(outcome.text(store.place))
        }
        if !outcome.isSound { throw ExitCode(1) }
    }
}

extension MirrorCheck.Outcome {
    static let schema = "carnet/mirror-verify/1"

    func text(_ place: String) -> String {
        var lines = problems.map {
            "  \(shown($0.name))   \($0.kind.rawValue)\($0.isHealed ? ", healed" : "")"
        }
        lines += foreign.prefix(20).map { "  \(shown($0))   no state refers to it" }
        if foreignCount > 20 { lines.append("  and \(foreignCount - 20) more such files") }
        let left = problems.filter { !$0.isHealed }.count
        let healed = problems.count - left
        var words = "\(place): \(roles + 4) roles and \(files) files read"
        if healed > 0 { words += ", \(healed) healed" }
        words += left > 0 ? ", \(left) LEFT DAMAGED OR MISSING." : ", all as they should be."
        return (lines + [words]).joined(separator: "\n") + "\n"
    }

    func json(_ place: String) -> JSON {
        [
            "schema": .text(MirrorCheck.Outcome.schema), "place": .text(place),
            "sound": .boolean(isSound), "roles": .integer(roles), "files": .integer(files),
            "problems": .array(
                problems.map {
                    [
                        "path": .string($0.name), "kind": .text($0.kind.rawValue),
                        "healed": .boolean($0.isHealed),
                    ]
                }),
            "unreferenced": .integer(foreignCount),
            "unreferenced_paths": .array(foreign.map(JSON.string)),
        ]
    }
}
