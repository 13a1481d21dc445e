// SPDX-License-Identifier: Apache-2.0
import Testing

/// A mistake in a layout's source, and what must be said of it.
struct Mistake: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let found: String
    let written: String
    /// Line and column of the fault.
    let place: String
    var words: [String] = []

    init(
        _ sentence: String, _ found: String, _ written: String, at place: String,
        saying words: [String]
    ) {
        testDescription = sentence
        self.found = found
        self.written = written
        self.place = place
        self.words = words
    }
}

@Suite("A mistake in a layout's source: line, column and what was meant")
struct LayoutSourceTests {
    static let mistakes = [
        Mistake(
            "a typo in a field", "applies-to:", "aplies-to:", at: "3:1",
            saying: ["\"aplies-to\"", "did you mean", "applies-to"]),
        Mistake(
            "a typo in a step's field", "    products:", "    prodcuts:", at: "13:5",
            saying: ["\"prodcuts\"", "did you mean", "products"]),
        Mistake(
            "a field that nobody knows", "expires:", "colour: red\nexpires:", at: "2:1",
            saying: ["colour"]),
        Mistake(
            "a word for a number", "threshold: 2", "threshold: two", at: "5:12",
            saying: ["threshold"]),
        Mistake(
            "a number below one", "threshold: 2", "threshold: 0", at: "5:12",
            saying: ["threshold"]),
        Mistake(
            "more signatures than signers", "threshold: 2", "threshold: 4", at: "5:12",
            saying: ["threshold: 4 found", "3 signers"]),
        Mistake(
            "a text for a list", "by: [alice, bob]", "by: alice", at: "10:9",
            saying: ["by"]),
        Mistake(
            "a list for a mapping",
            "signers: {alice: keys/alice.pub, bob: keys/bob.pub, "
                + "carol: keys/carol.pub}", "signers: [alice, bob]", at: "6:10", saying: ["signers"]
        ),
        Mistake(
            "a functionary whom nobody knows", "by: [alice, bob]", "by: [alice, rob]",
            at: "10:17", saying: ["\"rob\"", "functionaries"]),
        Mistake(
            "a rule that is no rule", "MATCH * WITH", "MACH * WITH", at: "13:16",
            saying: ["MACH"]),
        Mistake(
            "a rule without its end", "MATCH * WITH MATERIALS FROM tag", "MATCH * WITH",
            at: "13:16", saying: ["MATCH * WITH"]),
        Mistake(
            "an end that is no date", "expires: 1y", "expires: someday", at: "2:10",
            saying: ["expires", "90d"]),
        Mistake(
            "a step that is not there", "product-of: package", "product-of: wheel", at: "4:13",
            saying: ["product-of", "\"wheel\""]),
        Mistake(
            "braces that do not close", "demo-{version}.txt\"]", "demo-{version.txt\"]",
            at: "3:14", saying: ["applies-to"]),
        Mistake(
            "a key file that is not there", "carol: keys/carol.pub", "carol: keys/karol.pub",
            at: "6:53", saying: ["carol", "keys/karol.pub", "no such key file"]),
        Mistake("no YAML at all", "steps:", "steps: }{", at: "8:8", saying: ["not YAML"]),
        Mistake(
            "a field given twice", "expires: 1y", "expires: 1y\nexpires: 2y", at: "2:1",
            saying: ["expires"]),
    ]

    @Test("is named with its place, by every command that reads the source", arguments: mistakes)
    func mistake(mistake: Mistake) throws {
        let stage = try Stage.withRelease()
        let file = "repository/layouts/package.yaml"
        let source = LayoutSources.package
        try #require(source.contains(mistake.found))
        try Files.write(
            source.replacing(mistake.found, with: mistake.written, maxReplacements: 1),
            to: stage.path(file))
        var commands = [
            ["layout", "add", file, "--key", "alice", "--repository", "repository"]
        ]
        // A review of the rules does without the keys.
        if !mistake.written.contains("karol") { commands.append(["layout", "lint", file]) }
        for command in commands {
            try stage.expectFailure(
                command, saying: ["\(file):\(mistake.place): "] + mistake.words)
        }
    }

    @Test("a source that is empty, no text, or a folder")
    func noSource() throws {
        let stage = try Stage.withRelease()
        let file = "repository/layouts/package.yaml"
        try Files.write("", to: stage.path(file))
        try stage.expectFailure(["layout", "lint", file], saying: ["\(file):1:1: ", "empty"])
        try Files.write([0xff, 0xfe, 0x00], to: stage.path(file))
        try stage.expectFailure(["layout", "lint", file], saying: [file, "UTF-8"])
        try stage.expectFailure(["layout", "lint", "repository/layouts"], saying: ["layouts"])
    }

    @Test("a layout that would let anything through is found by lint and not published")
    func weak() throws {
        let stage = try Stage.withRelease()
        let file = "repository/layouts/package.yaml"
        let weak = LayoutSources.package.replacing(
            "\"CREATE dist/*.txt\", \"DISALLOW *\"", with: "\"CREATE dist/*.txt\"")
        try Files.write(weak, to: stage.path(file))
        let before = try Files.tree(stage.folder)
        let lint = try stage.carnet(["layout", "lint", file])
        #expect(lint.status == 1)
        #expect(lint.output.contains("error: the products of step package"), "\(lint)")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
        try stage.expectFailure(
            ["layout", "add", file, "--key", "alice", "bob", "--repository", "repository"],
            saying: ["the products of step package", "DISALLOW *"])
    }

    @Test("a template's source lints clean, and is not written over what is there")
    func template() throws {
        let stage = try Stage.withRelease()
        for template in ["build-package", "python-sdist", "python-wheel"] {
            let file = "new/\(template).yaml"
            let command = [
                "layout", "new", template, "--project", "demo", "--functionary", "alice", "bob",
                "--builders", "2", "-o", file,
            ]
            try stage.succeed(command)
            let lint = try stage.succeed(["layout", "lint", file])
            // A note says that any one of two may do the first step.
            #expect(lint.output.hasPrefix("\(file): note: any one of 2 may do it"), "\(lint)")
            #expect(!lint.output.contains("warning:"), "\(lint)")
            try stage.expectFailure(command, saying: [file, "already"])
        }
        try stage.expectFailure(
            ["layout", "new", "rust-crate", "--project", "demo", "--functionary", "alice"],
            saying: ["rust-crate"])
    }
}
