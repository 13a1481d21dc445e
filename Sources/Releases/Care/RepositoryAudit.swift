// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import RepositoryStorage
public import TUFClient
import TUFMetadata

/// Verifies a whole repository as every client would, from the first root on, and looks for what
/// is weak: the engine of `carnet check`.
///
/// Where a client stops at the first fault, an audit tells it and goes on with what the
/// repository's owners meant. Nothing that it reads is trusted by anybody for that.
public struct RepositoryAudit: Sendable {
    private let fetcher: any Fetcher
    private let metadataURL: String
    private let targetsURL: String
    private let listing: (any RepositoryListing)?
    private let pinned: [UInt8]?
    private let options: AuditOptions
    private let now: Instant
    /// Where it is, for the report of a repository that has no name.
    private let place: String

    /// - Parameters:
    ///   - metadataURL: where metadata is, with or without a slash at the end; likewise
    ///     `targetsURL`.
    ///   - listing: which files lie there, if that can be known.
    ///   - pinned: a root that somebody trusts: the audit begins at its version, in place of 1.
    ///   - now: judged for every expiry.
    public init(
        _ fetcher: any Fetcher, metadataURL: String, targetsURL: String,
        listing: (any RepositoryListing)? = nil, pinned: [UInt8]? = nil,
        options: AuditOptions = AuditOptions(), now: Instant
    ) {
        self.init(
            fetcher, metadataURL, targetsURL, listing, pinned, options, now,
            place: FetchError.withoutCredentials(metadataURL))
    }

    private init(
        _ fetcher: any Fetcher, _ metadataURL: String, _ targetsURL: String,
        _ listing: (any RepositoryListing)?, _ pinned: [UInt8]?, _ options: AuditOptions,
        _ now: Instant, place: String
    ) {
        self.fetcher = fetcher
        let isFolder = metadataURL.utf8.last == UInt8(ascii: "/")
        self.metadataURL = isFolder ? metadataURL : metadataURL + "/"
        self.targetsURL = targetsURL
        self.listing = listing
        self.pinned = pinned
        self.options = options
        self.now = now
        let isPlain = place.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        self.place = isPlain ? place : quoted(place)
    }

    /// An audit of a folder.
    public init(
        _ directory: RepositoryDirectory, pinned: [UInt8]? = nil,
        options: AuditOptions = AuditOptions(), now: Instant
    ) {
        let folder = RepositoryFolder(directory)
        self.init(
            folder, RepositoryFolder.metadataURL, RepositoryFolder.targetsURL, folder, pinned,
            options, now, place: directory.path)
    }

    /// Reads and judges everything that the options ask for.
    ///
    /// 1. The chain of roots. 2. Timestamp and snapshot. 3. Every targets role, over every
    /// delegation. 4. Keys, thresholds, patterns. 5. Every target file. 6. The layouts.
    /// 7. What a consumer makes of it, release file by release file. 8. What is left over on disk.
    public func run() async -> AuditReport {
        var log = AuditLog(options)
        var summary = AuditReport.Summary()
        let context = AuditContext(
            fetcher: AuditFetcher(fetcher), metadataURL: metadataURL, targetsURL: targetsURL,
            options: options, now: now, files: files(&log))
        var roots = AuditRoots(context, pinned: pinned)
        await roots.walk(&log)
        summary.roots = roots.range
        var name = place
        if let top = await AuditTopLevel(context, roots, &log) {
            name = RepositoryAudit.name(of: top.root.root) ?? name
            await run(context, roots, top, &log, &summary)
        }
        summary.bytes = context.fetcher.bytes
        return AuditReport(repository: name, asOf: now, findings: log.all, summary: summary)
    }

    private func files(_ log: inout AuditLog) -> ListedFiles? {
        do throws(StorageError) { return try listing?.files() } catch {
            log.add(
                Finding(
                    .listingFailed, quoted(error.path), "could not be listed",
                    found: error.reason, remedy: "correct the permissions, then check again"))
            return nil
        }
    }

    /// The name that the repository gives itself.
    private static func name(of root: Root) -> String? {
        guard let text = try? root.value.object()[RepositoryPlan.nameMember]?.text() else {
            return nil
        }
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && text.count <= 100
        return isPlain ? text.string : quoted(text)
    }

