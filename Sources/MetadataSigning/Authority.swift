// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// Whose signatures count for a file, and how many different keys must have signed it.
public struct Authority: Sendable {
    /// A key and the ids under which its signatures may stand.
    public struct Entry: Sendable {
        public let ids: [KeyID]
        public let key: PublicKey

        public init(_ id: KeyID, _ key: PublicKey) { self.init([id], key) }

        public init(_ ids: [KeyID], _ key: PublicKey) {
            self.ids = ids
            self.key = key
        }
    }

    public let entries: [Entry]
    /// Number of different keys; 1 or more.
    public let threshold: Int

    public init(_ entries: [Entry], threshold: Int) {
        self.entries = entries
        self.threshold = threshold
    }

    /// Counts the different keys that signed `message`.
    ///
    /// Unknown ids and signatures that do not verify are passed over (TUF 1.0.34 §5.3.4);
    /// ``SignatureCount/rejected`` tells of them.
    public func count(
        _ signatures: [Signature], over message: UnsafeRawBufferPointer
    ) -> SignatureCount {
        var byID: [KeyID: PublicKey] = [:]
        for entry in entries {
            for id in entry.ids { byID[id] = entry.key }
        }
        var materials: Set<KeyMaterial> = []
        var accepted: [KeyID] = []
        var rejected: [SignatureCount.Rejection] = []
        for signature in signatures {
            guard let key = byID[signature.keyID] else {
                rejected.append(.init(keyID: signature.keyID, reason: .unknownKey))
                continue
            }
            guard let material = key.material else {
                rejected.append(.init(keyID: signature.keyID, reason: .unusableKey))
                continue
            }
            // A second signature of a counted key cannot add anything.
            if materials.contains(material) { continue }
            guard !signature.value.isEmpty, key.verifies(signature.value, over: message) else {
                rejected.append(.init(keyID: signature.keyID, reason: .wrong))
                continue
            }
            materials.insert(material)
            accepted.append(signature.keyID)
        }
        return SignatureCount(required: threshold, accepted: accepted, rejected: rejected)
    }
}

/// What counting the signatures of a file gave.
public struct SignatureCount: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// No key that counts here has this id.
        case unknownKey
        /// The key is of an unknown type or malformed.
        case unusableKey
        /// The signature is not one of this key over these bytes.
        case wrong
    }

    public struct Rejection: Sendable, Equatable {
        public let keyID: KeyID
        public let reason: Reason
    }

    /// Different keys needed.
    public let required: Int
    /// One id for each different key that signed, in the order of the file.
    public let accepted: [KeyID]
    public let rejected: [Rejection]

    public var isMet: Bool { required >= 1 && accepted.count >= required }
}

extension SignatureCount: CustomStringConvertible {
    public var description: String {
        "signed by \(accepted.count) of the \(required) keys required"
    }
}

/// One entry of `signatures`.
public struct Signature: Sendable, Equatable {
    public let keyID: KeyID
    /// The signature; empty if what stood there was empty or malformed, which never verifies.
    public let value: [UInt8]
    /// The entry as received.
    package let json: JSON

    init(keyID: KeyID, value: [UInt8], json: JSON) {
        self.keyID = keyID
        self.value = value
        self.json = json
    }

    /// A signature in hexadecimal digits, as TUF and the older in-toto files write it.
    package init(hexadecimal value: [UInt8], keyID: KeyID) {
        self.init(
            keyID: keyID, value: value,
            json: ["keyid": .string(keyID.text), "sig": .text(hex(value))])
    }
}
