import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
// SPDX-License-Identifier: Apache-2.0
import TestKit
import Testing

@Suite("Links gathered for a release")
struct LinkCollectionTests {
    private func release(_ world: World, _ folders: [String]) async throws -> [Verdict] {
        try await world.publisher.release(
            [ReleaseRequest(file: world.folder("dist/\(wheel)"))],
            links: folders.map { world.folder($0) }
        ).verdicts
    }

    private func move(_ world: World, _ name: String, to folder: String) throws {
        try world.folder.write(try world.folder.text("links/\(name)")!, to: "\(folder)/\(name)")
        try FileSystem.remove(world.folder("links/\(name)"))
    }

    @Test("from several folders, each with a part; the same file twice is one")
    func folders() async throws {
        let world = try await World.withLayout()
        let bob = try world.linkName("wheel", "bob")
        try move(world, bob, to: "bob")
        try world.folder.write(try world.folder.text("bob/\(bob)")!, to: "copy/\(bob)")
        #expect(try await release(world, ["links", "bob", "copy"])[0].isVerified)
        #expect(try world.evidence().count == 4)
    }

    @Test("one name with different bytes is refused, both files named")
    func different() async throws {
        let world = try await World.withLayout()
        let bob = try world.linkName("wheel", "bob")
        try world.folder.write("{}", to: "other/\(bob)")
        let error = PublishingError.differentLinks(
            world.folder("links/\(bob)"), world.folder("other/\(bob)"))
        await #expect(throws: error) { try await release(world, ["links", "other"]) }
    }

    @Test("strangers' links are left out where somebody authorised did the step")
    func strangers() async throws {
        let world = try await World.withLayout()
        try world.write(world.tagLink(), by: "carol")
        try world.folder.write("notes", to: "links/notes.txt")
        #expect(try await release(world, ["links"])[0].isVerified)
        #expect(try world.evidence().count == 4)
        #expect(
            !(try world.evidence().contains { $0.contains((try? keyID("carol").prefix) ?? "") }))
    }

    @Test("where nobody authorised did it the stranger is named")
    func onlyStrangers() async throws {
        let world = try await World.withLayout()
        try FileSystem.remove(world.folder("links/\(try world.linkName("tag", "alice"))"))
        try world.write(world.tagLink(), by: "carol")
        let verdict = try await release(world, ["links"])[0]
        #expect(verdict.refusal?.code == "E-STRANGER")
        #expect(verdict.refusal?.found?.contains(try keyID("carol").prefix) == true)
    }

    @Test("links of a sub-chain in their folder are published with it; unequal twins are refused")
    func subChain() async throws {
        let world = try await World.withLayout()
        let folder = String(try world.linkName("tag", "alice").dropLast(".link".count))
        try world.folder.write("{}", to: "links/\(folder)/inner.12345678.link")
        try world.folder.write("{}", to: "copy/\(folder)/inner.12345678.link")
        #expect(try await release(world, ["links", "copy"])[0].isVerified)
        #expect(
            try world.evidence().filter { $0.hasSuffix("\(folder)/inner.12345678.link") }.count
                == 1)
        try world.folder.write("[]", to: "copy/\(folder)/inner.12345678.link")
        let error = PublishingError.differentLinks(
            "\(folder)/inner.12345678.link",
            world.folder("copy/\(folder)/inner.12345678.link"))
        await #expect(throws: error) { try await release(world, ["links", "copy"]) }
    }
}
