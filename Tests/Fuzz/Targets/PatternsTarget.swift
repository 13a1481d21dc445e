// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

/// A pattern, then a text: both of 256 code points at most.
func fuzzPatterns(_ input: [UInt8]) {
    let parts = input.parts(2)
    let pattern = String(String.UnicodeScalarView(parts[0].repaired.unicodeScalars.prefix(256)))
    let text = String(
        String.UnicodeScalarView((parts.last ?? []).repaired.unicodeScalars.prefix(256)))
    checkWildcard(pattern, text)
    checkPathPattern(pattern, text)
    // Patience that grows faster than pattern times text would end in libFuzzer's time limit.
    let long = Wildcard(UTF8Text(String(repeating: pattern, count: 8)))
    _ = long.matches(UTF8Text(String(repeating: text, count: 8)))
    _ = long.matches(UTF8Text(String(repeating: text, count: 8) + "\u{1}"))
}

private func checkWildcard(_ pattern: String, _ text: String) {
    let wildcard = Wildcard(UTF8Text(pattern))
    let matches = wildcard.matches(UTF8Text(text))
    require(
        wildcard.matches(Substring(text)) == matches, "a text matches as a part of another, too")
    if let reference = reference(pattern) {
        checkNeighbours(of: pattern, wildcard, reference)
        require(matches == reference.matches(scalars(text)), "fnmatch says otherwise")
        require(
            wildcard.matches(wildcard.text) == reference.matches(scalars(pattern)),
            "fnmatch says otherwise of the pattern itself")
    }
    let isPlain = !pattern.utf8.contains { "*?[".utf8.contains($0) }
    if isPlain { require(wildcard.isLiteral, "a pattern without wildcards is literal") }
    if wildcard.isLiteral {
        require(matches == (UTF8Text(text) == UTF8Text(pattern)), "a literal is itself alone")
    }
}

/// Ranges end somewhere: the code points at and beside those of the pattern tell where.
private func checkNeighbours(
    of pattern: String, _ wildcard: Wildcard, _ reference: ReferenceWildcard
) {
    guard pattern.unicodeScalars.count <= 16 else { return }
    for value in Set(scalars(pattern).flatMap { [$0 &- 1, $0, $0 + 1] }) {
        guard let scalar = Unicode.Scalar(value) else { continue }
        require(
            wildcard.matches(UTF8Text(String(Character(scalar)))) == reference.matches([value]),
            "fnmatch says otherwise of one code point")
    }
}

private func checkPathPattern(_ pattern: String, _ text: String) {
    guard let path = TargetPath(UTF8Text(text)) else { return }
    let matches = PathPattern(UTF8Text(pattern)).matches(path)
    let slash: Unicode.Scalar = "/"
    let patterns = pattern.unicodeScalars.split(
        separator: slash, omittingEmptySubsequences: false)
    let segments = text.unicodeScalars.split(separator: slash, omittingEmptySubsequences: false)
    var expected = patterns.count == segments.count
    for (pattern, segment) in zip(patterns, segments) {
        guard let reference = reference(String(pattern)) else { return }
        expected = expected && reference.matches(segment.map(\.value))
    }
    require(matches == expected, "a path matches segment by segment")
}

private func reference(_ pattern: String) -> ReferenceWildcard? {
    ReferenceWildcard(scalars(pattern))
}

private func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }
