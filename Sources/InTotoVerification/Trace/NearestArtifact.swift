// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// Finds what comes nearest to an artifact among those recorded elsewhere.
///
/// In this order: the same file name with the same digests, the same file name with others, the
/// same digests under another name, and the closest name. Each list is gone through once, and
/// edit distances are computed for a bounded number of names.
struct NearestArtifact {
    /// How many edits make two names another.
    private static let maximumDistance = 8
    /// Names longer than this are not compared letter by letter.
    private static let comparedBytes = 512
    /// How many are.
    private static let comparedNames = 20_000

    private let name: UTF8Text
    private let fileName: UTF8Text
    private let digests: [Artifact.Digest]?

    init(to artifact: Artifact) {
        self.init(name: artifact.name, digests: artifact.digests)
    }

    /// - Parameter digests: `nil` where only the name is known.
    init(name: UTF8Text, digests: [Artifact.Digest]?) {
        self.name = name
        fileName = lastSegment(of: name)
        self.digests = digests
    }

    /// How near something is; less is nearer.
    private struct Score: Comparable {
        let kind: Int
        let distance: Int

        static func < (left: Score, right: Score) -> Bool {
            (left.kind, left.distance) < (right.kind, right.distance)
        }
    }

    /// - Parameter place: where `artifacts` are recorded.
    /// - Returns: `nil` if nothing is near.
    func search(
        _ artifacts: Artifacts, at place: ArtifactFinding.Place
    ) -> ArtifactFinding.Side? {
        best([(artifacts, place)])
    }

    /// The nearest of several lists; of two that are equally near, the one of the earlier list.
    func best(_ lists: [(Artifacts, ArtifactFinding.Place)]) -> ArtifactFinding.Side? {
        var best: (score: Score, list: Int, index: Int)?
        var compared = 0
        for (number, list) in lists.enumerated() {
            guard let found = nearest(in: list.0, &compared) else { continue }
            if best.map({ found.score < $0.score }) ?? true {
                best = (found.score, number, found.index)
            }
        }
        return best.map { best in
            let artifact = lists[best.list].0[best.index]
            return .init(
                name: artifact.name, digests: artifact.digests, place: lists[best.list].1)
        }
    }

    private func nearest(
        in artifacts: Artifacts, _ compared: inout Int
    ) -> (score: Score, index: Int)? {
        let hex = digests?.first { $0.algorithm == "sha256" }?.hex ?? digests?.first?.hex
        let distance = EditDistance(maximum: NearestArtifact.maximumDistance)
        var best: (score: Score, index: Int)?
        artifacts.borrowing { artifacts in
            name.withBytes { name in
                fileName.withBytes { fileName in
                    for index in 0..<artifacts.count {
                        let other = artifacts.name(index)
                        let isNamed = NearestArtifact.ends(other, with: fileName)
                        let isSame = hex?.withBytes { artifacts.hasDigest(index, $0) } ?? false
                        let kind = isNamed ? (isSame || digests == nil ? 0 : 1) : isSame ? 2 : 3
                        if let best, best.score.kind < kind { continue }
                        var edits = 0
                        if compareBytes(other, name) != 0 {
                            compared += 1
                            let isShort = max(other.count, name.count) <= Self.comparedBytes
                            let found =
                                isShort && compared <= Self.comparedNames
                                ? distance.between(name, other) : nil
                            edits = found ?? Self.maximumDistance + 1
                        }
                        // A name that has little in common is no help.
                        if kind == 3 && (edits > Self.maximumDistance || edits * 2 > name.count) {
                            continue
                        }
                        let score = Score(kind: kind, distance: edits)
                        if best.map({ score < $0.score }) ?? true { best = (score, index) }
                    }
                }
            }
        }
        return best
    }

    /// Whether `fileName` is what follows the last slash of `path`.
    private static func ends(
        _ path: UnsafeBufferPointer<UInt8>, with fileName: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let start = path.count - fileName.count
        guard start >= 0, start == 0 || path[start - 1] == UInt8(ascii: "/") else { return false }
        return compareBytes(UnsafeBufferPointer(rebasing: path[start...]), fileName) == 0
    }
}
