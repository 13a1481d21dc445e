// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// A layout as it is read out, wherever it comes from.
public struct LayoutReading: Sendable {
    struct Item: Sendable {
        let name: String
        /// Who may do it; empty for an inspection.
        let by: [String]
        let threshold: Int
        /// Names of the steps whose files it compares with its own.
        let takes: [String]
        /// The command of an inspection.
        var run: [UTF8Text] = []
    }

    let steps: [Item]
    let inspections: [Item]
    /// Name of the step that makes the file; the last one if nothing is said.
    let product: String?
    /// Paths that it governs; empty if it does not say.
    let paths: [String]
    /// The last line or lines: who signs it.
    let ending: String

    /// The layout in one sentence, then step by step.
    public var sentences: String {
        var lines = [sentence, ""]
        let width = (steps + inspections).map(\.name.utf8.count).max() ?? 0
        for item in steps { lines.append(line(item, width, details(of: item))) }
        for item in inspections {
            lines.append(
                line(
                    item, width,
                    "looks into the file: \(item.run.map(\.string).joined(separator: " "))"))
        }
        if !paths.isEmpty { lines.append("Files: \(paths.joined(separator: " or "))") }
        lines.append(ending)
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ item: Item, _ width: Int, _ words: String) -> String {
        let gap = String(repeating: " ", count: width - item.name.utf8.count)
        return "  \(item.name)\(gap)  \(words)"
    }

    // MARK: the sentence

    private var sentence: String {
        var clauses = steps.map(clause)
        for item in inspections { clauses.append("it passes inspection \(item.name)") }
        if clauses.isEmpty { return "Nothing counts: the layout has no steps." }
        let words =
            clauses.count == 1
            ? clauses[0]
            : clauses.dropLast().joined(separator: ", ") + ", and " + clauses[clauses.count - 1]
        return "\(subject) counts if \(words)."
    }

    /// What the files are, by how their names end.
    private var subject: String {
        func all(_ endings: String...) -> Bool {
            !paths.isEmpty
                && paths.allSatisfy { path in
                    endings.contains { path.utf8.suffix($0.utf8.count).elementsEqual($0.utf8) }
                }
        }
        if all(".whl") { return "A wheel" }
        if all(".deb") { return "A Debian package" }
        if all(".index.json") { return "An image" }
        if product == "sdist" { return "An sdist" }
        if all(".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".tar") { return "A tarball" }
        return "A file"
    }

    private func clause(_ item: Item) -> String {
        let isProduct = item.name == product
        let agreed =
            item.threshold < 2
            ? "" : isProduct ? " and got the same bytes" : " and got the same result"
        return switch item.name {
        case "test", "tests", "check": "the tests passed\(passed(item))"
        case "tag" where !isProduct: "\(who(item)) tagged the source\(agreed)"
        case "source" where !isProduct: "\(who(item)) vouched for the source\(agreed)"
        case "review" where !isProduct: "\(who(item)) reviewed it\(agreed)"
        case _ where isProduct && item.name == "package" && steps.count > 1:
            "\(who(item)) packaged it\(agreed)"
        case "build", "compile": "\(who(item)) built it\(agreed)"
        case _ where isProduct: "\(who(item)) built it\(agreed)"
        default: "\(who(item)) did step \(item.name)\(agreed)"
        }
    }

    private func passed(_ item: Item) -> String {
        item.threshold < 2 ? ", run by \(who(item))" : ", run by \(who(item)), alike"
    }

    private func who(_ item: Item) -> String {
        switch (item.threshold, item.by.count) {
        case (1, _): joined(item.by, "or")
        case (2, 2): "\(joined(item.by)) both"
        case (let wanted, let count) where wanted == count: "\(joined(item.by)) all"
        case (let wanted, _): "\(wanted) of \(joined(item.by))"
        }
    }

    private func details(of item: Item) -> String {
        var words = [
            item.by.count == 1
                ? item.by[0]
                : item.threshold == 1
                    ? "any one of \(joined(item.by))"
                    : "\(item.threshold == item.by.count ? "each" : "\(item.threshold)") of "
                        + joined(item.by)
        ]
        if item.threshold > 1 { words.append("all with the same result") }
        if !item.takes.isEmpty { words.append("from what \(joined(item.takes)) left") }
        if item.name == product { words.append("makes the file") }
        return words.joined(separator: "; ")
    }
}

extension LayoutReading.Item {
    /// The other steps that the rules after FROM name, in the order in which they do.
    static func sources(_ rules: [ArtifactRule], not own: String) -> [String] {
        var names: [String] = []
        for case .match(let match) in rules {
            let name = shown(match.step)
            if name != own && !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// A step's name, fit for one line.
    static func shown(_ name: UTF8Text) -> String {
        Step.isSafe(name: name) ? name.string : quoted(name)
    }
}
