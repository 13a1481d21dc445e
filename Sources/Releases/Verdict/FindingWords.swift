// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification

/// An artifact that speaks against a chain, as a person needs to see it: both sides with their
/// digests, and what the difference is.
struct FindingWords {
    /// A name, and what is recorded of it.
    struct Row {
        let place: String
        let digest: String
    }

    /// The artifact.
    let title: String
    let rows: [Row]
    /// What the difference is.
    let remark: String

    init(_ finding: ArtifactFinding, _ names: NameBook) {
        title = shown(finding.artifact.name)
        var rows = [Row(finding.artifact, isNamed: false, names)]
        if let nearest = finding.nearest {
            let isAtHand = finding.artifact.place == nil
            let isNamed = isAtHand || nearest.name != finding.artifact.name
            rows.append(Row(nearest, isNamed: isNamed, isOfProduct: isAtHand, names))
        }
        self.rows = rows
        remark = FindingWords.remark(finding)
    }

    private static func remark(_ finding: ArtifactFinding) -> String {
        if let rule = finding.takenBy {
            return "it is there, but rule \(rule) had taken it before this one looked for it"
        }
        guard let nearest = finding.nearest else {
            return finding.artifact.place == nil || finding.artifact.digests != nil
                ? "nothing like it is recorded where it should have come from"
                : "nothing of a similar name is recorded there"
        }
        let isSameName = nearest.name == finding.artifact.name
        let isSameFileName = lastSegment(nearest.name)
            .elementsEqual(lastSegment(finding.artifact.name))
        guard let left = finding.artifact.digests else {
            return nearest.digests == nil || !isSameName
                ? "the nearest name that is recorded is \(shown(nearest.name))"
                : "it is recorded on one side only"
        }
        guard let right = nearest.digests else { return "it is recorded on one side only" }
        switch (isSameFileName, left.agrees(with: right)) {
        case (true, true):
            return isSameName ? unchanged(nearest, finding) : "the same bytes, in another folder"
        case (true, false):
            return isSameName
                ? "the same name, but other bytes" : "the same file name, but other bytes"
        case (false, true): return "the same bytes under another name"
        case (false, false): return "nothing of this name there; this is the nearest"
        }
    }

    /// A file that is the same on both sides, and that no rule took all the same.
    private static func unchanged(
        _ nearest: ArtifactFinding.Side, _ finding: ArtifactFinding
    ) -> String {
        guard let place = nearest.place, place.item == finding.artifact.place?.item else {
            return "it is the same file there, but no rule takes it"
        }
        return place.list == .materials
            ? "it was there before, unchanged" : "it is still there afterwards, unchanged"
    }

    private static func lastSegment(_ name: UTF8Text) -> [UInt8] {
        Array(name.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).last ?? [])
    }
}

extension FindingWords.Row {
    fileprivate init(
        _ side: ArtifactFinding.Side, isNamed: Bool, isOfProduct: Bool = false,
        _ names: NameBook
    ) {
        let alias = isNamed ? " as \(shown(side.name))" : ""
        let words = side.place.map { place in
            isOfProduct
                ? "recorded by \(shown(place.item))" : FindingWords.Row.words(place, names)
        }
        place = (words ?? "this file") + alias
        digest = side.digests.map(FindingWords.Row.words) ?? "not there"
    }

    /// `among the materials of wheel`, `by alice, among the products of build`.
    private static func words(_ place: ArtifactFinding.Place, _ names: NameBook) -> String {
        let list = place.list.rawValue.lowercased()
        let who = place.file.map { "by \(names.author(ofLink: $0)), " } ?? ""
        return "\(who)among the \(list) of \(shown(place.item))"
    }

    private static func words(_ digests: [Artifact.Digest]) -> String {
        // What both sides are compared by first.
        let sorted =
            digests.filter { $0.algorithm == "sha256" }
            + digests.filter { $0.algorithm != "sha256" }
        let words = sorted.prefix(3).map { "\(shown($0.algorithm)):\(shown($0.hex))" }
        return words.isEmpty ? "no digest" : words.joined(separator: " ")
    }
}

extension [Artifact.Digest] {
    /// Whether some algorithm is in both, and each of these has the same digits.
    fileprivate func agrees(with other: [Artifact.Digest]) -> Bool {
        let common = filter { own in other.contains { $0.algorithm == own.algorithm } }
        return !common.isEmpty && common.allSatisfy(other.contains)
    }
}
