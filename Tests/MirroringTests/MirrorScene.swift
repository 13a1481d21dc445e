// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Mirroring
import RepositoryStorage
import Synchronization
import TUFClient
public import TUFMetadata
import TestKit
import Testing

/// A repository in memory, and a folder that is its mirror.
struct MirrorScene {
    var repository = RepositorySimulator()
    let folder: TemporaryFolder
    /// The root that the mirror's operator trusts.
    let pin: [UInt8]
    var options = MirrorOptions()
    var now = Instant.testTime
    let notices = Notices()

    init() throws {
        folder = try TemporaryFolder()
        pin = repository.bytes(of: .root)
        options.connections = 4
        options.notice = { [notices] in notices.add($0) }
    }

    /// A repository with two files, one of them a delegated role's, and its mirror.
    static func mirrored(
        _ prepare: (inout MirrorScene) -> Void = { _ in }
    ) async throws -> MirrorScene {
        var scene = try MirrorScene()
        scene.repository.add("a/one.txt", "the first file")
        scene.repository.delegate(SimulatedDelegation("team", ["b/*"]))
        scene.repository.add("b/two.txt", "the second file", in: "team")
        prepare(&scene)
        scene.repository.publishAll()
        try await scene.sync()
        _ = scene.requests()
        return scene
    }

    var path: String { folder("mirror") }
    var store: DirectoryStore { DirectoryStore(path) }

    var source: MirrorSource {
        MirrorSource(
            place: "https://repository.test", metadataURL: SimulatedServer.url,
            targetsURL: SimulatedServer.url + "targets/", fetcher: repository.server)
    }

    @discardableResult
    func sync(_ pin: MirrorPin? = nil) async throws(MirrorError) -> SyncOutcome {
        try await MirrorSync(source, into: store, options: options, now: now)
            .run(pin ?? .root(self.pin))
    }

    func refusal(_ pin: MirrorPin? = nil) async -> MirrorError? {
        do throws(MirrorError) { try await sync(pin) } catch { return error }
        return nil
    }

    func requests() -> [String] { repository.server.takeRequests() }

    /// The mirror's files, by their names below it.
    func files() throws -> [String: [UInt8]] {
        guard FileSystem.isDirectory(path) else { return [:] }
        return try folder.tree("mirror").filter { !$0.key.contains("/.carnet") }
    }

    /// What an attack must meet: this very error, these requests and no other, and a mirror whose
    /// files are byte for byte what they were.
    func expectRefusal(
        _ expected: MirrorError, asking names: [String],
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try files()
        _ = requests()
        let found = await refusal()
        #expect(found == expected, sourceLocation: location)
        #expect(requests() == names, sourceLocation: location)
        let after = try files()
        #expect(after == before, sourceLocation: location)
    }

    // MARK: who reads the mirror

    /// What a new client of the mirror sees, from the pinned root on: contents by path.
    func client(_ store: any TrustedStore) async throws -> [String: String] {
        let mirror = StoreFetcher(self.store)
        let updater = Updater(
            metadataURL: mirror.metadataURL, fetcher: mirror, store: store, now: now)
        let state = try await updater.refresh()
        let download = TargetDownload(
            targetsURL: mirror.targetsURL, fetcher: mirror,
            consistent: state.root.document.consistentSnapshot)
        var contents: [String: String] = [:]
        for target in try await TargetSearch(state, updater).all() {
            let bytes = try await download.bytes(of: target.file, maximumBytes: 1 << 20)
            contents[target.file.path.string] = String(decoding: bytes, as: UTF8.self)
        }
        return contents
    }

    func client() async throws -> [String: String] {
        try await client(MemoryTrustedStore(root: pin))
    }
}

extension RoleName: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(UTF8Text(value)) }
}

/// What an operator was told.
final class Notices: Sendable {
    private let notices = Mutex<[MirrorNotice]>([])

    func add(_ notice: MirrorNotice) { notices.withLock { $0.append(notice) } }

    func take() -> [MirrorNotice] {
        notices.withLock { notices in
            defer { notices = [] }
            return notices
        }
    }
}

/// Seconds since 1970, by the clock that files get their times from.
func currentSeconds() -> Int { time(nil) }
