// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases

struct TrustMapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Say which repositories have to agree on which files (TAP 4).",
        discussion: """
            Without a file, the map in use is read out. A map names repositories that you trust \
            already; carnet get any/PATH then takes a file only as far as they agree on it.

            Example of a map file:
              {"repositories": {"acme": ["https://acme.example/releases/"],
                                "notary": ["https://notary.example/"]},
               "mapping": [{"paths": ["*"], "repositories": ["acme", "notary"],
                            "threshold": 2, "terminating": true}]}
            """)

    @Argument(help: "A map file to put to use.")
    var file: String?

    @Flag(help: "No longer use a map.")
    var remove = false

    @Flag(help: "Print the map in use as JSON.")
    var json = false

    func validate() throws {
        if remove && (file != nil || json) {
            throw ValidationError("--remove goes with nothing else")
        }
    }

    func run() throws {
        let home = try Home().state
        do throws(TrustMapError) {
            if remove { return try removeMap(home) }
            if let file {
                let map = try TrustMap.install(file, home: home)
                Output.remark("this map is in use now; carnet get any/PATH asks it")
                return try show(map, home)
            }
            guard let map = try TrustMap.installed(home: home) else {
                return Output.remark("no map is in use; carnet trust map FILE")
            }
            try show(map, home)
        } catch {
            throw CommandFailure(map: error)
        }
    }

    private func removeMap(_ home: String) throws(TrustMapError) {
        if try TrustMap.remove(home: home) {
            Output.result("no map is in use any more")
        } else {
            Output.remark("no map was in use")
        }
    }

    private func show(_ map: TrustMap, _ home: String) throws(TrustMapError) {
        if json { return Output.result(map.json) }
        for (position, sentence) in map.sentences.enumerated() {
            Output.result("\(position + 1). \(sentence)")
        }
        for repository in map.repositories {
            Output.result("\(repository.name)  \(repository.urls.joined(separator: "  "))")
        }
        for remark in map.remarks { Output.remark("note: \(remark)") }
        for (left, right) in try map.twins(home: home) {
            Output.remark("note: \(left) and \(right) have the same root keys and count once")
        }
    }
}

extension CommandFailure {
    /// What a person is told of a map that is not used.
    init(map error: TrustMapError) {
        switch error {
        case .noMap: self.init("\(error)", hint: "carnet trust map FILE", code: 6)
        case .notTrusted:
            self.init(
                "\(error)", hint: "carnet trust add NAME URL --fingerprint HEX", code: 6)
        case .sameRoot:
            self.init("\(error)", hint: "carnet trust show NAME tells which root each has")
        case .inUse(let name):
            self.init(
                "\(error)",
                hint: "carnet trust map FILE puts one without \(name) to use, carnet trust map "
                    + "--remove none")
        case .repository(let name, let inner):
            let failure = CommandFailure(inner)
            self.init("\(name): \(failure.message)", hint: failure.hint, code: failure.code)
        default: self.init("\(error)")
        }
    }
}
