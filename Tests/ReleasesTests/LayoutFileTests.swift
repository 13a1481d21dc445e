// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import RepositoryStorage
import TUFRepository
import TestKit
import Testing
import YAMLSources

@Suite("Layout files: a source, its keys, and the signatures so far")
struct LayoutFileTests {
    private func sign(
        _ world: World, _ names: [String], source: String = World.source, at moment: Instant = now
    ) throws -> SignedFile {
        let file = try world.layoutFile(source)
        let bytes = try file.signed(adding: names.map { ($0, try key($0)) }, now: moment)
        try FileSystem.write(bytes, to: file.signedPath)
        return try SignedFile(bytes)
    }

    private func ids(_ name: String) throws -> Set<KeyID> {
        [try key(name).publicKey.keyID, try key(name).publicKey.legacyKeyID]
    }

    @Test("two sign one after the other, on their own machines' copies")
    func merging() async throws {
        let world = try await World()
        let first = try sign(world, ["olga"])
        #expect(Set(first.signatures.map(\.keyID)) == (try ids("olga")))
        let second = try sign(world, ["oscar"], at: now.adding(days: 3))
        #expect(
            Set(second.signatures.map(\.keyID)) == (try ids("olga").union(ids("oscar"))))
        let file = try world.layoutFile(World.source)
        let count = second.count(by: file.authority(at: now))
        #expect(count.isMet && count.accepted.count == 2)
        #expect(file.missing(count) == ["otto"])
        // The expiry is the one that the first signature covers.
        #expect(try Layout(second.signed).expires == now.adding(days: 365))
    }

    @Test("a changed source drops the signatures of the old one")
    func changedSource() async throws {
        let world = try await World()
        _ = try sign(world, ["olga"])
        let changed = World.source.replacing("git tag v{version}", "git tag -s v{version}")
        let second = try sign(world, ["oscar"], source: changed)
        #expect(Set(second.signatures.map(\.keyID)) == (try ids("oscar")))
    }

    @Test("an expired layout is signed anew from the start")
    func expired() async throws {
        let world = try await World()
        _ = try sign(world, ["olga"])
        let later = now.adding(days: 365)
        let second = try sign(world, ["oscar"], at: later)
        #expect(Set(second.signatures.map(\.keyID)) == (try ids("oscar")))
        #expect(try Layout(second.signed).expires == later.adding(days: 365))
    }

    @Test("who signs twice has one signature under each id")
    func twice() async throws {
        let world = try await World()
        _ = try sign(world, ["olga"])
        let second = try sign(world, ["olga", "olga"])
        #expect(second.signatures.count == 2)
        let file = try world.layoutFile(World.source)
        #expect(second.count(by: file.authority(at: now)).accepted.count == 1)
    }

    @Test("a key that is not among the signers is refused, and nothing is signed")
    func foreign() async throws {
        let world = try await World()
        let file = try world.layoutFile(World.source)
        let error = PublishingError.notASigner(key: "alice", signers: ["olga", "oscar", "otto"])
        #expect(throws: error) {
            try file.signed(adding: [("alice", try key("alice"))], now: now)
        }
        #expect(
            "\(error)" == "key alice: not among the signers of the layout, which are "
                + "olga, oscar, otto")
    }

    @Test("a damaged signed layout is told, not overwritten in silence")
    func damaged() async throws {
        let world = try await World()
        let file = try world.layoutFile(World.source)
        try world.folder.write("{", to: "layouts/wheel.layout")
        #expect(
            throws: PublishingError.damagedLayout(file: file.signedPath, .malformed(.truncated))
        ) { try file.signed(adding: [("olga", try key("olga"))], now: now) }
    }

    @Test("the signed layout stands beside the source, or where it is said")
    func places() async throws {
        let world = try await World()
        let file = try world.layoutFile(World.source)
        #expect(file.signedPath == world.folder("layouts/wheel.layout"))
        let other = try LayoutFile(file.path, signed: "x.layout", reader: YAMLSource.read)
        #expect(other.signedPath == "x.layout")
    }

    @Test("missing files and keys are told with their place in the source")
    func missing() async throws {
        let world = try await World()
        #expect(
            throws: PublishingError.storage(
                StorageError(path: "none.yaml", reason: "no such file"))
        ) { try LayoutFile("none.yaml", reader: YAMLSource.read) }
        try FileSystem.remove(world.folder("layouts/keys/bob.pub"))
        let source = world.folder("layouts/wheel.yaml")
        let key = world.folder("layouts/keys/bob.pub")
        var words: [String] = []
        for content in [nil, "junk"] as [String?] {
            if let content { try world.folder.write(content, to: "layouts/keys/bob.pub") }
            do { _ = try world.layoutFile(World.source) } catch { words.append("\(error)") }
        }
        #expect(
            words == [
                "\(source):7:40: bob: \(key): no such key file",
                "\(source):7:40: bob: \(key): unsupported key, no public key in PEM found",
            ])
        let twoKeys = World.source.replacing("alice: keys/alice.pub", "olga: keys/alice.pub")
        do {
            try FileSystem.write(Array(bobsKey().utf8), to: key)
            _ = try world.layoutFile(twoKeys.replacing("[alice", "[olga"))
            Issue.record("not refused")
        } catch {
            #expect("\(error)" == "\(source):7:17: olga stands for two different keys")
        }
    }

    private func bobsKey() throws -> String { try key("bob").publicKey.pem! }
}

