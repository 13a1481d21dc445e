// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata
import MetadataSigning

/// An artifact that speaks against a chain, and what it should perhaps have been.
public struct ArtifactFinding: Sendable, Equatable {
    /// Where an artifact is recorded.
    public struct Place: Sendable, Equatable {
        /// The step or inspection.
        public let item: UTF8Text
        public let list: ArtifactMatch.List
        /// The link, where those of a step differ.
        public let file: UTF8Text?

        package init(item: UTF8Text, list: ArtifactMatch.List, file: UTF8Text? = nil) {
            self.item = item
            self.list = list
            self.file = file
        }
    }

    /// One side of a comparison.
    public struct Side: Sendable, Equatable {
        public let name: UTF8Text
        /// `nil` if it is not there.
        public let digests: [Artifact.Digest]?
        /// `nil` for the file at hand.
        public let place: Place?

        package init(name: UTF8Text, digests: [Artifact.Digest]?, place: Place?) {
            self.name = name
            self.digests = digests
            self.place = place
        }
    }

    /// What speaks against the chain.
    public let artifact: Side
    /// What is recorded elsewhere and comes nearest to it.
    public internal(set) var nearest: Side?
    /// The number of the rule that had taken it before another one required it.
    public internal(set) var takenBy: Int?

    package init(_ artifact: Side, nearest: Side? = nil, takenBy: Int? = nil) {
        self.artifact = artifact
        self.nearest = nearest
        self.takenBy = takenBy
    }
}

extension ArtifactFinding {
    /// The two sides of a disagreement.
    init(_ disagreement: ArtifactDisagreement) {
        func side(_ side: ArtifactDisagreement.Side) -> Side {
            Side(
                name: disagreement.artifact, digests: side.digests,
                place: Place(item: disagreement.step, list: disagreement.list, file: side.file))
        }
        self.init(side(disagreement.left), nearest: side(disagreement.right))
    }

    /// The file at hand, which is not what the step made.
    init(_ product: Product, madeBy link: Link) {
        let digests = product.digests.map {
            Artifact.Digest(algorithm: UTF8Text($0.key.rawValue), hex: UTF8Text($0.value))
        }
        let artifact = Artifact(name: product.name, digests: digests)
        self.init(
            Side(name: artifact.name, digests: artifact.digests, place: nil),
            nearest: NearestArtifact(to: artifact).search(
                link.products, at: Place(item: link.name, list: .products)))
    }
}
