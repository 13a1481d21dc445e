// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata
public import TUFRepository

/// A new repository with the roles of the trust model: who holds which, and what may be
/// published.
public struct RepositoryPlan: Sendable {
    public typealias Keys = MetadataBuilder.Keys

    public static let layouts = RoleName("layouts")
    public static let links = RoleName("links")
    public static let releases = RoleName("releases")

    /// Member of root that holds the repository's name.
    public static let nameMember: UTF8Text = "x-carnet-name"

    public var name: String
    /// Keys and threshold of the offline roles.
    public var root: Keys
    public var targets: Keys
    public var layouts: Keys
    /// Signs releases, links, snapshot and timestamp.
    public var online: Keys
    /// Path patterns of the releases role.
    public var releasePatterns: [UTF8Text]
    /// Patterns of files that need no evidence.
    public var unattested: [UTF8Text]

    public init(
        name: String, root: Keys, targets: Keys, layouts: Keys, online: Keys,
        releasePatterns: [UTF8Text],
        unattested: [UTF8Text] = []
    ) {
        self.name = name
        self.root = root
        self.targets = targets
        self.layouts = layouts
        self.online = online
        self.releasePatterns = releasePatterns
        self.unattested = unattested
    }

    /// How long signatures are good for, in days.
    private enum Period {
        static let offline = 365
        static let online = 30
        static let snapshot = 7
        static let timestamp = 1
    }

    /// Layouts and links first and terminating: a pattern of the releases role, however wide,
    /// cannot reach into their folders.
    private var delegations: [MetadataBuilder.NewDelegation] {
        let folder = LayoutTarget.folder
        // A sub-chain's links lie one folder deeper for each level.
        let linkPatterns = (1...4).map { depth in
            UTF8Text(folder + String(repeating: "/*", count: depth) + "/*.link")
        }
        return [
            .init(
                role: RepositoryPlan.layouts, keys: layouts,
                patterns: [
                    UTF8Text("\(folder)/*.layout"), UTF8Text("\(LayoutTarget.keyFolder)/*"),
                ], isTerminating: true),
            .init(
                role: RepositoryPlan.links, keys: online, patterns: linkPatterns,
                isTerminating: true),
            .init(
                role: RepositoryPlan.releases, keys: online, patterns: releasePatterns,
                isTerminating: true),
        ]
    }

    /// The first state, to be signed.
    ///
    /// - Parameter nonce: of its snapshot, drawn for it alone.
    public func genesis(at now: Instant, nonce: SnapshotNonce) -> RepositoryGenesis {
        var top = MetadataBuilder.targets(days: Period.offline, now: now)
        top.set("delegations", MetadataBuilder.delegations(delegations))
        top.set(
            RepositoryPolicy.member,
            RepositoryPolicy.json(layoutsRole: RepositoryPlan.layouts, unattested: unattested))
        let roles: [(RoleName, JSON, Authority)] = [
            (.targets, top, targets.authority),
            (
                RepositoryPlan.layouts,
                MetadataBuilder.targets(days: Period.offline, now: now), layouts.authority
            ),
            (
                RepositoryPlan.links,
                MetadataBuilder.targets(days: Period.online, now: now), online.authority
            ),
            (
                RepositoryPlan.releases,
                MetadataBuilder.targets(days: Period.online, now: now), online.authority
            ),
        ]
        var first = MetadataBuilder.root(
            [(.root, root), (.targets, targets), (.snapshot, online), (.timestamp, online)],
            days: Period.offline, now: now)
        first.set(RepositoryPlan.nameMember, .text(name))
        return RepositoryGenesis(
            root: first, rootAuthority: root.authority, targets: roles,
            snapshot: (
                MetadataBuilder.snapshot(
                    roles.map(\.0), days: Period.snapshot, now: now, nonce: nonce),
                online.authority
            ),
            timestamp: (
                MetadataBuilder.timestamp(days: Period.timestamp, now: now), online.authority
            ))
    }
}
