// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Releases
import TUFMetadata
import Testing

@Suite("The page of a verdict")
struct PageTests {
    private static let elements: Set<String> = [
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "dl",
        "dt", "dd", "ul", "li", "section", "span", "div", "table", "thead", "tbody", "tr", "th",
        "td", "code", "details", "summary", "footer", "svg", "g", "rect", "text", "path",
    ]
    private static let attributes: Set<String> = [
        "html lang", "meta charset", "meta content", "meta http-equiv", "meta name", "body class",
        "p class", "section class", "span class", "div class", "table class", "tr class",
        "th class", "td class", "td colspan", "details class", "code title", "svg viewBox",
        "svg role", "svg aria-label", "g class", "rect class", "rect x", "rect y", "rect width",
        "rect height", "rect rx", "text class", "text x", "text y", "text text-anchor", "path d",
        "path class",
    ]

    /// Reads a page, which must be made of what pages are made of.
    @discardableResult
    private func read(_ verdict: Verdict, notes: [String] = []) throws -> PageReader {
        let page = verdict.html(notes: notes)
        let reader = try PageReader(page)
        #expect(reader.elements.subtracting(PageTests.elements).isEmpty)
        #expect(reader.attributes.subtracting(PageTests.attributes).isEmpty)
        for word in ["<script", "url(", "@import", "http:", "https:"] {
            #expect(!page.contains(word), "\(word)")
        }
        return reader
    }

    @Test("a verified file: the line of the terminal, who, the drawing, and what was not checked")
    func verified() async throws {
        let verdict = try await ChainScene().verdict()
        let page = try read(verdict)
        #expect(page.inside["h1"] == [verdict.headline])
        #expect(verdict.text.hasPrefix(verdict.headline + "\n"))
        let all = page.texts.joined(separator: "\n")
        for word in [
            "whether the source code itself is harmless", "MATCH * WITH PRODUCTS FROM tag",
            "src/main.c", "✓ checked", "2 of 2 needed", "2 files",
        ] {
            #expect(all.contains(word), "\(word)")
        }
        #expect(verdict.html().contains("<body class=\"verified\">"))
    }

    @Test("a refusal shows its one cause, where it is, and nothing in green")
    func refused() async throws {
        var scene = try ChainScene()
        var sources = ChainScene.sources
        sources["src/main.c"] = "int evil"
        try scene.build(by: scene.build(sources))
        let verdict = try await scene.verdict()
        let page = try read(verdict)
        #expect(page.inside["h1"] == [verdict.headline])
        let source = verdict.html()
        #expect(source.contains("<body class=\"refused\">"))
        #expect(!source.contains("✓") && !source.contains("class=\"met\""))
        #expect(!source.contains("mark met") && !source.contains("VERIFIED"))
        let all = page.texts.joined(separator: "\n")
        for word in [
            try #require(verdict.refusal?.cause), "sha256:\(sha256("int evil"))",
            "sha256:\(sha256("int main"))", "the same name, but other bytes", "✗ here",
        ] {
            #expect(all.contains(word), "\(word)")
        }
    }

    @Test("missing evidence is told apart from a contradiction")
    func absence() async throws {
        var scene = try ChainScene()
        scene.files[try scene.file("build", "bob")] = nil
        let verdict = try await scene.verdict()
        try read(verdict)
        #expect(verdict.html().contains("<body class=\"incomplete\">"))
    }

    @Test("without a chain the verdict stands alone")
    func noChain() throws {
        var verdict = Verdict(path: wheelPath.string, repository: "demo", asOf: now)
        #expect(try read(verdict).inside["h1"] == [verdict.headline])
        verdict.evidence = .unattested(role: .targets)
        try read(verdict, notes: ["agreed by acme and backup (2 of 2)"])
        verdict.refusal = Refusal(.noPolicy(wheelPath))
        try read(verdict)
    }

    @Test("the same verdict gives the same bytes")
    func deterministic() async throws {
        let scene = try ChainScene()
        let first = try await scene.verdict().html()
        #expect(try await scene.verdict().html() == first)
        #expect(first == (try await ChainScene().verdict().html()))
    }

