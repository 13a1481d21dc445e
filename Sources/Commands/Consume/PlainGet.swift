// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `carnet get` as it is given nearly always: each option spelled out and once, its value the next
/// word.
///
/// The parser learns a command's options by reflection, each time it is called: a quarter of all
/// instructions of getting one small file. What is spelled plainly is therefore read here, into the
/// same command. Whatever else is found, be it `--option=value`, an unknown word, a request for
/// help or a mistake, is the parser's alone, which has the words for it: `nil` says so. That both
/// read the same out of the same words is tested.
struct PlainGet {
    private var files: [String] = []
    private var flags: [String] = []
    private var values: [(option: String, value: String)] = []

    private static let flags = [
        "--allow-http", "--json", "--no-cache", "--offline", "--tuf-only", "--unsandboxed",
    ]
    private static let options = [
        "--as-of", "--ca-dir", "--ca-file", "--cache", "--fingerprint", "--html", "--jobs",
        "--metadata-url", "--netrc", "--output", "--root", "--targets-url", "--token-file",
    ]
    private static let lists = ["--from", "--limit"]

    /// - Parameter words: what follows `get`.
    static func command(_ words: [String]) -> Get? {
        guard let plain = PlainGet(words) else { return nil }
        return plain.command()
    }

    private init?(_ words: [String]) {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.utf8.first == UInt8(ascii: "-") else {
                if word.isEmpty { return nil }
                files.append(word)
                continue
            }
            let option = PlainGet.long[word] ?? word
            if PlainGet.flags.contains(option) {
                if has(option) { return nil }
                flags.append(option)
                continue
            }
            let isList = PlainGet.lists.contains(option)
            guard isList || PlainGet.options.contains(option), isList || value(option) == nil,
                let value = rest.popFirst(), let first = value.utf8.first,
                first != UInt8(ascii: "-")
            else { return nil }
            values.append((option, value))
        }
        if files.isEmpty { return nil }
    }

    private static let long = ["-o": "--output", "-j": "--jobs"]

    private func has(_ flag: String) -> Bool { flags.contains(flag) }

    private func value(_ option: String) -> String? { list(option).first }

    private func list(_ option: String) -> [String] {
        values.filter { $0.option == option }.map(\.value)
    }

    /// Every property is given its value: one that had none would be a bug at its first use.
    private func command() -> Get? {
        var get = Get()
        get.files = files
        get.output = value("--output")
        if let text = value("--jobs") {
            guard let jobs = Int(text) else { return nil }
            get.jobs = jobs
        } else {
            get.jobs = 4
        }
        get.verdict = verdict()
        get.page = PageOptions()
        get.page.html = value("--html")
        get.pinned = pinned()
        get.options = client()
        do {
            try get.validate()
            try get.verdict.validate()
            try get.options.validate()
        } catch { return nil }
        return get
    }

    private func verdict() -> VerdictOptions {
        var verdict = VerdictOptions()
        verdict.repositoryOnly = has("--tuf-only")
        verdict.allowedInspections = []
        verdict.unsandboxed = has("--unsandboxed")
        verdict.given = []
        verdict.json = has("--json")
        return verdict
    }

    private func pinned() -> PinnedOptions {
        var pinned = PinnedOptions()
        pinned.root = value("--root")
        pinned.fingerprint = value("--fingerprint")
        pinned.from = list("--from")
        pinned.metadataURL = value("--metadata-url")
        pinned.targetsURL = value("--targets-url")
        return pinned
    }

    private func client() -> ClientOptions {
        var options = ClientOptions()
        options.offline = has("--offline")
        options.asOf = value("--as-of")
        options.cache = value("--cache")
        options.noCache = has("--no-cache")
        options.network = NetworkOptions()
        options.network.allowHTTP = has("--allow-http")
        options.network.caFile = value("--ca-file")
        options.network.caDirectory = value("--ca-dir")
        options.network.netrc = value("--netrc")
        options.network.tokenFile = value("--token-file")
        options.network.limits = LimitOptions()
        options.network.limits.changes = list("--limit")
        return options
    }
}

/// All values that a command line of `get` gives, read plainly and by the parser: for the test that
/// both are the same.
package enum GetReading {
    /// `nil` where the words are the parser's.
    package static func plain(_ words: [String]) -> String? { PlainGet.command(words).map(values) }

    /// `nil` where the parser refuses them.
    package static func parsed(_ words: [String]) -> String? {
        (try? Carnet.parseAsRoot(["get"] + words)).flatMap { $0 as? Get }.map(values)
    }

    private static func values(_ command: Get) -> String {
        values(of: command, "").joined(separator: "\n")
    }

    /// What the property wrappers hold; how else they came about does not matter.
    private static func values(of arguments: any ParsableArguments, _ path: String) -> [String] {
        Mirror(reflecting: arguments).children.flatMap { property -> [String] in
            let path = path + (property.label ?? "")
            let wrapper = Mirror(reflecting: property.value)
            guard let parsed = wrapper.descendant("_parsedValue"),
                let value = Mirror(reflecting: parsed).descendant("value")
            else { return ["\(path): none"] }
            if let group = value as? any ParsableArguments { return values(of: group, path) }
            return ["\(path): \(String(reflecting: value))"]
        }
    }
}