@Suite("Key folders")
struct KeyDirectoryTests {
    private enum Asked: Error { case noTerminal }

    private func directory(
        _ folder: TemporaryFolder, _ passphrase: String?, extra: [String] = []
    ) -> KeyDirectory {
        KeyDirectory(folder("keys"), extra: extra) { _, _ in
            guard let passphrase else { throw Asked.noTerminal }
            return Array(passphrase.utf8)
        }
    }

    @Test("a made key is on disk in two halves, the private one encrypted and its owner's alone")
    func made() throws {
        let folder = try TemporaryFolder()
        let keys = directory(folder, "secret")
        let made = try keys.make("alice", .ed25519)
        #expect(try keys.names() == ["alice"])
        #expect(try keys.publicKey("alice").material == made.material)
        #expect(
            try folder.text("keys/alice.pem")?.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----")
                == true)
        // Another process asks for the passphrase.
        #expect(try directory(folder, "secret").signer(for: made) != nil)
        #expect(try directory(folder, "secret").signer(for: key("bob").publicKey) == nil)
        #expect(throws: RepositoryError.key(name: "alice.pem", .wrongPassphrase)) {
            try directory(folder, "wrong").signer(for: made)
        }
        #expect(throws: RepositoryError.key(name: "alice.pem", .passphraseNeeded)) {
            try directory(folder, nil).signer(for: made)
        }
        #expect(
            throws: RepositoryError.storage(
                path: folder("keys/alice.pem"), reason: "there is a key of this name already")
        ) { try keys.make("alice", .ed25519) }
    }

    @Test("without a passphrase no key is made")
    func noPassphrase() throws {
        let folder = try TemporaryFolder()
        for passphrase in [nil, ""] as [String?] {
            #expect(throws: RepositoryError.key(name: "alice.pem", .passphraseNeeded)) {
                try directory(folder, passphrase).make("alice", .ed25519)
            }
        }
        #expect(!FileSystem.exists(folder("keys")))
    }

    @Test("only what is unlocked signs, if that is wanted; rings are asked in turn")
    func unlockedOnly() throws {
        let folder = try TemporaryFolder()
        let made = try directory(folder, "secret").make("alice", .ed25519)
        let keys = directory(folder, "secret")
        #expect(try keys.unlockedOnly.signer(for: made) == nil)
        #expect(try FirstOf(keys.unlockedOnly, keys).signer(for: made) != nil)
        #expect(try keys.unlockedOnly.signer(for: made) != nil)
    }

    @Test("keys by name, by path and as file: URIs; further files are looked at too")
    func names() throws {
        let folder = try TemporaryFolder()
        let keys = directory(folder, "secret")
        #expect(keys.privatePath("alice") == folder("keys/alice.pem"))
        #expect(keys.privatePath("file:/a/b") == "/a/b")
        #expect(keys.privatePath("x/alice.pub") == "x/alice.pem")
        #expect(keys.publicPath("x/alice.pem") == "x/alice.pub")
        #expect(keys.publicPath("alice") == folder("keys/alice.pub"))
        let other = folder("elsewhere/bob.pem")
        let made = try keys.make(other, .ecdsaP256)
        #expect(try keys.names() == [])
        #expect(try directory(folder, "secret").signer(for: made) == nil)
        #expect(try directory(folder, "secret", extra: [other]).signer(for: made) != nil)
        #expect(
            throws: RepositoryError.storage(path: folder("keys/none.pub"), reason: "no such key")
        ) { try keys.publicKey("none") }
    }
}
