// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import MetadataSigning

extension Verdict {
    /// The verdict as one page that needs nothing else: no script, no request, the same bytes for
    /// the same verdict. Its first line is that of the text.
    ///
    /// - Parameter notes: what else must be said of it, such as who agreed.
    public func html(notes: [String] = []) -> String {
        VerdictPage(verdict: self, notes: notes).markup.source
    }
}

/// The page of a verdict.
struct VerdictPage {
    let verdict: Verdict
    let notes: [String]

    var markup: Markup {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="\(PageStyle.policy)"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta name="referrer" content="no-referrer"/>
        <title>\(verdict.headline)</title>
        <style>\(PageStyle.css)</style>
        </head>
        <body class="\(outcome)">
        <main>
        <h1>\(verdict.headline, maximum: 600)</h1>
        \(answer)\(chain)\(footer)</main>
        </body>
        </html>

        """
    }

    private var outcome: Markup {
        if verdict.isVerified { return "verified" }
        return verdict.refusal?.kind == .absence ? "incomplete" : "refused"
    }

    // MARK: the answer

    private var answer: Markup {
        let notes = notes.map { note -> Markup in "<p>\(note, maximum: 1000)</p>\n" }
        if let refusal = verdict.refusal, !verdict.isVerified {
            return "\(reason(refusal))\(notes)"
        }
        guard let evidence = verdict.evidence, verdict.isVerified else {
            return "<p class=\"cause\">\(Verdict.noAnswer)</p>\n"
        }
        let unchecked = verdict.notChecked(evidence).map { words -> Markup in
            "<li>\(words)</li>\n"
        }
        return """
            \(notes)\(PageParts.facts(verdict.facts(evidence)))<h2>Not checked</h2>
            <ul>
            \(unchecked)</ul>

            """
    }

    private func reason(_ refusal: Refusal) -> Markup {
        var rows: [(subject: String, words: String)] = []
        if let expected = refusal.expected { rows.append(("Expected", expected)) }
        if let found = refusal.found { rows.append(("Found", found)) }
        rows.append(("Who can mend it", refusal.remedy))
        rows.append(("What you can do", refusal.next))
        if let sha256 = verdict.sha256 { rows.append(("sha256 of the file", sha256)) }
        if let freshness = verdict.freshness {
            rows.append(("Repository", freshness.sentence(at: verdict.asOf)))
        }
        return """
            <p class="cause">\(refusal.cause, maximum: 4000)</p>
            \(PageParts.facts(rows))
            """
    }

    // MARK: the chain

    private var chain: Markup {
        guard let explanation = verdict.explanation else {
            return verdict.isVerified
                ? "" : "<p class=\"dim\">\(verdict.unexplained)</p>\n"
        }
        let parts = PageParts(explanation, isVerified: verdict.isVerified)
        let isGiven = verdict.isVerified || explanation.hasFailed
        let path = isGiven ? verdict.path : "the file"
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let drawing = ChainDrawing(
            explanation, product: (shown(UTF8Text(name)), verdict.sha256),
            isVerified: verdict.isVerified)
        return """
            \(verdict.isVerified || !explanation.hasFailed ? "" : parts.failure)<h2>The supply chain</h2>
            \(drawing.svg)\(parts.policy)\(parts.items(of: explanation.trace))\(parts.flows)
            """
    }

    private var footer: Markup {
        let repository: Markup =
            verdict.repository.isEmpty
            ? "" : " Repository \"\(verdict.repository)\"."
        return """
            <footer>
            <p>Judged for \(verdict.asOf.description).\(repository)</p>
            <p>A page can be made up by anybody: only carnet itself can verify the file, with \
            <code>carnet verify</code>.</p>
            </footer>

            """
    }
}
