// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import Testing
import YAMLSources

@Suite("Templates of layouts")
struct LayoutTemplateTests {
    /// Alice and bob, of whom two do the last step; olga and oscar sign.
    static func answers(_ change: (inout TemplateAnswers) -> Void = { _ in }) -> TemplateAnswers {
        var answers = TemplateAnswers(project: "demo", functionaries: ["alice", "bob"])
        answers.makers = ["alice", "bob"]
        answers.owners = ["olga", "oscar"]
        change(&answers)
        return answers
    }

    static func source(
        _ template: LayoutTemplate, _ answers: TemplateAnswers = answers()
    ) throws -> LayoutSource {
        try LayoutSource(
            try template.source(answers), file: "\(template.rawValue).yaml",
            reader: YAMLSource.read)
    }

    private func findings(_ source: LayoutSource) throws -> [LayoutFinding] {
        var keys: [String: PublicKey] = [:]
        for person in source.people { keys[person.name] = try key(person.name).publicKey }
        return source.findings(keys: keys, at: now)
    }

    @Test(
        "every template parses and has no findings but a note", arguments: LayoutTemplate.allCases)
    func clean(template: LayoutTemplate) throws {
        let source = try Self.source(template)
        let findings = try findings(source)
        #expect(findings.map(\.code) == [.thresholdOne] && findings[0].weight == .note)
        #expect(source.appliesTo.allSatisfy { $0.parameters == ["version"] })
        #expect(source.steps.map(\.threshold) == [1, 2])
        #expect(source.productOf == source.steps.last?.name)
        #expect(source.name == source.productOf)
    }

    @Test("with a run of the tests it has a step more", arguments: LayoutTemplate.allCases)
    func tests(template: LayoutTemplate) throws {
        let source = try Self.source(
            template,
            Self.answers {
                $0.hasTests = true
                $0.testers = ["carol"]
            })
        #expect(source.steps.count == 3 && source.steps[1].name == "test")
        #expect(source.steps[1].by == ["carol"])
        #expect(try findings(source).allSatisfy { $0.weight == .note })
    }

    @Test("CI and a rebuilder must both build it, unless fewer are said to suffice")
    func makers() throws {
        let answers = Self.answers { $0.makers = ["ci", "rebuilder"] }
        let source = try Self.source(.ciTarball, answers)
        #expect(source.steps[0].by == ["alice", "bob"])
        #expect(source.steps[1].by == ["ci", "rebuilder"] && source.steps[1].threshold == 2)
        let one = try Self.source(
            .ciTarball,
            Self.answers {
                $0.makers = ["ci", "rebuilder"]
                $0.builders = 1
            })
        #expect(one.steps[1].threshold == 1)
    }

    @Test("the name of a layout can be chosen; a word that YAML takes for another stays a text")
    func name() throws {
        let source = try Self.source(
            .pythonWheel,
            Self.answers {
                $0.name = "own"
                $0.functionaries = ["yes", "7", "null"]
                $0.makers = []
            })
        #expect(source.name == "own")
        #expect(source.steps[0].by == ["yes", "7", "null"])
    }

