// SPDX-License-Identifier: Apache-2.0

/// Something that an audit found in a repository, and what can be done about it.
public struct Finding: Sendable, Equatable {
    /// How much it matters.
    public enum Severity: String, Sendable, CaseIterable, Comparable {
        /// Clients refuse something, or cannot have it.
        case error
        /// It works, and is weaker or nearer its end than its owners may think.
        case warning
        /// Good to know.
        case note

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        /// The gravest first.
        private var rank: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
    }

    public let severity: Severity
    public let code: Code
    /// The file, role, path or key that it is about, fit for a message.
    public let subject: String
    /// What is wrong, as a clause without a full stop.
    public let sentence: String
    public let found: String?
    public let expected: String?
    /// What its owner does next, in words.
    public let remedy: String

    /// - Parameter severity: the code's usual one if not given.
    init(
        _ code: Code, _ subject: String, _ sentence: String, found: String? = nil,
        expected: String? = nil, remedy: String, severity: Severity? = nil
    ) {
        self.severity = severity ?? code.severity
        self.code = code
        self.subject = subject
        self.sentence = sentence
        self.found = found
        self.expected = expected
        self.remedy = remedy
    }
}

extension Finding {
    /// Stable names of all that an audit looks for.
    public enum Code: String, Sendable, CaseIterable {
        // files
        case missing
        case unreachable
        case tooLarge = "too-large"
        case malformed
        case duplicateSignature = "duplicate-signature"
        case unsigned
        case wrongVersion = "wrong-version"
        case wrongLength = "wrong-length"
        case wrongDigest = "wrong-digest"
        // the chain of roots
        case rootGap = "root-gap"
        case rootDiffers = "root-differs"
        case manyRoots = "many-roots"
        // time
        case expired
        case expiring
        case clock
        // roles and delegations
        case notInSnapshot = "not-in-snapshot"
        case roleUnreachable = "role-unreachable"
        case roleRevoked = "role-revoked"
        case tooManyRoles = "too-many-roles"
        case patternShadowed = "pattern-shadowed"
        case patternDead = "pattern-dead"
        case patternOutOfReach = "pattern-out-of-reach"
        case patternIdle = "pattern-idle"
        case fileUnreachable = "file-unreachable"
        case pathUnsafe = "path-unsafe"
        case nonConsistent = "non-consistent"
        // keys
        case thresholdUnreachable = "threshold-unreachable"
        case thresholdOne = "threshold-one"
        case noSpareKey = "no-spare-key"
        case onePerson = "one-person"
        case sameKeyTwice = "same-key-twice"
        case keyUnknown = "key-unknown"
        case keyMissing = "key-missing"
        case onlineKeyOffline = "online-key-offline"
        // releases
        case policyMalformed = "policy-malformed"
        case layoutMalformed = "layout-malformed"
        case layoutUnsigned = "layout-unsigned"
        case layoutKeyMissing = "layout-key-missing"
        case layoutExpired = "layout-expired"
        case layoutExpiring = "layout-expiring"
        case evidenceMissing = "evidence-missing"
        case releaseRefused = "release-refused"
        case notVerified = "not-verified"
        case clientRefuses = "client-refuses"
        // the disk
        case metadataOrphaned = "metadata-orphaned"
        case targetsOrphaned = "targets-orphaned"
        case fileForeign = "file-foreign"
        case listingFailed = "listing-failed"

        /// How much it matters, unless the place says otherwise.
        public var severity: Severity {
            switch self {
            case .missing, .unreachable, .tooLarge, .malformed, .duplicateSignature, .unsigned,
                .wrongVersion, .wrongLength, .wrongDigest, .rootGap, .rootDiffers, .expired,
                .notInSnapshot, .roleRevoked, .tooManyRoles, .thresholdUnreachable,
                .policyMalformed, .layoutMalformed, .layoutUnsigned, .layoutKeyMissing,
                .layoutExpired, .evidenceMissing, .releaseRefused, .clientRefuses, .listingFailed:
                .error
            case .expiring, .clock, .roleUnreachable, .patternShadowed, .patternDead,
                .patternOutOfReach, .fileUnreachable, .pathUnsafe, .thresholdOne, .noSpareKey,
                .onePerson, .sameKeyTwice, .keyUnknown, .keyMissing, .onlineKeyOffline,
                .layoutExpiring, .notVerified:
                .warning
            case .manyRoots, .patternIdle, .nonConsistent, .metadataOrphaned, .targetsOrphaned,
                .fileForeign:
                .note
            }
        }

        /// Whether it says that something is, or is about to be, too old.
        public var isAboutTime: Bool {
            switch self {
            case .expired, .expiring, .layoutExpired, .layoutExpiring: true
            default: false
            }
        }
    }
}

extension Finding: CustomStringConvertible {
    /// `expired releases.json: …; remedy`.
    public var description: String { "\(code.rawValue) \(subject): \(sentence); \(remedy)" }
}
