// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// What tells a new snapshot from every other one of its version: 128 bits, drawn when it is made.
///
/// A snapshot lists versions alone. Two copies of a repository that are changed apart within one
/// second would otherwise have snapshots and timestamps that are equal to the byte, though the roles
/// that they list differ, and nobody who compares the two could tell. To clients it is an unknown
/// member (TUF 1.0.34 §4.1), which means nothing.
public struct SnapshotNonce: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits.
    public let text: UTF8Text

    /// Member of the snapshot that holds it.
    public static let member: UTF8Text = "x-carnet-nonce"

    /// For what is signed to be looked at, and published by nobody.
    static let unpublished = SnapshotNonce(0, 0)

    /// From these bits.
    public init(_ high: UInt64, _ low: UInt64) {
        text = UTF8Text(SnapshotNonce.digits(high) + SnapshotNonce.digits(low))
    }

    /// A new one, by the system's randomness.
    public static func random() -> SnapshotNonce {
        SnapshotNonce(.random(in: .min ... .max), .random(in: .min ... .max))
    }

    private static func digits(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
