// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Bundles: of repositories of every kind")
struct BundleRepositoryTests {
    private let role = RoleName("a/b")
    private let old = TestKey("a/b")
    private let new = TestKey("new a/b")
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Makes a bundle of `file` from a repository, and judges it by a root.
    private func verdict(
        _ repository: RepositorySimulator, by root: [UInt8], makingBy first: [UInt8]
    ) async throws -> BundleVerdict {
        let place = TrustedRepository.Mirror(
            metadataURL: SimulatedServer.url, targetsURL: SimulatedServer.url + "targets/")
        var options = ConsumerOptions()
        options.repositoryOnly = true
        let trusted = try TrustedRepository.pinned(
            root: first, name: "made", mirrors: [place], folder: nil)
        let session = try await Consumer(
            trusted, repository, options: options, now: .testTime
        ).session()
        let outcome = try await BundleMaker(session).make(
            [path("file")], to: folder("demo.bundle"))
        _ = try #require(outcome.bundle, "\(outcome.verdicts.map(\.text))")
        let bundle = try BundleFile(folder("demo.bundle"))
        let consumer = BundleConsumer(
            bundle, try bundle.repository(root: root, folder: nil), options: options,
            now: .testTime)
        return try await consumer.verify(.nowhere(scratch: folder.path))
    }

    private func names() throws -> [String] {
        try BundleFile(folder("demo.bundle")).manifest.members.map(\.name.string)
    }

    @Test("a role whose name has a slash, with digests in file names and without")
    func names() async throws {
        for isConsistent in [true, false] {
            var repository = RepositorySimulator()
            let first = repository.bytes(of: .root)
            repository.consistentSnapshot = isConsistent
            repository.delegate(SimulatedDelegation(role.text, keys: [old]))
            repository.add("file", "content", in: role)
            repository.publish(.root)
            repository.publishAll()
            let answer = try await verdict(repository, by: first, makingBy: first)
            #expect(answer.isVerified, "\(answer.verdicts.map(\.text))")
            let number = isConsistent ? "1." : ""
            #expect(try names().contains("metadata/\(number)a%2Fb.json"))
            #expect(try names().contains("metadata/1.root.json"))
            #expect(try names().contains("metadata/2.root.json"))
            #expect(answer.age.contains("when it was signed is not said, it expires "))
        }
    }

    @Test("rotations of the keys of targets and of a delegated role are in it (TAP 8)")
    func rotations() async throws {
        var repository = RepositorySimulator()
        let first = repository.bytes(of: .root)
        repository.delegate(SimulatedDelegation(role.text, keys: [old]))
        repository.add("file", "content", in: role)
        repository.rotate(.targets, 1, to: [new], signedBy: [TestKey("targets")])
        repository.rotate(role, 1, to: [new], signedBy: [old])
        repository.rotate(role, 2, to: [old], signedBy: [new])
        repository.signers[.targets] = [new]
        repository.signers[role] = [old]
        repository.publishAll()
        let answer = try await verdict(repository, by: first, makingBy: first)
        #expect(answer.isVerified, "\(answer.verdicts.map(\.text))")
        let rotations = try names().filter { $0.hasPrefix("metadata/rotate/") }
        #expect(
            rotations == [
                "metadata/rotate/a%2Fb.rotate.1", "metadata/rotate/a%2Fb.rotate.2",
                "metadata/rotate/targets.rotate.1",
            ])
    }

    @Test("all roots are in it, whichever of them the maker and the reader trust")
    func roots() async throws {
        var repository = RepositorySimulator()
        var roots = [repository.bytes(of: .root)]
        repository.add("file", "content")
        for number in 2...4 {
            repository.keys[.root] = [TestKey("root \(number)")]
            repository.publish(.root)
            roots.append(repository.bytes(of: .root))
        }
        repository.publishAll()
        for (maker, reader) in [(0, 0), (3, 0), (0, 3), (2, 1)] {
            let answer = try await verdict(repository, by: roots[reader], makingBy: roots[maker])
            #expect(answer.isVerified, "\(answer.verdicts.map(\.text))")
            #expect(try BundleFile(folder("demo.bundle")).manifest.rootVersions == 1...4)
        }
        // Where the first roots are gone, those that are left are in it.
        repository.server["1.root.json"] = nil
        repository.server["2.root.json"] = nil
        #expect(try await verdict(repository, by: roots[2], makingBy: roots[3]).isVerified)
        #expect(try await verdict(repository, by: roots[1], makingBy: roots[3]).isVerified)
        let bundle = try BundleFile(folder("demo.bundle"))
        #expect(
            throws: BundleError.rootsMissing(
                bundle: folder("demo.bundle"), first: 3, trustedVersion: 1)
        ) { try bundle.repository(root: roots[0], folder: nil) }
    }

    @Test("a root of somebody else among the earlier ones is not put into a bundle")
    func foreignEarlierRoot() async throws {
        var repository = RepositorySimulator()
        repository.add("file", "content")
        repository.publish(.root)
        let newest = repository.bytes(of: .root)
        repository.publishAll()
        var stranger = RepositorySimulator()
        stranger.keys[.root] = [TestKey("mallory")]
        stranger.publish(.root)
        repository.server["1.root.json"] = stranger.bytes(of: .root)
        await #expect(throws: (any Error).self) {
            try await verdict(repository, by: newest, makingBy: newest)
        }
        #expect(try FileSystem.names(in: folder.path).isEmpty)
    }
}
