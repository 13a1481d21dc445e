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

/// The materials or products of a link: artifacts sorted by the bytes of their names.
public struct Artifacts: Sendable, Equatable, RandomAccessCollection {
    private let sorted: [Artifact]

    /// Takes artifacts with distinct names.
    public init(_ artifacts: [Artifact] = []) {
        sorted = artifacts.sorted { $0.name < $1.name }
    }

    init(_ value: JSONValue) throws(JSONError) {
        var artifacts: [Artifact] = []
        for member in try value.object() {
            var digests: [Artifact.Digest] = []
            for digest in try member.value.object() {
                let hex = try digest.value.text()
                guard hex.utf8.allSatisfy(isHexDigit), !hex.isEmpty else {
                    throw digest.value.mismatch("a digest in hexadecimal digits")
                }
                digests.append(.init(algorithm: digest.key, hex: hex))
            }
            guard !digests.isEmpty else { throw member.value.mismatch("at least one digest") }
            artifacts.append(Artifact(name: member.key, digests: digests))
        }
        self.init(artifacts)
    }

    public var startIndex: Int { sorted.startIndex }
    public var endIndex: Int { sorted.endIndex }
    public subscript(position: Int) -> Artifact { sorted[position] }

    /// The artifact of this name, or `nil`.
    public subscript(name: UTF8Text) -> Artifact? {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low].name == name ? sorted[low] : nil
    }

    var json: JSON {
        .object(
            sorted.map { artifact in
                JSON.Member(
                    artifact.name,
                    .object(
                        artifact.digests.map { JSON.Member($0.algorithm, .string($0.hex)) }))
            })
    }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
}
