// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

/// The file that was downloaded and is to be vouched for.
public struct Product: Sendable {
    /// The file name: the last segment of its path.
    public let name: UTF8Text
    /// Digests in lower-case hexadecimal digits; SHA-256 must be among them.
    public let digests: [DigestAlgorithm: String]

    /// - Parameter path: path or name; only what follows the last slash counts.
    public init(path: UTF8Text, digests: [DigestAlgorithm: String]) {
        name = lastSegment(of: path)
        self.digests = digests
    }

    /// What an inspection's link records of it: SHA-256 alone, as Python does.
    var artifact: Artifact {
        Artifact(
            name: name, digests: [.init(algorithm: "sha256", hex: UTF8Text(digests[.sha256] ?? ""))]
        )
    }

    /// The name of this product among those of `link`: the same last segment, the same digests.
    ///
    /// - Throws: ``SupplyChainError/product(_:)``.
    func name(in link: Link) throws(SupplyChainError) -> UTF8Text {
        var other: Artifact?
        var otherNames: [UTF8Text] = []
        for index in candidates(in: link.products) {
            let artifact = link.products[index]
            let isNamed = lastSegment(of: artifact.name) == name
            if hasSameDigests(as: artifact) {
                if isNamed { return artifact.name }
                otherNames.append(artifact.name)
            } else if isNamed, other == nil {
                other = artifact
            }
        }
        if let other {
            throw .product(
                .differs(
                    name: name, step: link.name, found: digests[.sha256] ?? "",
                    expected: other.digests))
        }
        throw .product(
            otherNames.isEmpty
                ? .unknown(name: name, step: link.name)
                : .relabelled(name: name, step: link.name, names: otherNames))
    }

    /// The artifacts that have this product's name or SHA-256.
    private func candidates(in artifacts: Artifacts) -> [Int] {
        let slash = UInt8(ascii: "/")
        let sha256 = UTF8Text(digests[.sha256] ?? "")
        return artifacts.borrowing { artifacts in
            name.withBytes { name in
                sha256.withBytes { sha256 in
                    (0..<artifacts.count).filter { index in
                        let path = artifacts.name(index)
                        let start = path.count - name.count
                        let isNamed =
                            start >= 0 && (start == 0 || path[start - 1] == slash)
                            && compareBytes(UnsafeBufferPointer(rebasing: path[start...]), name)
                                == 0
                        return isNamed || artifacts.hasDigest(index, sha256)
                    }
                }
            }
        }
    }

    /// Whether `artifact` has this product's SHA-256 and contradicts none of its other digests.
    private func hasSameDigests(as artifact: Artifact) -> Bool {
        guard let sha256 = digests[.sha256], let recorded = artifact.sha256,
            sha256.utf8.elementsEqual(recorded.utf8)
        else { return false }
        return artifact.digests.allSatisfy { digest in
            guard let algorithm = DigestAlgorithm(rawValue: digest.algorithm.string),
                let expected = digests[algorithm]
            else { return true }
            return digest.hex.utf8.elementsEqual(expected.utf8)
        }
    }
}

/// Which step must have made the product.
public struct ProductBinding: Sendable {
    public let product: Product
    /// A step of the layout; `nil` for its last one.
    public let step: UTF8Text?

    public init(_ product: Product, step: UTF8Text? = nil) {
        self.product = product
        self.step = step
    }
}

/// What follows the last slash.
func lastSegment(of path: UTF8Text) -> UTF8Text {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return UTF8Text(String(path.string.utf8.suffix(from: path.utf8.index(after: slash))) ?? "")
}
