// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

/// A simulated repository with nothing wrong, for a test to break in exactly one way.
struct AuditScene {
    var repository = RepositorySimulator()
    var options = AuditOptions()
    var now = Instant.testTime
    /// Whether the audit is told which files there are.
    var isListed = true

    /// Three keys of different people, two of which must sign, for the offline roles; one file in
    /// top-level targets, one in a role it delegates to.
    init() {
        for role in [RoleName.root, .targets] {
            repository.keys[role] = ["alice", "bob", "carol"].map { TestKey("\($0)-\(role)") }
            repository.thresholds[role] = 2
        }
        repository.publish(.root)
        repository.add("README", "read me")
        repository.delegate(SimulatedDelegation("demo", ["demo/*"], terminating: true))
        repository.add("demo/a", "file a", in: .demo)
        repository.publishAll()
        clean()
    }

    /// Removes what the current state does not refer to.
    func clean() {
        let server = repository.server
        var kept: Set<String> = ["timestamp.json"]
        for version in 1...repository.version(of: .root) { kept.insert("\(version).root.json") }
        for role in [RoleName.snapshot] + repository.targets.keys {
            kept.insert(repository.fileName(of: role, repository.version(of: role)))
        }
        for name in server.names {
            let isTarget = name.hasPrefix("targets/")
            let isPlain = isTarget && name.split(separator: "/").last!.utf8.count < 64
            let isRotation = name.hasPrefix("rotate/")
            if isTarget ? isPlain : !kept.contains(name) && !isRotation { server[name] = nil }
        }
    }

    func report() async -> AuditReport {
        await RepositoryAudit(
            repository, metadataURL: SimulatedServer.url,
            targetsURL: "\(SimulatedServer.url)targets/",
            listing: isListed ? SimulatedListing(server: repository.server) : nil,
            options: options, now: now
        ).run()
    }

    /// What the audit finds, as `code subject`.
    func found() async -> [String] { await report().found }
}

extension AuditReport {
    var found: [String] { findings.map { "\($0.code.rawValue) \($0.subject)" } }
    func findings(_ code: Finding.Code) -> [Finding] { findings.filter { $0.code == code } }
}

/// The files of a simulated server.
struct SimulatedListing: RepositoryListing {
    let server: SimulatedServer
    var modified: [String: Instant] = [:]

    func files() throws(StorageError) -> ListedFiles {
        func files(_ names: [String], dropping prefix: String) -> [ListedFile] {
            names.map { name in
                ListedFile(
                    name: UTF8Text(String(name.dropFirst(prefix.count))),
                    bytes: server[name]?.count ?? 0,
                    modified: modified[name] ?? .testTime)
            }
        }
        let names = server.names
        return ListedFiles(
            metadata: files(names.filter { !$0.hasPrefix("targets/") }, dropping: ""),
            targets: files(names.filter { $0.hasPrefix("targets/") }, dropping: "targets/"))
    }
}

extension RoleName {
    /// The delegated role of the scene.
    static let demo = RoleName("demo")
}