    @Test("the policy of the page allows its own style and nothing else")
    func contentSecurityPolicy() async throws {
        let page = try await ChainScene().verdict().html()
        let style = try #require(try PageReader(page).inside["style"]?.first)
        let digest = base64(DigestAlgorithm.sha256.digest(of: Array(style.utf8)))
        let policy = "default-src &#39;none&#39;; style-src &#39;sha256-\(digest)&#39;;"
        #expect(page.contains("http-equiv=\"Content-Security-Policy\" content=\"\(policy)"))
    }

    // MARK: hostile text

    static let hostile = [
        "\"><script>alert(1)</script>", "</style><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)", "</title><svg/onload=alert(1)>", "--><!-- ]]> &lt; &amp; &#60;",
        "javascript:alert(1)", "\u{202E}gnp.exe", "\u{2066}a\u{200B}b\u{FEFF}", "a\nb\rc\td",
        "\u{0}\u{1B}[31mred", "e" + String(repeating: "\u{301}", count: 50), "\u{1F600}\u{FE0F}",
        "\u{FFFE}\u{10FFFF}\u{E000}", "\u{2028}\u{2029}\u{85}\u{A0}\u{3164}",
        String(repeating: "long/", count: 20_000), "VERIFIED   demo", "{{x}}${y}`z`", "",
    ]

    @Test("names from anybody stay text", arguments: hostile.indices)
    func names(index: Int) async throws {
        let evil = PageTests.hostile[index]
        let name = UTF8Text("x" + evil)
        var scene = try ChainScene()
        var sources = ChainScene.sources
        sources[name] = "evil"
        try scene.add(scene.tag(sources), by: "alice")
        try scene.build(by: scene.build(sources))
        scene.steps[1] = Step(
            name: "build", pubkeys: scene.steps[1].pubkeys, threshold: 2,
            expectedCommand: [name, "-c"],
            expectedMaterials: [.require(name)] + scene.steps[1].expectedMaterials,
            expectedProducts: scene.steps[1].expectedProducts)
        try read(try await scene.verdict(), notes: [evil])
        // The same name where the chain is refused for it.
        sources[name] = "other"
        try scene.build(by: scene.build(sources))
        scene.inspections = [
            Inspection(
                name: name, run: ["true"], expectedMaterials: [],
                expectedProducts: [.disallow(Wildcard("*"))])
        ]
        let refused = try await scene.verdict()
        #expect(!refused.isVerified)
        let page = try read(refused)
        for text in page.texts {
            for scalar in text.unicodeScalars where scalar != "\n" {
                #expect(!isHidden(scalar), "\(scalar.value)")
            }
        }
        scene = try ChainScene()
        scene.product = (name.string, "wheel")
        try read(try await scene.verdict())
    }

    @Test("names of the verdict itself stay text", arguments: hostile.indices)
    func verdictNames(index: Int) throws {
        let evil = PageTests.hostile[index]
        var verdict = Verdict(path: evil, repository: evil, asOf: now)
        try read(verdict)
        verdict.retired = evil
        verdict.sha256 = evil
        verdict.refusal = Refusal(.unknownFile(name: evil, sha256: evil, offered: [evil]))
        try read(verdict, notes: [evil, evil])
    }

    private func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            true
        default: false
        }
    }

    @Test("ten thousand steps make a page of bounded size")
    func manySteps() async throws {
        var scene = try ChainScene()
        let tag = scene.steps[0]
        scene.steps = (0..<10_000).map { number in
            Step(
                name: UTF8Text("step\(number)"), pubkeys: tag.pubkeys, threshold: 1,
                expectedCommand: [], expectedMaterials: [], expectedProducts: tag.expectedProducts)
        }
        let verdict = try await scene.verdict()
        let page = try read(verdict)
        #expect(verdict.html().utf8.count < 300_000)
        #expect(page.texts.contains { $0.contains("and 9900 more steps") })
        #expect(page.texts.contains { $0.contains("The drawing leaves out 9960 further steps") })
    }

    @Test("twenty thousand files in each of three lists make a page of bounded size")
    func manyFiles() async throws {
        var scene = try ChainScene()
        var sources: [UTF8Text: String] = [:]
        for number in 0..<20_000 { sources[UTF8Text("src/\(number)")] = "\(number % 7)" }
        try scene.add(scene.tag(sources), by: "alice")
        try scene.build(by: scene.build(sources))
        let verdict = try await scene.verdict()
        #expect(verdict.isVerified)
        try read(verdict)
        #expect(verdict.html().utf8.count < 60_000)
    }
}
