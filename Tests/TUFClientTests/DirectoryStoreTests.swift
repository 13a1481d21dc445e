// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

@Suite("The client's trusted metadata in a folder")
struct DirectoryStoreTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/state/metadata" }

    init() throws { folder = try TemporaryFolder() }

    private func refresh(
        _ repository: RepositorySimulator, _ store: any TrustedStore
    ) async throws(UpdateError) -> RepositoryState {
        try await Updater(
            metadataURL: SimulatedServer.url, fetcher: repository, store: store, now: .testTime
        ).refresh()
    }

    private func names() throws -> [String] {
        try FileSystem.names(in: path).filter { $0.hasSuffix(".json") }
    }

    @Test("is made with those above it, for its owner alone")
    func made() throws {
        _ = try DirectoryTrustedStore(path)
        #expect(mode(path) == 0o700)
        #expect(mode("\(folder.path)/state") == 0o700)
    }

    /// attack: python-tuf CVE-2021-41131: a role named ../../a stays in its folder
    @Test("holds each role under its unversioned name, byte for byte, and nothing else")
    func fileNames() async throws {
        var repository = RepositorySimulator()
        let store = try DirectoryTrustedStore(path)
        try store.save(repository.bytes(of: .root), as: .root)
        repository.publish(.root)
        repository.delegate(SimulatedDelegation("../../a/é"))
        repository.publishAll()
        let state = try await refresh(repository, store)
        let search = TargetSearch(
            state,
            Updater(
                metadataURL: SimulatedServer.url, fetcher: repository, store: store,
                now: .testTime))
        _ = try await search.find(try #require(TargetPath("file")))
        let role = RoleName("../../a/é")
        #expect(
            try names() == [
                "..%2F..%2Fa%2F%C3%A9.json", "root.json", "snapshot.json", "targets.json",
                "timestamp.json",
            ])
        for role in [RoleName.root, .timestamp, .snapshot, .targets, role] {
            let bytes = try FileSystem.read("\(path)/\(role.fileName())")
            #expect(bytes == repository.bytes(of: role))
        }
        #expect(try FileSystem.names(in: folder.path) == ["state"])
    }

    /// attack: go-tuf CVE-2022-29173: an older timestamp after a restart
    @Test("is the same when it is opened again: an older timestamp is still refused")
    func reopened() async throws {
        var repository = RepositorySimulator()
        do {
            let store = try DirectoryTrustedStore(path)
            try store.save(repository.bytes(of: .root), as: .root)
            repository.publish(.timestamp)
            _ = try await refresh(repository, store)
        }
        repository.publish(.timestamp) { $0.set("version", 1) }
        let store = try DirectoryTrustedStore(path)
        await #expect(
            throws: UpdateError.rollback(role: .timestamp, offered: 1, trusted: 2)
        ) { _ = try await refresh(repository, store) }
        #expect(try store.load(.snapshot) == repository.bytes(of: .snapshot))
    }

    /// TUF 1.0.34 §5a: an error leaves no state from which the client cannot recover
    @Test(
        "garbage in a file is replaced by what the server has",
        arguments: [RoleName.timestamp, .snapshot, .targets],
        ["", "garbage", "{}", "{\"signed\":5}", "null"])
    func garbage(_ role: RoleName, _ text: String) async throws {
        let repository = RepositorySimulator()
        let store = try DirectoryTrustedStore(path)
        try store.save(repository.bytes(of: .root), as: .root)
        _ = try await refresh(repository, store)
        try store.save(Array(text.utf8), as: role)
        _ = try await refresh(repository, store)
        #expect(try store.load(role) == repository.bytes(of: role))
    }

    @Test("garbage in the root is an error before any request: nothing else can replace it")
    func garbageRoot() async throws {
        let repository = RepositorySimulator()
        let store = try DirectoryTrustedStore(path)
        try store.save(Array("{}".utf8), as: .root)
        await #expect(throws: UpdateError.untrustedRoot(.malformed(.missing(path: "signed")))) {
            _ = try await refresh(repository, store)
        }
        #expect(repository.server.takeRequests().isEmpty)
    }

    @Test("a role that is not there is none, and may be removed")
    func absent() throws {
        let store = try DirectoryTrustedStore(path)
        #expect(try store.load(.timestamp) == nil)
        try store.remove(.timestamp)
        try store.save([1, 2], as: .timestamp)
        try store.save([3], as: .timestamp)
        #expect(try store.load(.timestamp) == [3])
        try store.remove(.timestamp)
        #expect(try names().isEmpty)
    }

    @Test("a file that cannot be replaced is an error that names it, and nothing is left behind")
    func notReplaceable() throws {
        let store = try DirectoryTrustedStore(path)
        let file = "\(path)/timestamp.json"
        try FileSystem.makeDirectory("\(file)/inner")
        let refusal = StoreError(path: file, reason: "Is a directory")
        #expect(throws: refusal) { try store.save([1], as: .timestamp) }
        #expect(throws: StoreError(path: file, reason: "not a regular file")) {
            try store.load(.timestamp)
        }
        #expect(try FileSystem.names(in: path) == [".lock", "timestamp.json"])
    }

    /// attack: tough CVE-2026-6968: a metadata file that is a symbolic link
    @Test("a symbolic link in place of a file is replaced; where it leads nothing is written")
    func symbolicLink() throws {
        let outside = "\(folder.path)/outside"
        try FileSystem.write([7], to: outside)
        let store = try DirectoryTrustedStore(path)
        #expect(symlink(outside, "\(path)/timestamp.json") == 0)
        try store.save([1], as: .timestamp)
        #expect(try store.load(.timestamp) == [1])
        #expect(try FileSystem.read(outside) == [7])
    }

    @Test("a place where nothing can be written is an error that names it")
    func notWritable() throws {
        try FileSystem.write([], to: "\(folder.path)/file")
        #expect(throws: StoreError(path: "\(folder.path)/file", reason: "not a folder")) {
            _ = try DirectoryTrustedStore("\(folder.path)/file/state")
        }
        #expect(throws: StoreError.self) { _ = try DirectoryTrustedStore("/proc/state") }
    }
}
