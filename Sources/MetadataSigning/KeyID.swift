// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// The name under which a key is listed and signatures refer to it.
///
/// It need not be the hash of the key (TUF 1.0.34 §4.3 asks for that, TAP 12 gives it up), so
/// two ids may name one key; keys are told apart by ``KeyMaterial``.
public struct KeyID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: UTF8Text

    public init(_ text: UTF8Text) { self.text = text }

    /// The first eight characters, as in the file names of links.
    public var prefix: String { String(decoding: text.utf8.prefix(8), as: UTF8.self) }

    /// Whether it is made of 8 to 128 lower-case hexadecimal digits: fit for a file name.
    public var isHexadecimal: Bool {
        (8...128).contains(text.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    public static func < (left: KeyID, right: KeyID) -> Bool { left.text < right.text }

    public var description: String { text.string }
}

/// The public key itself, free of how it was written: its SubjectPublicKeyInfo in DER.
///
/// Thresholds count these, so one key under two ids, with two schemes or with other line ends
/// in its PEM counts once.
public struct KeyMaterial: Sendable, Hashable {
    let bytes: [UInt8]
}
