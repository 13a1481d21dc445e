// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("What Python's in-toto 3.1.0 refuses is refused")
struct PythonCorpusTests {
    /// Taken by Python and refused here: for each the words of the refusal that tell why.
    static let stricter: [String: String] = [
        // What the signatures cover is what the file says, member for member.
        "unknown member, added later": "does not match its signature",
        "environment missing, signed filled in": "does not match its signature",
        "unknown layout member, added later": "signed by 0 of the 1 key",
        "key twice": "key \"command\" twice in one object",
        "signed twice by one, the second wrong": "stands twice",
        // An artifact that is only a name proves nothing.
        "artifact without digests": "at least one digest expected",
        // Two answers to one question are none.
        "1 of 3, two differ": "is not in",
        "two ids with one prefix": "share the name of a link",
        "backslash below a source prefix, the slashed name beside it": "apart by prefix",
        // A functionary is a key, whatever its ids.
        "one key under two ids, 2 needed": "1 different key found, 2 needed",
        "functionary without key": "is not among the layout's usable keys",
        "key object of another id, signed under that": "names itself",
        // A link is evidence for its own step alone (in-toto 1.0 §4.4).
        "link of another step": "link of step \"build\" found, \"test\" expected",
        // An empty policy is none.
        "threshold 0": "1 or more expected",
        "threshold -1": "1 or more expected",
        "threshold true": "an integer expected",
        "no steps": "at least one expected",
        "sublayout without steps": "at least one expected",
        "no rules": "no rule for the products",
        // Names stay in their folder, values are neither patterns nor paths.
        "step named with a slash": "step name",
        "parameters {\"a\": \"1.0\"} in demo-{a!s}.whl": "{name}, {{ or }} expected",
        "parameters {\"a\": \"1.0\"} in demo-{a:}.whl": "{name}, {{ or }} expected",
        "parameters {\"a\": \"\"} in demo{a}-1.0.whl": "parameter a",
        "pattern as a value": "parameter a",
        // Nothing is run unasked.
        "true with an argument": "is not allowed",
    ]

    /// Refused by Python and taken here, with the reason.
    static let wider: [String: String] = [
        "signed under the key's other id": "one key has an id in each of two traditions",
        "key object without its id": "in-toto 1.0 §4.2 asks for no such member",
        "unused key of an unknown type": "what no step has a use for hurts nobody",
    ]

    static let cases = Result { try PythonCase.all() }

    @Test("and what it takes is taken, but for the cases listed", arguments: try cases.get())
    func verdict(example: PythonCase) async throws {
        var refusal: String?
        do {
            try await example.verify()
        } catch {
            refusal = "\(error)"
        }
        if example.passes {
            let words = Self.stricter[example.name]
            #expect((refusal == nil) == (words == nil), "\(example): \(refusal ?? "taken")")
            if let words, let refusal { #expect(refusal.contains(words)) }
        } else {
            #expect(
                (refusal == nil) == (Self.wider[example.name] != nil),
                "\(example): \(refusal ?? "taken")")
        }
    }

    @Test("the cases listed are cases of the fixture, and it has plenty of both verdicts")
    func lists() throws {
        let cases = try Self.cases.get()
        let taken = Set(cases.filter(\.passes).map(\.name))
        let refused = Set(cases.filter { !$0.passes }.map(\.name))
        #expect(taken.count + refused.count == cases.count)
        #expect(Set(Self.stricter.keys).subtracting(taken) == [])
        #expect(Set(Self.wider.keys).subtracting(refused) == [])
        #expect(taken.count > 80 && refused.count > 80)
    }
}
