// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Repository state: what the next change starts from")
struct PublishedStateTests {
    @Test("a new repository reads back, version 1 everywhere")
    func readsBack() throws {
        let files = try repository()
        #expect(
            Set(files.files.keys) == [
                "1.root.json", "1.targets.json", "1.releases.json", "1.snapshot.json",
                "timestamp.json",
            ])
        let state = try PublishedState(reading: files)
        #expect(state.root.document.version == 1)
        #expect(state.root.document.consistentSnapshot)
        #expect(state.timestamp.document.snapshot.version == 1)
        #expect(state.snapshot.document.version == 1)
        #expect(state.targets.document.version == 1)
        #expect(state.timestamp.document.expires == now.adding(days: 1))
        let (delegation, targets) = try state.delegated(.releases)
        #expect(delegation.authority.threshold == 2)
        #expect(delegation.isTerminating)
        #expect(targets.document.version == 1)
        #expect(targets.signers.count == 2)
        #expect(try state.patterns(of: .releases).map(\.description) == ["demo/*", "demo/?/*.whl"])
        #expect(try state.patterns(of: .nobody) == [])
    }

    @Test(
        "a file that is not there is named",
        arguments: [
            "1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json",
        ])
    func missing(file: String) throws {
        var files = try repository()
        files.files[file] = nil
        #expect(throws: RepositoryError.missing(file: file)) { try PublishedState(reading: files) }
    }

    @Test(
        "a changed file is refused for its signatures",
        arguments: ["timestamp.json", "1.snapshot.json", "1.targets.json", "1.root.json"])
    func tampered(file: String) throws {
        let files = try repository().replacing(
            "\"spec_version\":\"1.0.34\"", with: "\"spec_version\":\"1.0.35\"", in: file)
        do {
            _ = try PublishedState(reading: files)
            Issue.record("it was read")
        } catch {
            guard case .invalid(file, .threshold(let count)) = error else { throw error }
            #expect(count.accepted.isEmpty && count.required == 1)
            #expect(
                "\(error)" == "\(file): signed by 0 of the 1 keys required")
        }
    }

    @Test("what is no JSON is refused with its place")
    func noJSON() throws {
        var files = try repository()
        files.files["1.snapshot.json"] = Array("{]".utf8)
        let error = RepositoryError.invalid(
            file: "1.snapshot.json", .malformed(.unexpected(byte: UInt8(ascii: "]"), offset: 1)))
        #expect(throws: error) { try PublishedState(reading: files) }
    }

    @Test("a changed or missing delegated role is told when it is asked for")
    func delegated() throws {
        var files = try repository()
        let state = try PublishedState(
            reading: files.replacing("kept", with: "lost", in: "1.releases.json"))
        do {
            _ = try state.delegated(.releases)
            Issue.record("it was read")
        } catch {
            guard case .invalid("1.releases.json", .threshold(let count)) = error else {
                throw error
            }
            #expect(count.required == 2)
        }
        files.files["1.releases.json"] = nil
        let other = try PublishedState(reading: files)
        #expect(throws: RepositoryError.missing(file: "1.releases.json")) {
            try other.delegated(.releases)
        }
        #expect(throws: RepositoryError.noRole(.nobody)) { try other.delegated(.nobody) }
    }
}

@Suite("Repository state: the chain of roots")
struct RootChainTests {
    /// The second root: bob's key in place of the first one's, version as given.
    private func second(version: Int, by names: [String]) throws -> [UInt8] {
        let root = try keys("bob")
        let online = try keys("online")
        var document = MetadataBuilder.root(
            [
                (.root, root), (.targets, try keys("root")), (.snapshot, online),
                (.timestamp, online),
            ],
            days: 365, now: now)
        document.set("version", .integer(version))
        return try SignedFile.bytes(
            signing: document, with: names.map { (try key($0).publicKey.keyID, try key($0)) })
    }

    @Test("a second root signed by the keys of both is the current one")
    func twoRoots() throws {
        var files = try repository()
        files.files["2.root.json"] = try second(version: 2, by: ["root", "bob"])
        let state = try PublishedState(reading: files)
        #expect(state.root.document.version == 2)
        #expect(
            state.root.document.authority(of: .root).entries.map(\.key.material)
                == [try key("bob").publicKey.material])
    }

    @Test(
        "a second root that either key did not sign is refused",
        arguments: [["root"], ["bob"], []])
    func oneSide(signers: [String]) throws {
        var files = try repository()
        files.files["2.root.json"] = try second(version: 2, by: signers)
        do {
            _ = try PublishedState(reading: files)
            Issue.record("it was read")
        } catch {
            guard case .invalid("2.root.json", .threshold) = error else { throw error }
        }
    }

    @Test("a root under the number of another is refused, the first one's copy too")
    func wrongVersion() throws {
        var files = try repository()
        files.files["2.root.json"] = try second(version: 3, by: ["root", "bob"])
        let error = { (found: String) in
            RepositoryError.invalid(
                file: "2.root.json",
                .malformed(.mismatch(path: "signed.version", found: found, expected: "2")))
        }
        let third = files
        #expect(throws: error("3")) { try PublishedState(reading: third) }
        files.files["2.root.json"] = files.files["1.root.json"]
        let copy = files
        #expect(throws: error("1")) { try PublishedState(reading: copy) }
    }
}
