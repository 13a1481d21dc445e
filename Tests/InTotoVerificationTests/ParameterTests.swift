// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import Testing

@Suite("Parameters of a layout")
struct ParameterTests {
    @Test(
        "what is filled in",
        arguments: [
            ("demo-{version}.whl", "demo-1.0.whl"), ("{a}{b-c}{a}", "x+_.-x"), ("{{a}}", "{a}"),
            ("{{{a}}}", "{x}"), ("plain", "plain"), ("", ""), ("caf\u{E9}{a}", "caf\u{E9}x"),
            ("}}{{", "}{"), ("{1a}", "y"), ("{A}", "big"),
        ] as [(UTF8Text, UTF8Text)])
    func rendering(text: UTF8Text, result: UTF8Text) throws {
        let parameters = try Parameters([
            "version": "1.0", "a": "x", "b-c": "+_.-", "1a": "y", "A": "big",
        ])
        #expect(try parameters.rendered(text) == result)
    }

    @Test(
        "braces that are no parameter",
        arguments: [
            "{", "}", "{}", "{a", "a}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{ a }",
            "{{a}", "{a}}", "{caf\u{E9}}", "{a{a}}",
        ] as [UTF8Text])
    func syntax(text: UTF8Text) throws {
        #expect(throws: SupplyChainError.parameter(.syntax(text))) {
            try Parameters(["a": "x"]).rendered(text)
        }
    }

    @Test("a parameter that was not given", arguments: ["{b}", "{A}", "{a-}"] as [UTF8Text])
    func missing(text: UTF8Text) throws {
        let name = try #require(UTF8Text(validating: text.utf8.dropFirst().dropLast()))
        #expect(throws: SupplyChainError.parameter(.missing(name, in: text))) {
            try Parameters(["a": "x"]).rendered(text)
        }
    }

    @Test(
        "values that could be a pattern, a path or nothing",
        arguments: ["*", "a?", "[a]", "a/b", "a b", "", "{a}", "caf\u{E9}", "a\n", "a\u{0}"])
    func values(value: String) {
        #expect(throws: SupplyChainError.parameter(.value(name: "a", UTF8Text(value)))) {
            try Parameters(["a": value])
        }
    }

    @Test("names that are none", arguments: ["", "a b", "0", "12", "a.b", "caf\u{E9}", "a}"])
    func names(name: String) {
        #expect(throws: SupplyChainError.parameter(.name(UTF8Text(name)))) {
            try Parameters([name: "x"])
        }
    }

    @Test("they reach rules and commands of steps and inspections, in every place")
    func everywhere() throws {
        let layout = try Parameters(["p": "x"]).applied(
            to: Layout(
                expires: TestChain.now, keys: [:],
                steps: [
                    step(
                        "tag", [], command: ["make", "{p}"],
                        materials: ["MATCH {p}* IN {p} WITH MATERIALS IN {p} FROM {p}"],
                        products: ["REQUIRE {p}"])
                ],
                inspections: [
                    Inspection(
                        name: "look", run: ["{p}"], expectedMaterials: [rule("ALLOW {p}")],
                        expectedProducts: [rule("DISALLOW {p}")])
                ]))
        #expect(layout.steps[0].expectedCommand == ["make", "x"])
        #expect(
            layout.steps[0].expectedMaterials == [
                rule("MATCH x* IN x WITH MATERIALS IN x FROM x")
            ])
        #expect(layout.steps[0].expectedProducts == [rule("REQUIRE x")])
        #expect(layout.inspections[0].run == ["x"])
        #expect(layout.inspections[0].expectedMaterials == [rule("ALLOW x")])
        #expect(layout.inspections[0].expectedProducts == [rule("DISALLOW x")])
    }

    @Test("without any, braces stay as they are")
    func none() async throws {
        var chain = try TestChain()
        chain.steps[1] = step("build", [chain.alice], products: ["REQUIRE {version}", "ALLOW *"])
        try chain.add(
            link(
                "build", materials: ["src": "source"],
                products: ["dist/demo.whl": "wheel", "{version}": "x"]), by: chain.alice)
        #expect(try await chain.refusal() == nil)
        chain.parameters = ["other": "x"]
        #expect(
            try await chain.refusal()
                == .parameter(.missing("version", in: "{version}")))
        chain.parameters = ["version": "x/y"]
        #expect(
            try await chain.refusal() == .parameter(.value(name: "version", "x/y")))
        chain.parameters = ["version": "demo"]
        guard case .ruleBroken = try await chain.refusal() else {
            Issue.record("taken")
            return
        }
    }
}