    private func run(
        _ context: AuditContext, _ roots: AuditRoots, _ top: AuditTopLevel,
        _ log: inout AuditLog, _ summary: inout AuditReport.Summary
    ) async {
        tellConsistency(top, &log)
        var roles = AuditRoles(context, top)
        await roles.walk(&log)
        // Somebody may publish meanwhile: what was read is there by now.
        let context = context.listed(files(&log))
        let policy = policy(roles, &log)
        let layoutsRole = policy?.governs == true ? policy?.layoutsRole : nil
        log.add(AuditKeys(top, roles, layouts: layoutsRole).findings())
        log.add(AuditPatterns(roles).findings())
        let search = AuditSearch(roles, limit: options.limits.rolesPerSearch)
        var expiries = RepositoryAudit.expiries(top, roles)
        if options.scope != .expiry {
            await walkFiles(context, roles, search, top, &log, &summary)
        }
        if let policy {
            var layouts = AuditLayouts(
                context, roles, search, consistent: top.consistent, policy)
            await layouts.walk(&log)
            if options.scope == .everything, let first = pinned ?? RepositoryAudit.first(roots) {
                var releases = AuditReleases(context, first: first, layouts)
                await releases.walk(roles, expires: expiries.map(\.at), &log)
                summary.releases = releases.verified
            }
            expiries += layouts.expiries
        }
        log.add(AuditOrphans(context, top, roles).findings())
        summary.roles = roles.order.count
        summary.verified =
            roles.verified.count + top.verified.count
            + (roots.reached?.number == top.root.number ? 1 : 0)
        summary.nextExpiry = expiries.filter { $0.at > now }.min { $0.at < $1.at }
    }

    private func walkFiles(
        _ context: AuditContext, _ roles: AuditRoles, _ search: AuditSearch, _ top: AuditTopLevel,
        _ log: inout AuditLog, _ summary: inout AuditReport.Summary
    ) async {
        var files = AuditFiles(context, roles, search, consistent: top.consistent)
        await files.walk(&log)
        summary.files = files.read
        summary.listed = files.listed
    }

    /// The root that a new client begins with.
    private static func first(_ roots: AuditRoots) -> [UInt8]? {
        roots.versions.first { $0.number == roots.range?.lowerBound }?.bytes
    }

    private func tellConsistency(_ top: AuditTopLevel, _ log: inout AuditLog) {
        guard !top.consistent else { return }
        log.add(
            Finding(
                .nonConsistent, RoleName.root.fileName(version: top.root.number),
                "has consistent snapshots off: a client that reads while files are replaced may "
                    + "see two states at once and fail",
                expected: "consistent_snapshot: true",
                remedy: "turn them on in the next root, and publish every file under its version "
                    + "or digest"))
    }

    /// What top-level targets says about evidence; `nil` if that role cannot be read.
    private func policy(_ roles: AuditRoles, _ log: inout AuditLog) -> RepositoryPolicy? {
        guard let top = roles.byName[.targets]?.targets else { return nil }
        func malformed(_ words: String) -> Finding {
            Finding(
                .policyMalformed, "targets.json",
                "has a policy that consumers cannot follow, so they refuse every release",
                found: words,
                remedy: "correct its member \(RepositoryPolicy.member), then have it signed: "
                    + "carnet sign")
        }
        do throws(JSONError) {
            let policy = try RepositoryPolicy(top)
            let isThere =
                policy.layoutsRole == .targets
                || top.delegations?.delegation(to: policy.layoutsRole) != nil
            if !isThere {
                log.add(malformed("no delegation to the layouts role \(policy.layoutsRole)"))
            }
            return policy
        } catch {
            log.add(malformed("\(error)"))
            return nil
        }
    }

    private static func expiries(
        _ top: AuditTopLevel, _ roles: AuditRoles
    ) -> [AuditReport.Summary.Expiry] {
        var all: [AuditReport.Summary.Expiry] = []
        all.append(.init(subject: "root.json", at: top.root.root.expires))
        if let timestamp = top.timestamp {
            all.append(.init(subject: "timestamp.json", at: timestamp.expires))
        }
        if let snapshot = top.snapshot {
            all.append(.init(subject: "snapshot.json", at: snapshot.expires))
        }
        return all + roles.all.map { .init(subject: $0.name.shownFile, at: $0.targets.expires) }
    }
}
