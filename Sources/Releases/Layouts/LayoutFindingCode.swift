// SPDX-License-Identifier: Apache-2.0

extension LayoutFinding {
    /// Stable names of all that the lint looks for.
    public enum Code: String, Sendable, CaseIterable {
        // time
        case expired
        case expiresSoon = "expires-soon"
        case expiresFar = "expires-far"
        // the file
        case deviates
        case noSteps = "no-steps"
        case nameUnsafe = "name-unsafe"
        // keys and thresholds
        case onePerson = "one-person"
        case sameKeyTwice = "same-key-twice"
        case keyMissing = "key-missing"
        case keyUnlisted = "key-unlisted"
        case keyUnusable = "key-unusable"
        case keyUnused = "key-unused"
        case keyEnds = "key-ends"
        case nobody
        case thresholdZero = "threshold-zero"
        case thresholdUnreachable = "threshold-unreachable"
        case thresholdOne = "threshold-one"
        // rules
        case openEnd = "open-end"
        case allowAll = "allow-all"
        case matchItself = "match-itself"
        case ruleDead = "rule-dead"
        case ruleNever = "rule-never"
        case requireConsumed = "require-consumed"
        case requirePattern = "require-pattern"
        case matchUnknown = "match-unknown"
        case matchNever = "match-never"
        case matchPrefix = "match-prefix"
        case stepUntied = "step-untied"
        case productUntied = "product-untied"
        // inspections
        case inspectionCommand = "inspection-command"
        case inspectionWithoutRules = "inspection-without-rules"
        // paths and parameters
        case pathAmbiguous = "path-ambiguous"
        case parameterLoose = "parameter-loose"
        case parameterUnknown = "parameter-unknown"
        // the links at hand
        case linkMissing = "link-missing"
        case linkUnreadable = "link-unreadable"
        case patternUnmatched = "pattern-unmatched"
        case takesNothing = "takes-nothing"
        case digestSets = "digest-sets"
        case refuses
        case sublayout
        case sublayoutDeep = "sublayout-deep"
        // the lint itself
        case notAllLookedAt = "not-all-looked-at"

        /// Why it matters, as a sentence.
        public var reason: String {
            switch self {
            case .expired: "Consumers refuse every file that an expired layout governs."
            case .expiresSoon: "Consumers refuse every file that it governs from then on."
            case .expiresFar: "Until then nobody has to look at it again, whatever became of it."
            case .deviates: "Other verifiers sign and check other bytes than these."
            case .noSteps: "Without a step anything passes."
            case .nameUnsafe: "Links are files named after the step, which may leave their folder."
            case .onePerson, .sameKeyTwice:
                "One key that is stolen then counts as several people."
            case .keyMissing: "Without it the layout cannot be made."
            case .keyUnlisted, .keyUnusable: "No link of theirs can ever count."
            case .keyUnused: "A key that nobody needs can only be misused, or is missing elsewhere."
            case .keyEnds: "What it signed does not count from then on."
            case .nobody: "No link of the step can ever count."
            case .thresholdZero: "A step that nobody must have done proves nothing."
            case .thresholdUnreachable: "Every file is refused."
            case .thresholdOne: "Each of them alone can vouch: one stolen key of several is enough."
            case .openEnd, .allowAll: "Files that nobody thought of pass with the rest."
            case .matchItself: "A list always agrees with itself, so this allows what it names."
            case .ruleDead: "It looks like a check and is none."
            case .ruleNever: "It can take nothing, so what it names is left to the rules after it."
            case .requireConsumed:
                "REQUIRE looks for its file among those that no earlier rule has taken."
            case .requirePattern:
                "REQUIRE takes its word for the file's name, not for a pattern."
            case .matchUnknown, .matchNever: "What it names is left to the rules after it."
            case .matchPrefix: "The pattern speaks of what follows the prefix, letter for letter."
            case .stepUntied: "What was recorded there has no bearing on the product."
            case .productUntied: "Any file of the step then counts as the product."
            case .inspectionCommand: "Consumers must let it run, and have the program."
            case .inspectionWithoutRules: "It shows no more than that the command ends well."
            case .pathAmbiguous: "Two clients might read two versions out of one path."
            case .parameterLoose: "An old file may be passed off as a new version."
            case .parameterUnknown: "It stays as it is written, and no file has such a name."
            case .linkMissing: "Rules that speak of it could not be tried."
            case .linkUnreadable: "No verifier can use it."
            case .patternUnmatched:
                "A slip in the pattern leaves the files that it means to the rules after it."
            case .takesNothing: "What it matches is left to the rules after it."
            case .digestSets:
                "Digests agree only if the same algorithms were recorded on both sides."
            case .refuses: "The verifier would refuse these links."
            case .sublayout: "Its own rules decide what the step made."
            case .sublayoutDeep: "Deeper links are not found, and the file is refused."
            case .notAllLookedAt: "More of the kind may be there."
            }
        }
    }
}
