// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import Testing

@Suite("A plain ITE-2 repository, and parameters that the user gives")
struct PlainRepositoryTests {
    private let layout = path("in-toto-metadata/wheel.layout")

    /// The released world without a word of Carnet's: the layout and its keys in top-level
    /// targets, no policy, and a rule that asks for the version.
    private func plain(
        listing people: [String] = ["olga", "oscar"]
    ) async throws -> World {
        let world = try await World.withLayout()
        let source = World.source.replacing("dist/*.whl", "dist/demo-{version}-*.whl")
        try await world.publishLayout(source)
        let verdicts = try await world.release()
        try #require(verdicts.allSatisfy { $0.isVerified })
        let file = try world.layoutFile(source)
        let signers = try ["olga", "oscar"].map { ($0, try key($0)) }
        let signed = try file.signed(adding: signers, now: now)
        let text = String(decoding: signed, as: UTF8.self)
        let keys = try people.map { name in
            (path("in-toto-pubkeys/\(try keyID(name)).pub"), try key(name).publicKey.pem!)
        }
        try world.attack(
            [
                .targets: { [layout] document in
                    document.set("x-carnet", nil)
                    document.list(
                        text, at: layout,
                        custom: ["in-toto": .array(keys.map { .string($0.0.text) })])
                    for (path, pem) in keys { document.list(pem, at: path) }
                }
            ],
            files: Dictionary(
                keys.map { ($0.0, $0.1) } + [(layout, text)], uniquingKeysWith: { $1 }))
        return world
    }

    private func failure(
        _ world: World, _ parameters: [String: String]
    ) async throws -> ReleaseVerifier.Failure? {
        let (search, download) = try await world.search()
        let found = try #require(try await search.find(wheelPath))
        do throws(ReleaseVerifier.Failure) {
            _ = try await ReleaseVerifier(search, download, parameters: parameters).verify(found)
            return nil
        } catch {
            return error
        }
    }

    @Test("its layout verifies with the values that the user gives, and with no others")
    func given() async throws {
        let world = try await plain()
        #expect(try await failure(world, ["version": "1.0"]) == nil)
        #expect(try await failure(world, ["version": "1.0", "unused": "x"]) == nil)
        for parameters in [["version": "1.1"], [:]] {
            let failure = try await failure(world, parameters)
            #expect(RefusalKind(failure) == RefusalKind("E-RULE", .contradiction, 1))
        }
    }

    @Test("a parameter that the layout asks for and nobody gives is named")
    func missing() async throws {
        let failure = try await failure(try await plain(), ["name": "demo"])
        guard case .supplyChain("wheel", .parameter(.missing("version", _)))? = failure?.error
        else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test(
        "a value is no pattern and no path",
        arguments: ["*", "1.0/x", "", "[0-9]", "1?0", "\u{E9}"])
    func values(_ value: String) async throws {
        let failure = try await failure(try await plain(), ["version": value])
        let fault = ParameterFault.value(name: "version", UTF8Text(value))
        #expect(failure?.error == .supplyChain(layout: "wheel", .parameter(fault)))
    }

    @Test("where the path gives a value the user cannot, not even the same; he may add others")
    func ofPath() async throws {
        let world = try await World.released()
        for value in ["1.0", "2.0"] {
            let failure = try await failure(world, ["version": value])
            #expect(failure?.error == .parameterOfPath("version", layout: "wheel"))
            #expect(RefusalKind(failure) == RefusalKind("E-PARAMETER", .local, 2))
        }
        #expect(try await failure(world, ["other": "1.0"]) == nil)
    }

    @Test("every key that its layout lists must have signed")
    func allSign() async throws {
        let world = try await plain(listing: ["olga", "oscar", "otto"])
        let failure = try await failure(world, ["version": "1.0"])
        guard case .layoutUnsigned("wheel", let count, _)? = failure?.error else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(count.required == 3 && count.accepted.count == 2)
    }

    @Test("a layout of a delegated role is no policy in it")
    func delegated() async throws {
        let world = try await plain()
        try world.attack([
            .targets: { [layout] document in
                var targets = document["targets"]!
                targets.set(layout.text, nil)
                document.set("targets", targets)
            }
        ])
        #expect(
            try await failure(world, ["version": "1.0"])?.error
                == .policyFromWrongRole(layout, found: RepositoryPlan.layouts, expected: .targets))
    }
}
