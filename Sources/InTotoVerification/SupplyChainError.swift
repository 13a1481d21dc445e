// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

/// The one reason why a product is refused.
public indirect enum SupplyChainError: Error, Equatable, Sendable {
    /// The layout is no policy to verify anything by.
    case layout(LayoutFault)
    /// The layout expired at or before the moment of verification.
    case expired(at: Instant, now: Instant)
    case parameter(ParameterFault)

    /// A functionary's file that is neither a link nor a layout.
    case malformedLink(file: UTF8Text, SigningError)
    /// Python's in-toto would check other bytes than the file's: see `Link.deviation`.
    case linkDeviates(file: UTF8Text, String)
    /// A link that its functionary made for another step.
    case linkOfAnotherStep(file: UTF8Text, found: UTF8Text, expected: UTF8Text)
    /// Too few links, and nothing at hand contradicts the layout. `missing` names the files
    /// that would make up for it.
    case missingLinks(step: UTF8Text, required: Int, accepted: [KeyID], missing: [UTF8Text])
    /// The only links of the step are by keys that the layout does not allow for it.
    case strangers(step: UTF8Text, files: [UTF8Text])
    /// Too few links, and some whose signatures are wrong.
    case invalidLinks(step: UTF8Text, required: Int, accepted: [KeyID], rejected: [RejectedLink])
    /// Two functionaries recorded different files.
    case disagreement(ArtifactDisagreement)
    /// The chain of a sublayout, held by `file`, is refused.
    case sublayout(file: UTF8Text, SupplyChainError)
    /// Sublayouts inside one another, more than are followed.
    case nestedTooDeeply(maximum: Int)

    case ruleBroken(ArtifactRuleViolation)
    case product(ProductFault)
    /// Nothing takes the inspection's command.
    case inspectionRefused(name: UTF8Text, command: [UTF8Text])
    case inspectionFailed(name: UTF8Text, InspectionFailure)

    /// Whether evidence is only not there yet: fewer valid links than the threshold, and nothing
    /// at hand that contradicts the layout.
    public var isAbsence: Bool {
        switch self {
        case .missingLinks: true
        case .sublayout(_, let error): error.isAbsence
        default: false
        }
    }
}

extension SupplyChainError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .layout(let fault): "layout: \(fault)"
        case .expired(let expires, let now): "layout: expired at \(expires), it is \(now)"
        case .parameter(let fault): "\(fault)"
        case .malformedLink(let file, let error): "\(shown(file)): \(error)"
        case .linkDeviates(let file, let words): "\(shown(file)): \(words)"
        case .linkOfAnotherStep(let file, let found, let expected):
            "\(shown(file)): link of step \(quoted(found)) found, \(quoted(expected)) expected"
        case .missingLinks(let step, let required, let accepted, let missing):
            "step \(shown(step)): links by \(accepted.count) of the \(keys(required)) required"
                + ", missing \(list(missing.map(shown)))"
        case .strangers(let step, let files):
            "step \(shown(step)): only links by keys the layout does not allow, "
                + list(files.map(shown))
        case .invalidLinks(let step, let required, let accepted, let rejected):
            "step \(shown(step)): links by \(accepted.count) of the \(keys(required)) required"
                + ", \(list(rejected.map(\.description)))"
        case .disagreement(let disagreement): "\(disagreement)"
        case .sublayout(let file, let error): "sublayout \(shown(file)): \(error)"
        case .nestedTooDeeply(let maximum):
            "nested too deeply, at most \(maximum) levels expected"
        case .ruleBroken(let violation): "\(violation)"
        case .product(let fault): "\(fault)"
        case .inspectionRefused(let name, let command):
            "inspection \(shown(name)): command \(quoted(command)) is not allowed"
        case .inspectionFailed(let name, let failure): "inspection \(shown(name)): \(failure)"
        }
    }

    private func keys(_ count: Int) -> String { count == 1 ? "1 key" : "\(count) keys" }
}

/// The first five of what a message lists, and how many more there are.
func list(_ words: [String], of count: Int? = nil) -> String {
    let count = count ?? words.count
    let shown = words.prefix(5)
    let more = count - shown.count
    return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
}
