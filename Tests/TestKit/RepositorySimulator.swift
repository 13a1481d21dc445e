// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import TUFClient
package import TUFMetadata
import TUFRepository

/// A TUF repository in memory that serves itself: tests change what it is to say, publish that,
/// and forge any file on its way out.
package struct RepositorySimulator: Sendable {
    /// Where its files are, and the log of requests.
    package let server = SimulatedServer()
    package var consistentSnapshot = true
    /// Whether snapshot and timestamp give lengths and digests besides versions.
    package var listsDigests = true
    package var expires = Instant.testTime.adding(days: 30)
    /// Keys of the top-level roles, one each at first, and thresholds other than 1.
    package var keys: [RoleName: [TestKey]] = [:]
    package var thresholds: [RoleName: Int] = [:]
    /// What the targets roles say, top-level and delegated.
    package var targets: [RoleName: SimulatedTargets] = [.targets: SimulatedTargets()]
    /// What the snapshot lists besides the roles.
    package var otherFiles: [JSON.Member] = []
    /// Who signs a role in place of those who should.
    package var signers: [RoleName: [TestKey]] = [:]

    private var published: [RoleName: (version: Int, bytes: [UInt8])] = [:]
    private var rootKeys: [TestKey] = []

    /// A repository with version 1 of the top-level roles.
    package init() {
        for role in [RoleName.root, .timestamp, .snapshot, .targets] {
            keys[role] = [TestKey(role.text.string)]
        }
        publish(.root)
        publish(.targets)
    }

    /// Last published version of a role, as those say who vouch for it.
    package func version(of role: RoleName) -> Int { published[role]?.version ?? 0 }

    /// Last published file of a role.
    package func bytes(of role: RoleName) -> [UInt8] { published[role]?.bytes ?? [] }

    // MARK: publishing

    /// Publishes the next version of a role, then of snapshot and timestamp where they tell of it.
    ///
    /// - Parameters:
    ///   - signed: changes the document before it is signed.
    ///   - file: changes the file around it, signatures included.
    ///   - bytes: changes the bytes of the file.
    package mutating func publish(
        _ role: RoleName, signed: (inout JSON) -> Void = { _ in },
        file: (inout JSON) -> Void = { _ in }, bytes: ([UInt8]) -> [UInt8] = { $0 }
    ) {
        write(role, signed: signed, file: file, bytes: bytes)
        if role == .root || role == .timestamp { return }
        if role != .snapshot { write(.snapshot) }
        write(.timestamp)
    }

    /// Publishes all targets roles anew, then snapshot and timestamp.
    package mutating func publishAll() {
        for role in targets.keys.sorted() { write(role) }
        publish(.snapshot)
    }

    /// Publishes the next version of one role and tells nobody of it.
    package mutating func write(
        _ role: RoleName, signed: (inout JSON) -> Void = { _ in },
        file: (inout JSON) -> Void = { _ in }, bytes: ([UInt8]) -> [UInt8] = { $0 }
    ) {
        let version = version(of: role) + 1
        var document = document(of: role, version)
        signed(&document)
        var container: JSON = [
            "signatures": .array(signatures(of: role, document)), "signed": document,
        ]
        file(&container)
        let content = bytes(container.compactBytes())
        published[role] = (version, content)
        server[fileName(of: role, version)] = content
        if role == .root { rootKeys = keys[.root] ?? [] }
    }

    /// Name of a role's file on the server.
    package func fileName(of role: RoleName, _ version: Int) -> String {
        let isVersioned = role == .root || consistentSnapshot && role != .timestamp
        return role.fileName(version: isVersioned ? version : nil)
    }

    // MARK: contents

    /// Lists a file in a role and puts it on the server, under its name with digest too.
    package mutating func add(_ path: UTF8Text, _ content: String, in role: RoleName = .targets) {
        targets[role, default: SimulatedTargets()].add(path, content)
        guard let safe = TargetPath(path) else { return }
        let digest = DigestAlgorithm.sha256.hexDigest(of: Array(content.utf8))
        for name in [safe.urlPath(withHash: nil), safe.urlPath(withHash: digest)] {
            server["targets/\(name)"] = Array(content.utf8)
        }
    }

    /// Delegates from one role to another, which comes into being without files.
    package mutating func delegate(
        _ delegation: SimulatedDelegation, from parent: RoleName = .targets
    ) {
        targets[parent, default: SimulatedTargets()].delegations.append(delegation)
        if targets[delegation.role] == nil { targets[delegation.role] = SimulatedTargets() }
    }

    /// Delegates all paths to hash bins, each a role without files.
    package mutating func delegate(_ bins: SimulatedBins, from parent: RoleName = .targets) {
        targets[parent, default: SimulatedTargets()].bins = bins
        for name in bins.names { targets[name] = SimulatedTargets() }
    }

    // MARK: documents

    private func document(of role: RoleName, _ version: Int) -> JSON {
        var document: JSON = [
            "spec_version": .text(MetadataBuilder.specVersion), "version": .integer(version),
            "expires": .text(expires.description),
        ]
        switch role {
        case .root: describeRoot(&document)
        case .timestamp:
            document.set("_type", "timestamp")
            document.put(meta(of: .snapshot), at: "meta", RoleName.snapshot.metaName)
        case .snapshot:
            document.set("_type", "snapshot")
            let listed = published.keys.filter { targets[$0] != nil }.sorted()
            document.set(
                "meta",
                .object(listed.map { JSON.Member($0.metaName, meta(of: $0)) } + otherFiles))
        default:
            document.set("_type", "targets")
            document.set("targets", .object(targets[role]?.files ?? []))
            document.set("delegations", targets[role]?.json)
        }
        return document
    }

    private func describeRoot(_ document: inout JSON) {
        document.set("_type", "root")
        document.set("consistent_snapshot", .boolean(consistentSnapshot))
        document.set("keys", keyMap(keys.values.flatMap { $0 }))
        for (role, keys) in keys {
            document.put(roleKeys(keys, thresholds[role] ?? 1), at: "roles", role.text)
        }
    }

    private func meta(of role: RoleName) -> JSON {
        let (version, bytes) = published[role] ?? (0, [])
        guard listsDigests else { return ["version": .integer(version)] }
        return [
            "version": .integer(version), "length": .integer(bytes.count),
            "hashes": ["sha256": .text(DigestAlgorithm.sha256.hexDigest(of: bytes))],
        ]
    }

    private func signatures(of role: RoleName, _ document: JSON) -> [JSON] {
        let message = document.canonicalBytes()
        var seen: Set<KeyID> = []
        return keysSigning(role).filter { seen.insert($0.id).inserted }.map { $0.sign(message) }
    }

    private func keysSigning(_ role: RoleName) -> [TestKey] {
        if let signers = signers[role] { return signers }
        if role == .root { return rootKeys + (keys[.root] ?? []) }
        return keys[role] ?? targets.keys.sorted().flatMap { targets[$0]?.keys(of: role) ?? [] }
    }
}

extension RepositorySimulator: Fetcher {
    package func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        try await server.fetch(url, maximumBytes: maximumBytes)
    }

    package func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        try await server.stream(url, from: offset, maximumBytes: maximumBytes, into: sink)
    }
}
