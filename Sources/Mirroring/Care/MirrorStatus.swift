// SPDX-License-Identifier: Apache-2.0
package import MetadataSigning
package import RepositoryStorage
import TUFClient
package import TUFMetadata

/// What a mirror serves, until when, and how far it is behind its source.
package struct MirrorStatus: Sendable {
    package struct Role: Sendable, Equatable {
        package let name: RoleName
        package let version: Int
        package let expires: Instant
    }

    /// What the source has and the mirror has not.
    package struct Lag: Sendable, Equatable {
        /// Versions at the source.
        package let root: Int
        package let timestamp: Int
        package let snapshot: Int
        /// Target files to be received, and their bytes.
        package let files: Int
        package let bytes: Int
        /// By so much later does the source's timestamp expire; 0 if it is the mirror's.
        package let seconds: Int
    }

    package enum Source: Sendable {
        case notAsked
        case answered(Lag)
        /// Its state is none that the mirror would take.
        case refused(MirrorError)
    }

    package let place: String
    /// The top-level roles, then those that targets delegates to, as far as there are few.
    package let roles: [Role]
    /// Delegated roles that were not looked at.
    package let others: Int
    package let selection: MirrorSelection?
    /// Whether the last synchronization ended with all files in place.
    package let isComplete: Bool
    package let source: Source
    package let now: Instant

    /// More roles than a person or an alarm looks at are not read.
    private static let maximumRoles = 256

    /// - Parameters:
    ///   - source: to compare with; nothing is changed at either place.
    package init(
        of store: any RepositoryStore, _ pin: MirrorPin = .destination,
        source: MirrorSource? = nil, options: MirrorOptions = MirrorOptions(), now: Instant
    ) async throws(MirrorError) {
        let published = try await PublishedState(pin, store, options.limits)
        place = store.place
        selection = published.base.record?.selection
        isComplete = published.base.isComplete
        self.now = now
        (roles, others) = try await MirrorStatus.roles(published)
        guard let source else {
            self.source = .notAsked
            return
        }
        do throws(MirrorError) {
            self.source = .answered(
                try await MirrorStatus.lag(published, source, options, now))
        } catch {
            self.source = .refused(error)
        }
    }

    private static func roles(
        _ published: PublishedState
    ) async throws(MirrorError) -> (roles: [Role], others: Int) {
        let state = published.state
        var roles = [
            Role(
                name: .root, version: state.root.document.version,
                expires: state.root.document.expires),
            Role(
                name: .timestamp, version: state.timestamp.document.version,
                expires: state.timestamp.document.expires),
            Role(
                name: .snapshot, version: state.snapshot.document.version,
                expires: state.snapshot.document.expires),
            Role(
                name: .targets, version: state.targets.document.version,
                expires: state.targets.document.expires),
        ]
        guard let delegations = state.targets.document.delegations else { return (roles, 0) }
        guard delegations.count <= maximumRoles else { return (roles, delegations.count) }
        var others = 0
        for delegation in delegations.all {
            guard let visit = published.walk.visit(delegation, by: .targets),
                let role = try? await published.walk.fetched(visit)
            else {
                others += 1
                continue
            }
            roles.append(
                Role(
                    name: delegation.role, version: role.document.version,
                    expires: role.document.expires))
        }
        return (roles, others)
    }

    private static func lag(
        _ published: PublishedState, _ source: MirrorSource, _ options: MirrorOptions,
        _ now: Instant
    ) async throws(MirrorError) -> Lag {
        let trusted = try await published.base.trusted(options.limits)
        let seen = RecordingStore(trusted.files)
        let updater = Updater(
            metadataURL: source.metadataURL, fetcher: source.fetcher, store: seen,
            limits: options.limits, now: now)
        let state = try await updating { () throws(UpdateError) in try await updater.refresh() }
        var options = options
        if let selection = published.base.record?.selection { options.selection = selection }
        let attempt = SyncAttempt(
            source: source, options: options, base: published.base, trusted: trusted, seen: seen,
            updater: updater, state: state, purpose: .count)
        let missing = try await attempt.transfer()
        return Lag(
            root: state.root.document.version, timestamp: state.timestamp.document.version,
            snapshot: state.snapshot.document.version, files: missing.received,
            bytes: missing.bytes,
            seconds: max(
                0,
                state.timestamp.document.expires.seconds
                    - published.state.timestamp.document.expires.seconds))
    }

    // MARK: what it means

    /// The role that expires first.
    package var first: Role? { roles.min { $0.expires < $1.expires } }

    package var isExpired: Bool { roles.contains { $0.expires <= now } }

    package func version(_ role: RoleName) -> Int {
        roles.first { $0.name == role }?.version ?? 0
    }

    /// Whether the source has anything that the mirror has not.
    package var isBehind: Bool {
        guard case .answered(let lag) = source else { return false }
        return lag.files > 0 || lag.root > version(.root)
            || lag.timestamp > version(.timestamp)
    }
}
