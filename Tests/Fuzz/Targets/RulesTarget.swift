// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification

/// The input is a tape: three links of artifacts out of few names and digests, then the rules
/// that one of them has to keep, and which.
func fuzzRules(_ input: [UInt8]) {
    var tape = RulesTape(input)
    let names: [UTF8Text] = ["one", "two", "three"]
    let links = names.map { tape.link($0) }
    let link = links[tape.pick(3)]
    let list: ArtifactMatch.List = tape.pick(2) == 0 ? .materials : .products
    let rules = tape.rules(names + ["nobody"])
    let byName = Dictionary(uniqueKeysWithValues: zip(names, links))
    let reference = ReferenceRules(links: byName).apply(rules, to: list, of: link)
    do throws(SupplyChainError) {
        let outcomes = try ArtifactRules(links: byName).apply(rules, to: list, of: link)
        require(outcomes.map(\.rule) == rules, "each rule has its outcome")
        require(
            reference == .kept(outcomes.map(\.consumed)), "each takes what Python lets it take")
    } catch {
        requireOneLine("\(error)")
        guard case .ruleBroken(let violation) = error else {
            return require(false, "\(error) is no error of a rule")
        }
        require(violation.item == link.name && violation.list == list, "of this list")
        require(violation.artifacts.count == min(5, violation.count), "five are named at most")
        require(
            reference
                == .broken(
                    violation.kind, violation.rule, Array(violation.artifacts),
                    count: violation.count), "a rule is broken where Python says so: \(violation)")
    }
}

/// Reads choices from the input; after its end every choice is the first.
private struct RulesTape {
    private static let artifacts: [UTF8Text] = [
        "a", "b", "a/b", "b/a", "./a", "a/", "/a", "a\\b", "a//b", "é", "e\u{301}", "*", "dir/a",
        "dir/a/b", "dir/", "dir//a",
    ]
    private static let patterns: [UTF8Text] = [
        "*", "a", "b", "a*", "?", "*/a", "[ab]", "b/*", "", "**", "/a", "é", "dir/*", "[!a]*",
        "a\\b", "*\\*",
    ]
    private static let prefixes: [UTF8Text?] = [
        nil, "", "a", "a/", "/", "a//", "dir", "dir/", "\\", ".", "dir\\", "b", "é",
    ]

    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    mutating func pick(_ count: Int) -> Int { Int(rest.popFirst() ?? 0) % count }

    mutating func link(_ name: UTF8Text) -> Link {
        Link(
            name: name, materials: artifacts(), products: artifacts(), command: [],
            byproducts: [:], environment: [:])
    }

    private mutating func artifacts() -> Artifacts {
        var digests: [UTF8Text: [Artifact.Digest]] = [:]
        for _ in 0..<pick(8) {
            let name = Self.artifacts[pick(Self.artifacts.count)]
            digests[name] =
                [
                    [.init(algorithm: "sha256", hex: "aa")],
                    [.init(algorithm: "sha256", hex: "AA")],
                    [.init(algorithm: "sha512", hex: "aa")],
                    [.init(algorithm: "sha512", hex: "aa"), .init(algorithm: "sha256", hex: "aa")],
                ][pick(4)]
        }
        return Artifacts(digests.map { Artifact(name: $0.key, digests: $0.value) })
    }

    mutating func rules(_ steps: [UTF8Text]) -> [ArtifactRule] {
        (0..<pick(8)).map { _ in
            let text = Self.patterns[pick(Self.patterns.count)]
            switch pick(9) {
            case 0: return .create(Wildcard(text))
            case 1: return .delete(Wildcard(text))
            case 2: return .modify(Wildcard(text))
            case 3: return .allow(Wildcard(text))
            case 4: return .disallow(Wildcard(text))
            case 5: return .require(Self.artifacts[pick(Self.artifacts.count)])
            default:
                return .match(
                    ArtifactMatch(
                        pattern: Wildcard(text),
                        sourcePrefix: Self.prefixes[pick(Self.prefixes.count)],
                        list: pick(2) == 0 ? .materials : .products,
                        destinationPrefix: Self.prefixes[pick(Self.prefixes.count)],
                        step: steps[pick(steps.count)]))
            }
        }
    }
}
