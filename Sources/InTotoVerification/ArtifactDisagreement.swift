// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata
public import MetadataSigning

/// Two links of one step that must be equal and are not.
public struct ArtifactDisagreement: Sendable, Equatable {
    /// A link and whose it is.
    public struct Side: Sendable, Equatable {
        public let keyID: KeyID
        public let file: UTF8Text
        /// The digests recorded; `nil` if the artifact is not in the link.
        public let digests: [Artifact.Digest]?

        package init(keyID: KeyID, file: UTF8Text, digests: [Artifact.Digest]?) {
            self.keyID = keyID
            self.file = file
            self.digests = digests
        }
    }

    public let step: UTF8Text
    public let list: ArtifactMatch.List
    /// The first artifact, by name, in which they differ.
    public let artifact: UTF8Text
    public let left: Side
    public let right: Side

    package init(
        step: UTF8Text, list: ArtifactMatch.List, artifact: UTF8Text, left: Side, right: Side
    ) {
        self.step = step
        self.list = list
        self.artifact = artifact
        self.left = left
        self.right = right
    }
}

extension ArtifactDisagreement: CustomStringConvertible {
    public var description: String {
        "step \(shown(step)): \(list.rawValue.lowercased()): \(shown(artifact)) is "
            + "\(words(left)) in \(shown(left.file)), \(words(right)) in \(shown(right.file))"
    }

    private func words(_ side: Side) -> String {
        side.digests.map(InTotoVerification.words) ?? "not"
    }
}

/// Digests for a message: `sha256 9bb1…`.
func words(_ digests: [Artifact.Digest]) -> String {
    digests.map { "\(shown($0.algorithm)) \(shown($0.hex))" }.joined(separator: " ")
}
