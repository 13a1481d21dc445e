// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 5.3: root files of public repositories")
struct RealRootTests {
    private static let sigstore15 = "sigstore-prod-tuf-root.json"
    private static let github3 = "github-tuf-root.json"

    private func root(_ name: String) throws -> (file: SignedFile, root: Root) {
        let folder = name.contains("/") ? "../../Roots/" : ""
        let file = try SignedFile(try vectorBytes("\(folder)\(name)"))
        return (file, try Root(file.signed))
    }

    private func decode(_ value: JSONValue) throws(JSONError) -> Root { try Root(value) }

    @Test(
        "each verifies itself: keys in PEM under both names of their type, of ed25519, of RSA",
        arguments: [
            ("sigstore/5.root.json", 5, 3, 4), ("sigstore/12.root.json", 12, 3, 3),
            ("sigstore-staging/1.ed25519.root.json", 1, 1, 1),
            ("sigstore-staging/1.root.json", 1, 1, 1), ("sigstore-staging/4.root.json", 4, 1, 1),
            ("sigstore-staging/12.root.json", 12, 2, 2), ("github/1.root.json", 1, 3, 8),
            ("python-tuf/rsa.root.json", 1, 1, 1), ("python-tuf/ed25519.root.json", 1, 1, 1),
        ])
    func alone(name: String, version: Int, threshold: Int, signers: Int) throws {
        let (file, root) = try root(name)
        let verified = try file.verified(by: root.authority(of: .root), decoding: decode)
        #expect(verified.document.version == version)
        #expect(root.authority(of: .root).threshold == threshold)
        #expect(verified.signers.count == signers)
        #expect(root.keys.values.allSatisfy { $0.material != nil })
        #expect(root.authority(of: .timestamp).entries.count == 1)
    }

    @Test(
        "each next version is signed by the keys of the one before and by its own",
        arguments: [
            [
                "sigstore/12.root.json", "sigstore/13.root.json", "sigstore/14.root.json",
                sigstore15,
            ],
            [
                "sigstore-staging/12.root.json", "sigstore-staging/13.root.json",
                "sigstore-staging/14.root.json",
            ],
        ])
    func chain(names: [String]) throws {
        var previous = try root(names[0]).root
        for name in names.dropFirst() {
            let (file, root) = try root(name)
            #expect(root.version == previous.version + 1)
            #expect(file.count(by: previous.authority(of: .root)).isMet)
            #expect(file.count(by: root.authority(of: .root)).isMet)
            previous = root
        }
    }

    @Test(
        "a later version still bears enough signatures of an earlier one's keys",
        arguments: [
            ("github/1.root.json", github3, 5),
            ("sigstore-staging/1.root.json", "sigstore-staging/4.root.json", 1),
            ("sigstore/12.root.json", "sigstore/13.root.json", 4),
        ])
    func departed(old: String, new: String, signers: Int) throws {
        let count = try root(new).file.count(by: try root(old).root.authority(of: .root))
        #expect(count.isMet)
        #expect(count.accepted.count == signers)
    }

    @Test(
        "another repository's keys, and those of a repository begun anew, have no say",
        arguments: [
            ("sigstore-staging/12.root.json", "sigstore/12.root.json"),
            ("sigstore/13.root.json", "sigstore-staging/13.root.json"),
            ("sigstore-staging/1.root.json", "sigstore-staging/1.ed25519.root.json"),
            (github3, sigstore15), ("python-tuf/rsa.root.json", "github/1.root.json"),
        ])
    func strangers(name: String, other: String) throws {
        let count = try root(name).file.count(by: try root(other).root.authority(of: .root))
        #expect(count.accepted.isEmpty)
        #expect(!count.isMet)
    }

    @Test("role names that a file system would misread are names like others")
    func fishyNames() throws {
        let bytes = try vectorBytes("../../Roots/python-tuf/fishy.targets.json")
        let targets = try Targets(try SignedFile(bytes).signed)
        let roles = try #require(targets.delegations?.all.map(\.role))
        #expect(roles.map(\.encoded) == ["..%2Fa", ".", "%C3%B6"])
        #expect(roles.allSatisfy { $0.isFitForDelegation })
    }
}
