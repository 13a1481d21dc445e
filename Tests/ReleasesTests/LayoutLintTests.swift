// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import Testing
import YAMLSources

@Suite("Layout lint: what is weak, and how to mend it")
struct LayoutLintTests {
    private func keys(_ same: [String: String] = [:]) throws -> [String: PublicKey] {
        var keys: [String: PublicKey] = [:]
        for name in ["olga", "oscar", "otto", "alice", "bob", "carol"] {
            keys[name] = try key(same[name] ?? name).publicKey
        }
        return keys
    }

    private func findings(
        _ change: (String) -> String, same: [String: String] = [:]
    ) throws -> [String] {
        try LayoutSource(change(World.source), file: "wheel.yaml", reader: YAMLSource.read)
            .findings(keys: keys(same), at: now).map(\.description)
    }

    @Test("a good source has no findings")
    func clean() throws {
        #expect(try findings { $0 } == [])
    }

    @Test("expired, or soon")
    func expiry() throws {
        #expect(
            try findings { $0.replacing("expires: 1y", "expires: 2026-11-22T12:00:00Z") } == [
                "error: the layout is expired since 2026-11-22T12:00:00Z; "
                    + "set a later date in \"expires\", and sign it anew"
            ])
        #expect(
            try findings { $0.replacing("expires: 1y", "expires: 29d") } == [
                "warning: the layout expires within 30 days, at 2026-12-21T12:00:00Z; "
                    + "set a later date, or plan to sign it anew"
            ])
        #expect(try findings { $0.replacing("expires: 1y", "expires: 30d") } == [])
        #expect(
            try findings { $0.replacing("expires: 1y", "expires: 3y") } == [
                "warning: the layout expires in more than two years, at 2029-11-21T12:00:00Z; "
                    + "write \"expires: 1y\" and sign it anew each year"
            ])
        #expect(try findings { $0.replacing("expires: 1y", "expires: 730d") } == [])
    }

    @Test("two signers, or two functionaries, with one key are one person")
    func sameKey() throws {
        let remedy = "give each person a key of their own"
        #expect(
            try findings({ $0 }, same: ["oscar": "olga", "bob": "alice"]) == [
                "error: olga and oscar are one and the same key; \(remedy)",
                "error: alice and bob are one and the same key; \(remedy)",
                "error: step wheel wants 2 to do it, and there is 1 different key; name more "
                    + "people, each with a key of their own, or lower the threshold",
            ])
        #expect(try findings({ $0 }, same: ["olga": "alice"]) == [])
    }

    @Test("a functionary without a step, a step without a functionary")
    func people() throws {
        #expect(
            try findings {
                $0.replacing("bob: keys/bob.pub}", "bob: keys/bob.pub, carol: keys/carol.pub}")
            } == [
                "warning: carol may do no step; "
                    + "name them under \"by\" of a step, or remove them"
            ])
    }

    @Test("lists that let everything through: an error for the product, else a warning")
    func openEnds() throws {
        let remedy = "end them with \"DISALLOW *\""
        #expect(
            try findings {
                $0.replacing("[\"CREATE dist/*.whl\", \"DISALLOW *\"]", "[CREATE dist/*]")
            }
                == [
                    "error: the products of step wheel may hold anything that no rule names; "
                        + remedy
                ])
        #expect(
            try findings {
                $0.replacing("CREATE dist/*.whl\", \"DISALLOW", "CREATE dist/*.whl\", \"ALLOW")
            }
                == [
                    "error: step wheel, products, rule 2 \"ALLOW *\": takes whatever no rule "
                        + "before it has taken; write \"DISALLOW *\" in its place, and before it "
                        + "a rule for each file that is meant, as in \"CREATE src/*\""
                ])
        #expect(
            try findings {
                $0.replacing(
                    "[\"MATCH * WITH PRODUCTS FROM tag\", \"DISALLOW *\"]",
                    "[MATCH * WITH PRODUCTS FROM tag]")
            } == [
                "warning: the materials of step wheel may hold anything that no rule names; "
                    + remedy
            ])
        #expect(
            try findings {
                $0.replacing(
                    "products: [\"MATCH * WITH MATERIALS FROM tag\", \"DISALLOW *\"]",
                    "products: [ALLOW *]")
            }.map { $0.prefix(5) } == ["note:"])
    }

    @Test("a DISALLOW * after an ALLOW * of the product closes nothing")
    func allowedBefore() throws {
        #expect(
            try findings { $0.replacing("\"CREATE dist/*.whl\", ", "\"ALLOW *\", ") }
                .map { $0.prefix(46) } == [
                    "error: step wheel, products, rule 1 \"ALLOW *\":",
                    "warning: step wheel, products, rule 2 \"DISALLO",
                ])
    }

    @Test("a rule that matches with what is no step")
    func unknownStep() throws {
        #expect(
            try findings { $0.replacing("PRODUCTS FROM tag", "PRODUCTS FROM tags") } == [
                "error: step wheel matches with \"tags\", which is no step; "
                    + "correct the name after FROM, perhaps to tag",
                "warning: no MATCH ties step tag to step wheel, which makes the product; let the "
                    + "step after it have \"MATCH * WITH PRODUCTS FROM tag\" among its materials",
            ])
    }

    @Test("an inspection that needs a command on the client")
    func inspection() throws {
        let rules = "[\"MATCH * WITH PRODUCTS FROM wheel\", \"DISALLOW *\"]"
        let run = { (command: String) in
            try findings {
                $0 + "\ninspections:\n  - {name: look, run: \(command), materials: \(rules), "
                    + "products: \(rules)}\n"
            }
        }
        #expect(
            try run("terraform show x") == [
                "warning: inspection look needs a command on the client, \"terraform\", which "
                    + "carnet does not do itself; leave it out, the product is tied to step wheel "
                    + "without it; or unpack with tar, unzip or dpkg-deb -x; or have consumers say "
                    + "--allow-inspection look"
            ])
        #expect(try run("\"true\"") == [])
        // What Carnet does itself needs none, as long as it understands the arguments.
        #expect(try run("tar xf x") == [])
        #expect(try run("tar --wildcards -xf x").count == 1)
    }

    @Test("an inspection without rules")
    func bareInspection() throws {
        #expect(
            try findings { $0 + "\ninspections:\n  - {name: look, run: tar xf x}\n" } == [
                "warning: inspection look has no rules; give it rules such as "
                    + "\"MATCH * WITH PRODUCTS FROM wheel\" and \"DISALLOW *\", or leave it out"
            ])
    }

    @Test("a parameter that the path does not give; doubled braces are none")
    func parameters() throws {
        #expect(
            try findings { $0.replacing("git tag v{version}", "git tag v{verson} {verson}") } == [
                "error: {verson} is used, but demo/{version}/demo-{version}-*.whl does not give "
                    + "it; write {verson} into the path, or {{verson}} for plain braces"
            ])
        #expect(try findings { $0.replacing("v{version}\n", "v{{x}} {version}\n") } == [])
        #expect(
            try findings { $0.replacing("CREATE dist/*.whl", "CREATE dist/{arch}-*.whl") }.count
                == 1)
    }

    @Test("a key that is not at hand")
    func missingKey() throws {
        var keys = try keys()
        keys["otto"] = nil
        let findings = try LayoutSource(World.source, file: "wheel.yaml", reader: YAMLSource.read)
            .findings(keys: keys, at: now)
        #expect(
            findings.map(\.message) == ["the key of otto is not at hand"])
        #expect(findings.map(\.weight) == [.warning])
    }

    @Test("a path in which the end of the parameter cannot be seen")
    func openPath() throws {
        let open = "demo/all/demo-{version}.*"
        #expect(
            try findings { $0.replacing("demo/{version}/demo-{version}-*.whl", open) } == [
                "warning: \(open): where a parameter ends cannot be told; give it a folder of its "
                    + "own, as in demo/{version}/demo-{version}-*.whl"
            ])
    }

    @Test("a parameter that nothing ties to the file lets an old one pass as new")
    func looseParameter() throws {
        let loose = "demo/{version}/install.sh"
        #expect(
            try findings { $0.replacing("demo/{version}/demo-{version}-*.whl", loose) } == [
                "error: \(loose): nothing ties {version} to the file, so that an old file could pass "
                    + "as a new one; put {version} into the file's name or a rule of step wheel"
            ])
    }

    @Test("errors and warnings are told apart")
    func weights() throws {
        let source = try LayoutSource(
            World.source.replacing("expires: 1y", "expires: 1d")
                .replacing("PRODUCTS FROM tag", "PRODUCTS FROM tags"), file: "wheel.yaml",
            reader: YAMLSource.read)
        #expect(
            try source.findings(keys: keys(), at: now).map(\.weight) == [
                .warning, .error, .warning,
            ])
    }
}