    @Test("answers that make no sense are named")
    func senseless() throws {
        let cases: [(TemplateAnswers, TemplateError)] = [
            (Self.answers { $0.project = "" }, .name(option: "project", "")),
            (Self.answers { $0.project = "../x" }, .name(option: "project", "../x")),
            (
                Self.answers { $0.project = "a\"]\nx: [\"" },
                .name(option: "project", "a\"]\nx: [\"")
            ),
            (Self.answers { $0.project = "{version}" }, .name(option: "project", "{version}")),
            (Self.answers { $0.name = ".own" }, .name(option: "name", ".own")),
            (Self.answers { $0.functionaries = ["a: b"] }, .name(option: "functionary", "a: b")),
            (Self.answers { $0.functionaries = [] }, .nobody),
            (Self.answers { $0.owners = ["olga", "olga"] }, .twice(option: "signer", "olga")),
            (Self.answers { $0.makers = ["ci", "ci"] }, .twice(option: "built-by", "ci")),
            (
                Self.answers { $0.threshold = 0 },
                .count(option: "threshold", 0, maximum: 2, "signers")
            ),
            (
                Self.answers { $0.threshold = 3 },
                .count(option: "threshold", 3, maximum: 2, "signers")
            ),
            (
                Self.answers { $0.builders = 3 },
                .count(option: "builders", 3, maximum: 2, "may do the last step")
            ),
            (Self.answers { $0.testers = ["carol"] }, .testersWithoutTests),
        ]
        for (answers, error) in cases {
            #expect(throws: error) { try LayoutTemplate.pythonWheel.source(answers) }
            #expect(!"\(error)".contains("\n"))
        }
        #expect(throws: TemplateError.noMakers(.ciTarball)) {
            try LayoutTemplate.ciTarball.source(Self.answers { $0.makers = [] })
        }
    }
}

@Suite("A layout read out")
struct LayoutSentenceTests {
    private func source(_ change: (String) -> String) throws -> LayoutSource {
        try LayoutSource(change(World.source), file: "wheel.yaml", reader: YAMLSource.read)
    }

    @Test("the templates, to the letter", arguments: LayoutTemplate.allCases)
    func templates(template: LayoutTemplate) throws {
        let answers = LayoutTemplateTests.answers {
            $0.makers = ["ci", "rebuilder"]
            $0.hasTests = true
        }
        try expectGolden(
            try LayoutTemplateTests.source(template, answers).sentences,
            "show/\(template.rawValue)")
    }

    @Test("one of one, one of several, some, all of two and of three", arguments: 0..<6)
    func thresholds(number: Int) throws {
        let by = [
            ("[alice]", 1), ("[alice, bob]", 1), ("[alice, bob]", 2), ("[alice, bob, carol]", 1),
            ("[alice, bob, carol]", 2), ("[alice, bob, carol]", 3),
        ][number]
        let source = try source {
            $0.replacing(
                "by: [alice, bob]\n    threshold: 2", "by: \(by.0)\n    threshold: \(by.1)"
            )
            .replacing(
                "bob: keys/bob.pub}", "bob: keys/bob.pub, carol: keys/carol.pub}")
        }
        try expectGolden(source.sentences, "show/threshold-\(number)")
    }

    @Test("steps with names of their own, a single step, and inspections")
    func others() throws {
        let inspected = try source {
            $0 + """

                inspections:
                  - name: unpack
                    run: unzip demo-{version}.whl
                    materials: ["ALLOW *"]
                    products: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"]
                """
        }
        try expectGolden(inspected.sentences, "show/inspection")
        let named = try source {
            $0.replacing("name: tag", "name: prepare").replacing("FROM tag", "FROM prepare")
        }
        try expectGolden(named.sentences, "show/other-names")
    }

    @Test("a signed layout: names as far as they are known")
    func signed() async throws {
        let world = try await World()
        let file = try world.layoutFile(World.source)
        let bytes = try file.signed(adding: [("olga", try key("olga"))], now: now)
        var names: [KeyID: String] = [:]
        for name in ["alice", "olga"] {
            for id in try key(name).publicKey.ids { names[id] = name }
        }
        try expectGolden(
            try LayoutReading(file: bytes, names: names).sentences, "show/signed")
        try expectGolden(
            try LayoutReading(file: bytes, names: [:]).sentences, "show/signed-unknown")
        #expect(throws: SigningError.self) {
            try LayoutReading(file: Array("{}".utf8), names: [:])
        }
    }

    @Test("a published layout, found by the path of a file")
    func published() async throws {
        let world = try await World.withLayout()
        let texts = try world.publisher.layouts(governing: wheelPath)
        try expectGolden(texts.joined(), "show/published")
        #expect(try world.publisher.layouts(governing: nil) == texts)
        #expect(throws: PublishingError.self) {
            try world.publisher.layouts(governing: path("demo/1.0/other.zip"))
        }
    }
}
