// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("Import: sources that are not whole")
struct ImportFailureTests {
    /// What taking the changed source over ends with; nothing may be left.
    private func failure(
        _ kind: String, _ trust: ImportSource.Trust = .asFound,
        _ damage: (TemporaryFolder) throws -> Void
    ) async throws -> ImportError? {
        let scene = try ImportScene(kind)
        try damage(scene.folder)
        do {
            _ = try await scene.take(trust)
            return nil
        } catch let error as ImportError {
            #expect(scene.leftNothing, "\(error)")
            return error
        }
    }

    @Test(
        "a missing role is named",
        arguments: [
            ("1.targets.json", "flat"), ("7.snapshot.json", "flat"), ("5.a.json", "delegated"),
            ("1.b.json", "delegated"), ("1.bins-c.json", "rstuf"),
        ])
    func missingRole(file: String, kind: String) async throws {
        let error = try await failure(kind) { folder in
            unlink(folder("old/metadata/\(file)"))
        }
        #expect(error == .source(.missing(file: file)))
    }

    @Test("a role that was changed is refused")
    func changedRole() async throws {
        let error = try await failure("delegated") { folder in
            let text = try #require(try folder.text("old/metadata/1.b.json"))
            try folder.write(
                text.replacingFirst("\"length\": 3", with: "\"length\": 4"),
                to: "old/metadata/1.b.json")
        }
        guard case .source(.unsigned(file: "b.json", by: RoleName("a"), _, _)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a file that is missing, longer, shorter or another one is named with its role")
    func damagedFile() async throws {
        let name = "old/targets/\(sha256("one")).one.txt"
        let path = path("one.txt")
        #expect(
            try await failure("flat") { unlink($0(name)) }
                == .file(path, role: .targets, .missing(file: "one.txt")))
        #expect(
            try await failure("flat") { try $0.write("oneone", to: name) }
                == .file(
                    path, role: .targets,
                    .wrongLength(file: "one.txt", found: 4, expected: 3)))
        #expect(
            try await failure("flat") { try $0.write("on", to: name) }
                == .file(
                    path, role: .targets,
                    .wrongLength(file: "one.txt", found: 2, expected: 3)))
        #expect(
            try await failure("flat") { try $0.write("two", to: name) }
                == .file(
                    path, role: .targets,
                    .wrongDigest(
                        file: "one.txt", found: sha256("two"), expected: sha256("one"))))
    }

    @Test("a gap between roots is told, as no client would pass it")
    func gap() async throws {
        let error = try await failure("rotated") { unlink($0("old/metadata/2.root.json")) }
        // Only clients of the first root are asked for: the chain ends there.
        #expect(error == .gap(file: "2.root.json", newest: 3))
    }

    @Test("a root under another's number is refused")
    func wrongRoot() async throws {
        let error = try await failure("rotated") { folder in
            unlink(folder("old/metadata/1.root.json"))
            rename(folder("old/metadata/2.root.json"), folder("old/metadata/1.root.json"))
        }
        #expect(
            error == .source(.wrongVersion(file: "1.root.json", found: 2, expected: 1)))
    }

    @Test("what is no repository is told")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        #expect(throws: ImportError.noMetadata(path: folder.path)) {
            try ImportSource(folder: folder.path, trust: .asFound)
        }
        #expect(throws: ImportError.unpinned(url: "https://example.org/metadata/")) {
            try ImportSource(
                metadataURL: "https://example.org/metadata/",
                targetsURL: "https://example.org/targets/",
                fetcher: StagedRepository(RepositoryDirectory(folder.path)), trust: .asFound)
        }
        try FileSystem.makeDirectory(folder("x/metadata"))
        try FileSystem.makeDirectory(folder("y/metadata"))
        for name in ["x", "y"] {
            for file in ["timestamp.json", "1.root.json"] {
                try folder.write("{}", to: "\(name)/metadata/\(file)")
            }
        }
        #expect(
            throws: ImportError.severalFolders(
                path: folder.path, [folder("x/metadata"), folder("y/metadata")])
        ) {
            try ImportSource(folder: folder.path, trust: .asFound)
        }
    }

    @Test("target files are needed where there are any")
    func noTargets() async throws {
        let error = try await failure("flat") { folder in
            rename(folder("old/targets"), folder("elsewhere"))
        }
        guard case .noTargets? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a place that is taken stays as it was")
    func taken() async throws {
        let scene = try ImportScene("flat")
        _ = try await scene.take()
        let before = try scene.folder.tree("new")
        await #expect(throws: ImportError.occupied(path: scene.directory.path)) {
            try await scene.take()
        }
        #expect(try scene.folder.tree("new") == before)
        let other = try ImportScene("flat")
        try other.folder.write("mine", to: "new/targets/mine.txt")
        await #expect(throws: ImportError.notEmpty(folder: other.folder("new/targets"))) {
            try await other.take()
        }
        #expect(
            try other.folder.tree("new").keys.sorted() == ["new/targets/", "new/targets/mine.txt"])
        let third = try ImportScene("flat")
        try third.folder.write("mine", to: "new/README")
        _ = try await third.take()
        #expect(try third.folder.text("new/README") == "mine")
    }

    @Test("of a failed attempt in a folder that was there, nothing is left in it")
    func failedInFolder() async throws {
        let scene = try ImportScene("flat")
        try scene.folder.write("mine", to: "new/README")
        unlink(scene.folder("old/targets/\(sha256("one")).one.txt"))
        await #expect(throws: ImportError.self) { try await scene.take() }
        #expect(try FileSystem.names(in: scene.folder("new")) == ["README"])
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, with new: String) -> String {
        let parts = split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        precondition(parts.count == 2)
        return parts[0] + new + parts[1]
    }
}
