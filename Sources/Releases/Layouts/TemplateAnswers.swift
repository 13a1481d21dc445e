// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// What a template has to be told.
public struct TemplateAnswers: Sendable {
    /// File names begin with it.
    public var project: String
    /// The layout's name; that of the last step if `nil`.
    public var name: String?
    /// Who may do the first step, and those for which nobody else is named.
    public var functionaries: [String]
    /// Who may do the last step.
    public var makers: [String] = []
    /// Who may run the tests.
    public var testers: [String] = []
    /// Whether a run of the tests is asked for.
    public var hasTests = false
    /// Who may sign the layout; the functionaries if empty.
    public var owners: [String] = []
    /// How many of them must sign; all if `nil`.
    public var threshold: Int?
    /// How many must do the last step independently; one, or all of ``makers``, if `nil`.
    public var builders: Int?

    public init(project: String, functionaries: [String]) {
        self.project = project
        self.functionaries = functionaries
    }

    public var signers: [String] { owners.isEmpty ? functionaries : owners }
    var signatures: Int { threshold ?? signers.count }
    var lastDoers: [String] { makers.isEmpty ? functionaries : makers }
    var testDoers: [String] { testers.isEmpty ? lastDoers : testers }
    var copies: Int { builders ?? max(1, makers.count) }

    /// Everybody who may do a step, each once.
    public var everybody: [String] {
        var seen: Set<UTF8Text> = []
        let all = functionaries + lastDoers + (hasTests ? testDoers : [])
        return all.filter { seen.insert(UTF8Text($0)).inserted }
    }

    /// - Throws: the first answer that makes no sense.
    func check(_ template: LayoutTemplate) throws(TemplateError) {
        let texts =
            [("project", project)] + (name.map { [("name", $0)] } ?? [])
            + functionaries.map { ("functionary", $0) } + makers.map { ("built-by", $0) }
            + testers.map { ("tested-by", $0) } + owners.map { ("signer", $0) }
        for (option, text) in texts where !Step.isSafe(name: UTF8Text(text)) {
            throw .name(option: option, text)
        }
        let lists = [
            ("functionary", functionaries), ("built-by", makers), ("tested-by", testers),
            ("signer", owners),
        ]
        for (option, names) in lists {
            var seen: Set<UTF8Text> = []
            for name in names where !seen.insert(UTF8Text(name)).inserted {
                throw .twice(option: option, name)
            }
        }
        if functionaries.isEmpty { throw .nobody }
        if template == .ciTarball && makers.isEmpty { throw .noMakers(template) }
        guard testers.isEmpty || hasTests else { throw .testersWithoutTests }
        guard (1...signers.count).contains(signatures) else {
            throw .count(option: "threshold", signatures, maximum: signers.count, "signers")
        }
        guard (1...lastDoers.count).contains(copies) else {
            throw .count(
                option: "builders", copies, maximum: lastDoers.count, "may do the last step")
        }
    }
}

/// Why a template cannot be filled in.
public enum TemplateError: Error, Equatable, Sendable {
    case name(option: String, String)
    case twice(option: String, String)
    case nobody
    case noMakers(LayoutTemplate)
    case testersWithoutTests
    /// - Parameter of: what there are so many of.
    case count(option: String, Int, maximum: Int, _ of: String)
}

extension TemplateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let option, let text):
            "--\(option) \(quoted(text)): 1 to 100 letters, digits and . _ + - expected, no dot first"
        case .twice(let option, let name): "--\(option): \(quoted(name)) stands twice"
        case .nobody: "--functionary: at least one key is expected"
        case .noMakers(let template):
            "\(template.rawValue): --built-by is expected, the keys of CI and of whoever rebuilds"
        case .testersWithoutTests: "--tested-by goes with --tests"
        case .count(let option, let found, let maximum, let of):
            "--\(option) \(found): \(maximum == 1 ? "1" : "1 to \(maximum)") expected, as \(maximum) "
                + of
        }
    }
}
