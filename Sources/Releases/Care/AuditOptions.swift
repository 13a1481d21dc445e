// SPDX-License-Identifier: Apache-2.0
public import TUFClient

/// How far an audit goes.
public struct AuditOptions: Sendable {
    /// What is read.
    public enum Scope: String, Sendable {
        /// All metadata, and the layouts; told are errors, and what is or is about to be too old.
        case expiry
        /// All metadata, and the layouts; target files are looked for on disk, not read.
        case metadata
        /// Every target file as well.
        case everything
    }

    public var scope = Scope.everything
    /// What ends within so many days is told. A role that states for how long it is signed is
    /// about to expire only in the last sixth of that: one that is signed every day would always
    /// be, and in the sixth before that it is signed anew.
    public var expiringWithinDays = 14
    /// Whether every release file's evidence is judged as a consumer judges it.
    public var verifiesReleases = true
    /// Files read at one time.
    public var jobs = 4
    /// The client's bounds. Those on numbers of roots and roles are ``roots`` and ``roles`` here:
    /// an audit sees what many clients see together.
    public var limits = ClientLimits()
    public var evidence = ReleaseVerifier.Limits()
    /// Versions of the root that are read.
    public var roots = 4096
    /// Roles that are read, over all levels of delegation.
    public var roles = 1 << 17
    /// Findings of one kind that are told one by one.
    public var findingsPerCode = 100
    /// A timestamp may be signed this far in the future before somebody's clock is wrong.
    public var clockToleranceSeconds = 300

    public init() {}

    /// The alarm for timers: metadata alone, and only what is broken or about to expire.
    public static func expiring(withinDays days: Int) -> AuditOptions {
        var options = AuditOptions()
        options.scope = .expiry
        options.expiringWithinDays = days
        options.verifiesReleases = false
        return options
    }
}
