// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// Every target file: whether clients get to it, and whether it is the one that was signed.
struct AuditFiles {
    private let context: AuditContext
    private let roles: AuditRoles
    private let search: AuditSearch
    private let consistent: Bool
    /// Length of each target file on disk, by name.
    private let onDisk: [UTF8Text: Int]?

    private(set) var listed = 0
    private(set) var read = 0

    init(_ context: AuditContext, _ roles: AuditRoles, _ search: AuditSearch, consistent: Bool) {
        self.context = context
        self.roles = roles
        self.search = search
        self.consistent = consistent
        onDisk = context.files.map { files in
            Dictionary(files.targets.map { ($0.name, $0.bytes) }) { first, _ in first }
        }
    }

    /// Looks at all of them, some at a time.
    mutating func walk(_ log: inout AuditLog) async {
        var outcomes: [(index: Int, finding: Finding?)] = []
        var failures: [(index: Int, finding: Finding)] = []
        let (context, consistent) = (context, consistent)
        await withTaskGroup(of: (Int, Finding?).self) { group in
            var running = 0
            for role in roles.all {
                tellUnsafe(role, &log)
                for file in role.targets.files {
                    listed += 1
                    guard isTaken(file, from: role, &log) else { continue }
                    guard context.options.scope == .everything else {
                        log.add(missing(file))
                        continue
                    }
                    if running >= max(1, context.options.jobs), let done = await group.next() {
                        outcomes.append(done)
                        running -= 1
                    }
                    let index = listed
                    running += 1
                    group.addTask {
                        (index, await AuditFiles.judge(file, context, consistent))
                    }
                    collect(&outcomes, &failures)
                }
            }
            for await done in group { outcomes.append(done) }
            collect(&outcomes, &failures)
        }
        for failure in failures.sorted(by: { $0.index < $1.index }) { log.add(failure.finding) }
    }

    /// Counts the good ones; there may be millions of them.
    private mutating func collect(
        _ outcomes: inout [(index: Int, finding: Finding?)],
        _ failures: inout [(index: Int, finding: Finding)]
    ) {
        for (index, finding) in outcomes {
            if let finding { failures.append((index, finding)) } else { read += 1 }
        }
        outcomes.removeAll(keepingCapacity: true)
    }

    // MARK: content

    private static func judge(
        _ file: TargetFile, _ context: AuditContext, _ consistent: Bool
    ) async -> Finding? {
        let download = TargetDownload(
            targetsURL: context.targetsURL, fetcher: context.fetcher, consistent: consistent)
        do throws(UpdateError) {
            try await download.download(file, into: CountingSink())
            return nil
        } catch {
            return finding(error, file)
        }
    }

    private static let remedy =
        "restore the file from a copy or a mirror, or release it anew: carnet release"

    /// What it means that a target file could not be downloaded.
    static func finding(_ error: UpdateError, _ file: TargetFile) -> Finding {
        let name = file.path.description
        switch error {
        case .missing:
            return Finding(.missing, name, "is released, but not there", remedy: remedy)
        case .wrongLength(_, let found, let expected):
            return Finding(
                .wrongLength, name, "is not the file that was signed",
                found: found > expected ? "more than that" : "\(found) bytes",
                expected: "\(expected) bytes", remedy: remedy)
        case .wrongDigest(_, let found, let expected):
            return Finding(
                .wrongDigest, name, "is not the file that was signed", found: found,
                expected: expected, remedy: remedy)
        default:
            return Finding(
                .unreachable, name, "could not be read", found: "\(error)",
                remedy: "check the address, the network and the permissions, then check again")
        }
    }

    /// Whether the file is there in its length, as far as a list of files tells.
    private func missing(_ file: TargetFile) -> [Finding] {
        guard let onDisk else { return [] }
        let name = file.path.path(withHash: consistent ? file.digest.hex : nil)
        guard let length = onDisk[UTF8Text(name)] else {
            return [AuditFiles.finding(.missing(file: name), file)]
        }
        guard length != file.length else { return [] }
        return [
            AuditFiles.finding(
                .wrongLength(file: name, found: length, expected: file.length), file)
        ]
    }

    // MARK: reach

    /// Whether clients take this role's word for the file; told if they do not.
    private func isTaken(
        _ file: TargetFile, from role: AuditRole, _ log: inout AuditLog
    ) -> Bool {
        let outcome = search.find(file.path)
        if case .found(let chain) = outcome, chain.last == role.name { return true }
        // What a broken role in between would say is not known.
        let reason: String
        switch outcome {
        case .found(let chain):
            reason = "clients take it from \(chain.last ?? .targets), whose word comes first"
        case .tooDeep:
            reason = "clients give up after \(context.limits.rolesPerSearch) roles on the way"
        case .none where isCovered(file.path, role.name):
            reason =
                "the way to \(role.name) ends before, at a terminating role or one that may not "
                + "speak for the path"
        case .none: reason = "it is outside of the paths delegated to \(role.name)"
        }
        log.add(
            Finding(
                .fileUnreachable, "\(role.name)",
                "lists \(file.path), which no client gets from it: \(reason)",
                remedy: "change its patterns with carnet role paths \(role.name), or take the file "
                    + "out: carnet release --remove"))
        return false
    }

    /// Whether some role delegates the path to this one.
    private func isCovered(_ path: TargetPath, _ role: RoleName) -> Bool {
        (roles.parents[role] ?? []).contains { parent in
            let entries = roles.byName[parent]?.index.entries(covering: path) ?? []
            return entries.contains { $0.role == role }
        }
    }

    /// Entries that no client can ask for by any name.
    private func tellUnsafe(_ role: AuditRole, _ log: inout AuditLog) {
        guard let members = try? role.targets.value.object()["targets"]?.object() else { return }
        for member in members where TargetPath(member.key) == nil {
            log.add(
                Finding(
                    .pathUnsafe, "\(role.name)",
                    "lists \(quoted(member.key)), which is no path that a client may write to",
                    expected: "a relative path without . and .. or odd characters",
                    remedy: "release the file under another path"))
        }
    }
}
