// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// A file as a link records it: its name and its digests.
public struct Artifact: Sendable, Equatable {
    public let name: UTF8Text
    /// Digests in hexadecimal digits by algorithm, sorted by algorithm.
    ///
    /// Two artifacts are the same file only if these lists are equal: `sha256` alone is not
    /// `sha256` and `sha512` (in-toto 1.0 §4.3.3, as Python compares).
    public let digests: [Digest]

    public struct Digest: Sendable, Equatable {
        public let algorithm: UTF8Text
        public let hex: UTF8Text

        public init(algorithm: UTF8Text, hex: UTF8Text) {
            self.algorithm = algorithm
            self.hex = hex
        }
    }

    public init(name: UTF8Text, digests: [Digest]) {
        self.name = name
        self.digests = digests.sorted { $0.algorithm < $1.algorithm }
    }

    /// The SHA-256, if recorded.
    public var sha256: String? { digests.first { $0.algorithm == "sha256" }?.hex.string }
}
