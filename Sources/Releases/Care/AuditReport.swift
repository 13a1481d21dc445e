// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning

/// What an audit found, and what it looked at.
public struct AuditReport: Sendable {
    /// The repository's own name, or where it is.
    public let repository: String
    /// The moment for which it was judged.
    public let asOf: Instant
    /// The gravest first, then in the order of the walk.
    public let findings: [Finding]
    public let summary: Summary

    /// What was looked at.
    public struct Summary: Sendable, Equatable {
        /// First and last version of the root that were read; `nil` if none was.
        public var roots: ClosedRange<Int>?
        /// Targets roles read, the top-level one included.
        public var roles = 0
        /// Roles whose every delegation has the signatures that it asks for, of the four top-level
        /// roles and those delegated to.
        public var verified = 0
        /// Target files that were read and are the ones signed.
        public var files = 0
        /// Target files that are listed, within anybody's reach or not.
        public var listed = 0
        /// Release files that a consumer would take.
        public var releases = 0
        /// Bytes of all files read.
        public var bytes = 0
        /// What ends first of all that has not ended: a role or a layout, and when.
        public var nextExpiry: Expiry?

        public struct Expiry: Sendable, Equatable {
            public let subject: String
            public let at: Instant
        }
    }

    /// The answer in one word.
    public enum Outcome: String, Sendable {
        /// Nothing is wrong.
        case sound
        /// Clients take all of it; there are warnings.
        case weak
        /// Nothing is wrong but that something is about to expire.
        case expiring
        case expired
        /// Nothing could be learned.
        case unreachable
        case broken
    }

    public var outcome: Outcome {
        let errors = findings.filter { $0.severity == .error }
        let others = errors.filter { !$0.code.isAboutTime }
        if !others.isEmpty {
            return others.allSatisfy { $0.code == .unreachable } ? .unreachable : .broken
        }
        if !errors.isEmpty { return .expired }
        if findings.contains(where: { $0.code.isAboutTime }) { return .expiring }
        return findings.contains { $0.severity == .warning } ? .weak : .sound
    }

    /// 0 if clients take all of it and nothing is about to expire, 1 if something is broken, 4 if
    /// something is, or is about to be, expired, 5 if the repository could not be reached.
    public var exitCode: Int32 {
        switch outcome {
        case .sound, .weak: 0
        case .broken: 1
        case .expiring, .expired: 4
        case .unreachable: 5
        }
    }

    /// The findings of one severity.
    public func findings(_ severity: Finding.Severity) -> [Finding] {
        findings.filter { $0.severity == severity }
    }
}
