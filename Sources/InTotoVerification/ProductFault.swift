// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata

/// Why the product is not the one that the supply chain made.
public enum ProductFault: Equatable, Sendable {
    /// There is none: only the chain was looked at, as far as its steps.
    case notGiven
    /// It was handed over without its SHA-256.
    case withoutSHA256(name: UTF8Text)
    /// The step made a file of this name, but with other digests.
    case differs(name: UTF8Text, step: UTF8Text, found: String, expected: [Artifact.Digest])
    /// The step made this very file, under other names.
    case relabelled(name: UTF8Text, step: UTF8Text, names: [UTF8Text])
    /// The step made neither a file of this name nor one of these digests.
    case unknown(name: UTF8Text, step: UTF8Text)
}

extension ProductFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notGiven: "no file given that the chain could vouch for"
        case .withoutSHA256(let name): "\(shown(name)): no SHA-256 given"
        case .differs(let name, let step, let found, let expected):
            "\(shown(name)): sha256 \(shown(UTF8Text(found))) found, "
                + "\(words(expected)) made by step \(shown(step))"
        case .relabelled(let name, let step, let names):
            "\(shown(name)): made by step \(shown(step)) as \(list(names.map(shown)))"
        case .unknown(let name, let step): "\(shown(name)): not made by step \(shown(step))"
        }
    }
}
