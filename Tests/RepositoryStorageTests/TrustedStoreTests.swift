// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("A client's stores")
struct TrustedStoreTests {
    private let releases = RoleName("releases")

    /// TUF 1.0.34 §5.3.8, 5.4.5, 5.5.7, 5.6.6: each role under its own name
    /// attack: python-tuf CVE-2021-41131: a role named ../x stays in its folder
    @Test("a folder: a file a role, hidden from others, role names encoded")
    func store() throws {
        let folder = try TemporaryFolder()
        let store = try DirectoryTrustedStore(folder("client/demo"))
        let odd = RoleName("../é")
        #expect(!store.isReadOnly)
        #expect(try store.load(odd) == nil)
        try store.save([1], as: odd)
        try store.save([2], as: .timestamp)
        #expect(
            try FileSystem.names(in: folder("client/demo"))
                == ["..%2F%C3%A9.json", ".lock", "timestamp.json"])
        #expect(try store.load(odd) == [1])
        try store.remove(.timestamp)
        try store.remove(.timestamp)
        #expect(try store.load(.timestamp) == nil)
        var status = stat()
        #expect(stat(folder("client/demo"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }

    @Test("a folder that cannot be written says where and why")
    func damagedStore() throws {
        let folder = try TemporaryFolder()
        let store = try DirectoryTrustedStore(folder("demo"))
        try FileSystem.makeDirectory(folder("demo/root.json"))
        #expect(throws: StoreError(path: folder("demo/root.json"), reason: "Is a directory")) {
            try store.save([1], as: .root)
        }
        #expect(throws: StoreError(path: folder("demo/root.json"), reason: "not a regular file")) {
            try store.load(.root)
        }
        try folder.write("", to: "file")
        #expect(throws: StoreError(path: folder("file"), reason: "not a folder")) {
            try DirectoryTrustedStore(folder("file"))
        }
        #expect(throws: StoreError(path: folder("file"), reason: "not a folder")) {
            try DirectoryTrustedStore(folder("file/demo"))
        }
    }

    @Test("opening a folder clears away what killed processes left in it, and no role")
    func swept() throws {
        let folder = try TemporaryFolder()
        let odd = RoleName(".a.0.carnet-tmp")
        do {
            let store = try DirectoryTrustedStore(folder("demo"))
            try store.save([1], as: odd)
            try folder.write("dead", to: "demo/.snapshot.json.0.carnet-tmp")
            try folder.write("dead", to: "demo/.gone.json.abc.carnet-tmp")
        }
        let store = try DirectoryTrustedStore(folder("demo"))
        #expect(
            try FileSystem.names(in: folder("demo")) == [".a.0.carnet-tmp.json", ".lock"])
        #expect(try store.load(odd) == [1])
    }

    @Test("memory: what it starts with, what is saved, what is removed")
    func memory() throws {
        let store = MemoryTrustedStore(files: [.root: [1], .timestamp: [2]])
        try store.save([3], as: .snapshot)
        try store.remove(.timestamp)
        #expect(try store.load(.root) == [1])
        #expect(try store.load(.timestamp) == nil)
        #expect(store.files == [.root: [1], .snapshot: [3]])
        #expect(MemoryTrustedStore(root: [7]).files == [.root: [7]])
    }

    @Test("an overlay shows what was saved and removed over it; the store below stays as it is")
    func overlay() throws {
        let base = MemoryTrustedStore(files: [.root: [1], .timestamp: [2], .snapshot: [3]])
        let store = OverlayTrustedStore(over: base)
        #expect(try store.load(.root) == [1])
        try store.save([9], as: .root)
        try store.remove(.timestamp)
        try store.save([8], as: releases)
        try base.save([4], as: .snapshot)
        #expect(try store.load(.root) == [9])
        #expect(try store.load(.timestamp) == nil)
        #expect(try store.load(.snapshot) == [4])
        #expect(try store.load(releases) == [8])
        try store.save([7], as: .timestamp)
        #expect(try store.load(.timestamp) == [7])
        #expect(base.files == [.root: [1], .timestamp: [2], .snapshot: [4]])
    }
}

@Suite("A client's store in a folder that cannot be written")
struct ReadOnlyStoreTests {
    private let folder: TemporaryFolder

    /// A store with a root, which belongs to a common user.
    init() throws {
        folder = try TemporaryFolder()
        try DirectoryTrustedStore(folder("demo")).save([1], as: .root)
        #expect(chmod(folder.path, 0o755) == 0)
        for name in ["demo", "demo/root.json", "demo/.lock"] {
            #expect(chown(folder(name), commonUser, getegid()) == 0)
        }
    }

    @Test("is read; what is saved is known until the store is gone", arguments: [true, false])
    func readOnly(hasLockFile: Bool) throws {
        if !hasLockFile { try FileSystem.remove(folder("demo/.lock")) }
        #expect(chmod(folder("demo"), 0o500) == 0)
        let before = try folder.tree()
        try withRights(of: commonUser) {
            let store = try DirectoryTrustedStore(folder("demo"))
            #expect(store.isReadOnly)
            #expect(try store.load(.root) == [1])
            try store.save([2], as: .root)
            try store.save([3], as: .timestamp)
            store.unlock()
            try store.save([4], as: .timestamp)
            #expect(try store.load(.root) == [2])
            #expect(try store.load(.timestamp) == [4])
            try store.remove(.timestamp)
            #expect(try store.load(.timestamp) == nil)
            #expect(try DirectoryTrustedStore(folder("demo")).load(.root) == [1])
        }
        #expect(try folder.tree() == before)
    }

    @Test("needs no lock: it is open while another process refreshes")
    func whileLocked() throws {
        let writer = try DirectoryTrustedStore(folder("demo"))
        #expect(chmod(folder("demo"), 0o500) == 0)
        let root = try withRights(of: commonUser) {
            try DirectoryTrustedStore(folder("demo")).load(.root)
        }
        #expect(root == [1])
        withExtendedLifetime(writer) {}
    }

    @Test("a folder that cannot be read is an error, and so is one that cannot be made")
    func noPermission() throws {
        #expect(chmod(folder("demo"), 0o300) == 0)
        try folder.write("", to: "closed/file")
        withRights(of: commonUser) {
            for place in [folder("demo"), folder("closed/demo")] {
                #expect(throws: StoreError(path: place, reason: "Permission denied")) {
                    try DirectoryTrustedStore(place)
                }
            }
        }
    }

    @Test("a read-only file system is like it", .enabled(if: geteuid() == 0, "only root mounts"))
    func readOnlyFileSystem() throws {
        let disk = folder("disk")
        try FileSystem.makeDirectory(disk)
        guard mount("none", disk, "tmpfs", 0, "size=64k") == 0 else { return }
        defer { umount(disk) }
        try DirectoryTrustedStore("\(disk)/demo").save([1], as: .root)
        #expect(mount("none", disk, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
        let store = try DirectoryTrustedStore("\(disk)/demo")
        #expect(store.isReadOnly)
        #expect(try store.load(.root) == [1])
        try store.save([2], as: .root)
        #expect(try store.load(.root) == [2])
        #expect(throws: StoreError(path: "\(disk)/other", reason: "Read-only file system")) {
            try DirectoryTrustedStore("\(disk)/other")
        }
    }
}
