// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// Root, timestamp and snapshot of the current state, as far as they can be read
/// (TUF 1.0.34 §5.4, §5.5).
struct AuditTopLevel: Sendable {
    /// The root by which the rest is judged: the newest one, unless the repository obviously still
    /// lives by the last one that clients get to.
    let root: AuditRoots.Version
    private(set) var timestamp: Timestamp?
    private(set) var snapshot: Snapshot?
    /// Of timestamp and snapshot, those whose signatures hold.
    private(set) var verified: Set<RoleName> = []

    private let context: AuditContext

    var consistent: Bool { root.root.consistentSnapshot }

    /// Judges the three files; `nil` if there is no root to begin with.
    init?(_ context: AuditContext, _ roots: AuditRoots, _ log: inout AuditLog) async {
        guard let newest = roots.newest else { return nil }
        self.context = context
        let file = await AuditTopLevel.timestampFile(context, &log)
        root = AuditTopLevel.root(newest, roots.reached, file)
        log.add(
            context.times(
                RoleName.root.fileName(version: root.number), root.root.expires,
                period: context.period(root.root.value, .root, nil),
                renewal: AuditTopLevel.renewal(of: .root)))
        if let file { judge(file, &log) }
        await readSnapshot(&log)
    }

    /// How a role whose keys are offline is renewed.
    static func renewal(of role: RoleName) -> String {
        "renew it with carnet role expire \(role), then have it signed: carnet sign"
    }

    private static func root(
        _ newest: AuditRoots.Version, _ reached: AuditRoots.Version?, _ timestamp: SignedFile?
    ) -> AuditRoots.Version {
        guard let reached, reached.number != newest.number, let timestamp else { return newest }
        let isSigned = { (version: AuditRoots.Version) in
            timestamp.count(by: version.root.authority(of: .timestamp)).isMet
        }
        return isSigned(reached) && !isSigned(newest) ? reached : newest
    }

    // MARK: timestamp

    private static func timestampFile(
        _ context: AuditContext, _ log: inout AuditLog
    ) async -> SignedFile? {
        let name = RoleName.timestamp.fileName()
        switch await context.fetch(name, maximumBytes: context.limits.timestampBytes) {
        case .absent:
            log.add(
                Finding(
                    .missing, name, "is not there, so clients cannot tell the current state",
                    remedy: "sign it anew: carnet refresh"))
        case .failed(let finding): log.add(finding)
        case .bytes(let bytes):
            switch context.parse(bytes, name) {
            case .success(let file): return file
            case .failure(let refusal): log.add(refusal.finding)
            }
        }
        return nil
    }

    private mutating func judge(_ file: SignedFile, _ log: inout AuditLog) {
        let name = RoleName.timestamp.fileName()
        let authority = root.root.authority(of: .timestamp)
        if let finding = context.unsigned(file, name, authority, by: "root") {
            log.add(finding)
        } else {
            verified.insert(.timestamp)
        }
        switch context.decode(file, name, Timestamp.init) {
        case .failure(let refusal): log.add(refusal.finding)
        case .success(let document):
            timestamp = document
            log.add(
                context.times(
                    name, document.expires,
                    period: context.period(document.value, .timestamp, root.root),
                    renewal: "sign it anew: carnet refresh"))
        }
    }

    // MARK: snapshot

    private mutating func readSnapshot(_ log: inout AuditLog) async {
        let listed = timestamp?.snapshot
        // Without a timestamp the newest file on disk is what its owners meant.
        guard let version = listed?.version ?? context.versions(of: .snapshot).last ?? plain else {
            return
        }
        let name = RoleName.snapshot.fileName(version: consistent ? version : nil)
        let limit = max(listed?.length ?? 0, context.limits.snapshotBytes)
        let maximum = min(limit, context.limits.anyMetadataBytes)
        switch await context.fetch(name, maximumBytes: maximum) {
        case .absent: log.add(.missing(name, listedBy: RoleName.timestamp.fileName()))
        case .failed(let finding): log.add(finding)
        case .bytes(let bytes):
            if let listed { log.add(context.mismatches(bytes, name, listed)) }
            judgeSnapshot(bytes, name, version: listed?.version, &log)
        }
    }

    /// In a repository without versions in its file names there is one snapshot.
    private var plain: Int? { consistent ? nil : 1 }

    private mutating func judgeSnapshot(
        _ bytes: [UInt8], _ name: String, version: Int?, _ log: inout AuditLog
    ) {
        let file: SignedFile
        switch context.parse(bytes, name) {
        case .success(let parsed): file = parsed
        case .failure(let refusal): return log.add(refusal.finding)
        }
        let authority = root.root.authority(of: .snapshot)
        if let finding = context.unsigned(file, name, authority, by: "root") {
            log.add(finding)
        } else {
            verified.insert(.snapshot)
        }
        switch context.decode(file, name, Snapshot.init) {
        case .failure(let refusal): log.add(refusal.finding)
        case .success(let document):
            snapshot = document
            if let version, document.version != version {
                log.add(.wrongVersion(name, found: document.version, expected: version))
            }
            log.add(
                context.times(
                    name, document.expires,
                    period: context.period(document.value, .snapshot, root.root),
                    renewal: "sign it anew: carnet refresh"))
        }
    }
}
