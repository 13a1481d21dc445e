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

        /// A key under all the ids that its signatures may stand under.
        public init(_ key: PublicKey) { self.init(key.ids, key) }
    }

    public let entries: [Entry]
    /// Number of different keys; 1 or more.
    public let threshold: Int
    /// The moment for which keys must be valid. Only keys of gpg say something of that; without a
    /// moment those that expire count for nothing.
    public let moment: Instant?

    public init(_ entries: [Entry], threshold: Int, at moment: Instant? = nil) {
        self.entries = entries
        self.threshold = threshold
        self.moment = moment
    }

    /// Counts the different keys that signed `message`.
    ///
    /// Unknown ids and signatures that do not verify are passed over (TUF 1.0.34 §5.3.4);
    /// ``SignatureCount/rejected`` tells of them. A primary key of gpg and its subkeys are one.
    public func count(
        _ signatures: [Signature], over message: UnsafeRawBufferPointer
    ) -> SignatureCount {
        var byID: [KeyID: PublicKey] = [:]
        for entry in entries {
            for id in entry.ids { byID[id] = entry.key }
        }
        var signers = DistinctKeys()
        var accepted: [KeyID] = []
        var rejected: [SignatureCount.Rejection] = []
        for signature in signatures {
            guard let key = byID[signature.keyID] else {
                rejected.append(.init(keyID: signature.keyID, reason: .unknownKey))
                continue
            }
            guard key.material != nil else {
                rejected.append(.init(keyID: signature.keyID, reason: .unusableKey))
                continue
            }
            // A second signature of a counted key cannot add anything.
            if signers.contain(key) { continue }
            if let reason = key.rejection(of: signature, over: message, at: moment) {
                rejected.append(.init(keyID: signature.keyID, reason: reason))
                continue
            }
            signers.insert(key)
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
        /// A key of gpg that its holder or its time has ended.
        case ended(KeyEnd)
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
public struct Signature: Sendable {
    public let keyID: KeyID
    /// The signature; empty if what stood there was empty or malformed, which never verifies.
    public let value: [UInt8]
    /// What is hashed after the message; only signatures of gpg have it.
    let headers: [UInt8]?
    /// The entry as received; `nil` for one that was made here and is no more than its parts.
    private let received: JSON?

    init(keyID: KeyID, value: [UInt8], headers: [UInt8]? = nil, json: JSON) {
        self.keyID = keyID
        self.value = value
        self.headers = headers
        received = json
    }

    /// A signature in hexadecimal digits, as TUF and the older in-toto files write it.
    package init(hexadecimal value: [UInt8], keyID: KeyID) {
        self.keyID = keyID
        self.value = value
        headers = nil
        received = nil
    }

    /// The entry.
    package var json: JSON {
        received ?? ["keyid": .string(keyID.text), "sig": .text(hex(value))]
    }

    /// Adds the entry, compact, to a text.
    func writeCompact(to output: inout [UInt8]) {
        if let received { return received.write(.compact, 0, to: &output) }
        output += #"{"keyid":"#.utf8
        keyID.text.withBytes { JSON.append($0, .compact, to: &output) }
        output += #","sig":""#.utf8
        output += hex(value).utf8
        output += #""}"#.utf8
    }
}

extension Signature: Equatable {
    public static func == (left: Signature, right: Signature) -> Bool {
        left.keyID == right.keyID && left.value == right.value && left.headers == right.headers
            && left.json == right.json
    }
}
