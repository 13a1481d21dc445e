// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Changes of targets roles, in sentences")
struct TargetsChangeTests {
    @Test("a delegation comes, goes, and changes")
    func delegations() throws {
        let old = try ChangeDocuments.targets()
        let roles = try #require(old["delegations"]?["roles"]?.elements)
        var ci = roles[1]
        ci.set("name", "ci")
        ci.set("paths", ["ci/*"])
        var releases = roles[2]
        releases.set("paths", ["demo/*", "*"])
        releases.set("terminating", true)
        let lines = try told(
            .targets, old,
            old.with(.array([ci, releases, roles[0]]), at: "delegations", "roles"))
        #expect(
            lines == [
                "careful: nothing is delegated to links any more; it could list "
                    + "in-toto-metadata/*/*.link",
                "files are now delegated to ci, asked as number 1 of 3",
                "online may now sign for ci", "ci needs 1 of 1 signature",
                "ci may now list ci/*", "the search for a file that ci may list ends with ci",
                "releases may no longer list demo/?/*.whl", "releases may now list *",
                "the search for a file that releases may list ends with releases",
                "careful: releases is now asked as number 2 of 3, before as number 3",
            ])
    }

    @Test("keys and threshold of a delegation are told as those of root's roles")
    func signers() throws {
        let old = try ChangeDocuments.targets()
        let id = try key("carol").publicKey.keyID.text
        let new = old.with([.string(id)], at: "delegations", "roles", "2", "keyids")
            .with(false, at: "delegations", "roles", "0", "terminating")
        #expect(
            try told(.targets, old, new) == [
                "careful: the search for a file that layouts may list but does not now goes on "
                    + "with the roles after it",
                "online may no longer sign for releases",
                "releases needs 1 of 1 signature, before 1 of 2 signatures",
            ])
    }

    @Test("hash prefixes and hash bins")
    func hashes() throws {
        let old = try ChangeDocuments.targets()
        var role = try #require(old["delegations"]?["roles"]?.elements?[2])
        role.set("paths", nil)
        role.set("path_hash_prefixes", ["0a", "0b"])
        #expect(
            try told(.targets, old, old.with(role, at: "delegations", "roles", "2")) == [
                "releases may now list files whose path has a SHA-256 that begins with 0a and 0b",
                "releases may no longer list demo/* and demo/?/*.whl",
            ])
        let bins = try ChangeDocuments.bins()
        let more = bins.with(14, at: "delegations", "succinct_roles", "bit_length")
            .with("b", at: "delegations", "succinct_roles", "name_prefix")
        #expect(
            try told(.releases, bins, more) == [
                "careful: the bins are named b-…, before bin-…",
                "files are spread over 16,384 bins b-…, before 1,024 bins",
            ])
    }

    @Test("files: added, replaced, removed, other evidence")
    func files() throws {
        let old = try ChangeDocuments.targets()
        let new = old.with(nil, at: "targets", "demo/é\u{202E}/c")
            .with(
                ChangeDocuments.file(ChangeDocuments.otherDigest, length: 9), at: "targets",
                "demo/1/b.whl"
            )
            .with(
                ["w.layout", "a.link", "c.link"], at: "targets", "demo/1/a.whl", "custom",
                "in-toto"
            )
            .with(
                ChangeDocuments.file(custom: ["in-toto": ["w.layout"]]), at: "targets", "demo/2")
        let digest = ChangeDocuments.digest
        #expect(
            try told(.targets, old, new) == [
                #""demo/é\u{202e}/c" removed (1,234 bytes, sha256 ab12ab12ab12ab12…)"#,
                "careful: demo/1/b.whl replaced: 9 bytes, sha256 \(ChangeDocuments.otherDigest); "
                    + "before 1,234 bytes, sha256 ab12ab12ab12ab12…",
                "demo/2 added: 1,234 bytes, sha256 \(digest), vouched for by w.layout",
                "demo/1/a.whl is now vouched for by c.link and no longer vouched for by b.link",
            ])
    }

    @Test("many files are counted, and the first are named")
    func many() throws {
        let old = MetadataBuilder.targets(days: 1, now: now)
        let names = (0..<1204).map { UTF8Text("demo/\(10_000 + $0)") }
        let new = old.with(
            .object(names.map { JSON.Member($0, ChangeDocuments.file()) }), at: "targets")
        let lines = try changes(.targets, old, new, listing: 2).lines
        #expect(lines.count == 2)
        #expect(
            lines[0].hasPrefix(
                "1,204 files added, the first: demo/10000, demo/10001 (sha256 over all of them "))
        let other = new.with(1235, at: "targets", names[1000], "length")
        #expect(try changes(.targets, old, other, listing: 2).lines[0] != lines[0])
        #expect(try changes(.targets, old, new, listing: 2000).lines.count == 1205)
    }

    @Test("what needs evidence, and whose layouts count, is about trust")
    func policy() throws {
        let old = try ChangeDocuments.targets()
        let new = old.with(["demo/*/*.whl"], at: "x-carnet", "unattested")
            .with("releases", at: "x-carnet", "layouts")
        let found = try changes(.targets, old, new)
        #expect(
            found.lines.dropLast() == [
                "careful: only layouts that releases lists count, before those of layouts",
                "careful: files under demo/*/*.whl no longer need evidence",
                "files under demo/*/CHANGELOG.txt need evidence again",
            ])
        #expect(found.changes.prefix(2).allSatisfy { $0.weight == .trust })
        let none = try told(.targets, old, old.with(nil, at: "x-carnet"))
        #expect(
            none[0]
                == "careful: the repository no longer says which files need evidence or whose "
                + "layouts count; they were those of layouts")
        // In any other role the member has no meaning.
        #expect(
            try told(.releases, old, old.with(nil, at: "x-carnet")).allSatisfy {
                $0.hasPrefix("member x-carnet is gone")
            })
    }

    @Test("a layout that governs less, or needs fewer signatures, is about trust")
    func layouts() throws {
        let old = try ChangeDocuments.targets()
        let new = old.with(1, at: "targets", "w.layout", "custom", "carnet", "threshold")
            .with(
                ["demo/{version}/*.whl"], at: "targets", "w.layout", "custom", "carnet",
                "applies-to"
            )
            .with(["in-toto-pubkeys/a.pub"], at: "targets", "w.layout", "custom", "in-toto")
        let found = try changes(.targets, old, new)
        #expect(
            found.lines.dropLast() == [
                "layout w.layout may no longer be signed by in-toto-pubkeys/b.pub",
                "careful: layout w.layout no longer governs demo/{version}/*.tar.gz",
                "careful: layout w.layout needs 1 signature, before 2 signatures",
            ])
        #expect(found.changes.prefix(3).allSatisfy { $0.weight == .trust })
        let gone = try told(.targets, old, old.with(nil, at: "targets", "w.layout"))
        #expect(
            gone == [
                "careful: layout w.layout no longer governs demo/{version}/*.whl and "
                    + "demo/{version}/*.tar.gz",
                "w.layout removed (1,234 bytes, sha256 ab12ab12ab12ab12…)",
            ])
    }

    @Test("a role that is gone: to whom it delegated, and which files it listed")
    func gone() throws {
        let lines = try changes(.releases, try ChangeDocuments.bins(), nil).lines
        #expect(lines.last == "careful: releases is gone; its last version was 1")
        #expect(lines.contains("careful: nothing is delegated to the 1,024 bins bin-… any more"))
    }
}
