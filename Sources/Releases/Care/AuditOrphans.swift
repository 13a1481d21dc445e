// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Files on disk that the current state does not refer to. They do no harm: clients that began
/// before a change still ask for the ones before.
struct AuditOrphans {
    private let context: AuditContext
    private let top: AuditTopLevel
    private let roles: AuditRoles

    init(_ context: AuditContext, _ top: AuditTopLevel, _ roles: AuditRoles) {
        self.context = context
        self.top = top
        self.roles = roles
    }

    func findings() -> [Finding] {
        // Without a state everything would look like an orphan.
        guard let files = context.files, top.timestamp != nil, top.snapshot != nil else {
            return []
        }
        let metadata = metadataInUse()
        let targets = targetsInUse()
        // If a role could not be read, nobody knows its files.
        let isComplete = roles.delegated.allSatisfy { roles.byName[$0] != nil }
        let isForeign = { (file: ListedFile) in
            MetadataName(file.name) == nil && !file.name.utf8.starts(with: "rotate/".utf8)
        }
        let old = files.metadata.filter { !metadata.contains($0.name) && !isForeign($0) }
        var findings = tell(.metadataOrphaned, "metadata", old)
        if isComplete {
            let unused = files.targets.filter { !targets.contains($0.name) && !isHidden($0) }
            findings += tell(.targetsOrphaned, "targets", unused)
        }
        let foreign =
            files.metadata.filter { !metadata.contains($0.name) && isForeign($0) }
            + files.targets.filter(isHidden)
        findings += foreign.map { file in
            Finding(
                .fileForeign, quoted(file.name), "is not a file of a repository",
                found: "\(file.bytes) bytes", remedy: "remove it, if nothing else needs it")
        }
        return findings
    }

    private func isHidden(_ file: ListedFile) -> Bool {
        let name = file.name.utf8.split(separator: UInt8(ascii: "/")).last
        return name?.first == UInt8(ascii: ".")
    }

    private func tell(_ code: Finding.Code, _ folder: String, _ files: [ListedFile]) -> [Finding] {
        guard let first = files.first else { return [] }
        let bytes = files.reduce(0) { $0 + $1.bytes }
        let rest = files.count > 1 ? " and \(files.count - 1) more" : ""
        return [
            Finding(
                code, folder,
                "holds what the current state does not refer to: \(quoted(first.name))\(rest)",
                found: "\(counted(files.count, "file")), \(bytes) bytes",
                remedy: "nothing is wrong; carnet prune removes what nobody asks for any more")
        ]
    }

    private func metadataInUse() -> Set<UTF8Text> {
        var names: Set<UTF8Text> = [UTF8Text(RoleName.timestamp.fileName())]
        for version in context.versions(of: .root) {
            names.insert(UTF8Text(RoleName.root.fileName(version: version)))
        }
        let consistent = top.consistent
        if !consistent { names.insert(UTF8Text(RoleName.root.fileName())) }
        if let version = top.timestamp?.snapshot.version {
            names.insert(
                UTF8Text(RoleName.snapshot.fileName(version: consistent ? version : nil)))
        }
        for (name, file) in top.snapshot?.files ?? [] {
            if let (role, number) = AuditRotations.parts(of: name) {
                names.insert(UTF8Text(AuditRotations.fileName(RoleName(role), number)))
            } else if let role = RoleName(listedAs: name) {
                names.insert(UTF8Text(role.fileName(version: consistent ? file.version : nil)))
            }
        }
        return names
    }

    private func targetsInUse() -> Set<UTF8Text> {
        var names: Set<UTF8Text> = []
        for role in roles.all {
            for file in role.targets.files {
                guard top.consistent else {
                    names.insert(UTF8Text(file.path.path(withHash: nil)))
                    continue
                }
                // Other clients may ask by another of the digests.
                for digest in file.hashes.values {
                    names.insert(UTF8Text(file.path.path(withHash: digest)))
                }
            }
        }
        return names
    }
}
