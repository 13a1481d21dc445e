// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoVerification
public import MetadataSigning

/// That somebody is a functionary no more, as the owners of the policy say it in the `custom` of
/// a layout's target:
///
/// ```json
/// {"carnet": {"revoked": [{"keyid": "<keyid>", "as": "compromised", "since": "2026-11-23",
///                          "reason": "laptop stolen", "links": ["<sha256 of a link>", …]}]}}
/// ```
///
/// Links carry no time that anybody could trust. So those that still count are named by their
/// digests, under the offline signature of the role that makes policy; every other link by that
/// key falls, whenever it was made.
public struct Revocation: Sendable, Equatable {
    public enum Manner: String, Sendable {
        /// The key does no more steps; what was published with it stands.
        case retired
        /// Somebody else may have the key; what it did stands only where the owners vouch for it.
        case compromised
    }

    public let keyID: KeyID
    public let manner: Manner
    /// A day, as in 2026-11-23.
    public let since: String
    /// At most 200 bytes on one line; empty if nobody said why.
    public let reason: String
    /// SHA-256, in lower-case hexadecimal digits, of the link files that still count, sorted.
    public let links: [UTF8Text]

    /// How many links one entry may name.
    static let maximumLinks = 200_000

    public init(
        keyID: KeyID, manner: Manner, since: String, reason: String, links: some Sequence<UTF8Text>
    ) {
        self.keyID = keyID
        self.manner = manner
        self.since = since
        self.reason = reason
        self.links = Set(links).sorted()
    }

    /// Reads one entry.
    ///
    /// - Throws: `JSONError`: who cannot read a revocation must not pass over it.
    init(_ json: JSON, at path: String) throws(JSONError) {
        func mismatch(_ member: String, _ expected: String) -> JSONError {
            .mismatch(path: "\(path)\(member)", found: "another value", expected: expected)
        }
        guard let keyID = json["keyid"]?.text, !keyID.isEmpty else {
            throw mismatch(".keyid", "a key id")
        }
        guard let manner = (json["as"]?.text).flatMap({ Manner(rawValue: $0.string) }) else {
            throw mismatch(".as", "\"retired\" or \"compromised\"")
        }
        guard let since = json["since"]?.text?.string, Instant(since + "T00:00:00Z") != nil else {
            throw mismatch(".since", "a day such as 2026-11-23")
        }
        guard let reason = (json["reason"] ?? "").text?.string else {
            throw mismatch(".reason", "a text")
        }
        guard let listed = (json["links"] ?? []).elements,
            listed.count <= Revocation.maximumLinks
        else {
            throw mismatch(".links", "a list of at most \(Revocation.maximumLinks) digests")
        }
        var links: [UTF8Text] = []
        for element in listed {
            guard let digest = element.text, Revocation.isDigest(digest) else {
                throw mismatch(".links", "SHA-256 digests of 64 hexadecimal digits")
            }
            links.append(digest)
        }
        self.init(
            keyID: KeyID(keyID), manner: manner, since: since, reason: reason, links: links)
    }

    /// Reads all entries of one layout.
    static func list(_ json: JSON, at path: String) throws(JSONError) -> [Revocation] {
        guard let entries = json.elements else {
            throw .mismatch(path: path, found: "another value", expected: "a list")
        }
        var revoked: [Revocation] = []
        for (index, entry) in entries.enumerated() {
            revoked.append(try Revocation(entry, at: "\(path)[\(index)]"))
        }
        return revoked
    }

    private static func isDigest(_ text: UTF8Text) -> Bool {
        text.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The entry as it is written.
    var json: JSON {
        var json: JSON = [
            "keyid": .string(keyID.text), "as": .text(manner.rawValue), "since": .text(since),
            "links": .array(links.map(JSON.string)),
        ]
        if !reason.isEmpty { json.set("reason", .text(reason)) }
        return json
    }

    /// `was declared compromised on 2026-11-23: laptop stolen`.
    var words: String {
        let verb =
            switch manner {
            case .retired: "was retired"
            case .compromised: "was declared compromised"
            }
        let isPlain =
            reason.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && reason.utf8.count <= 200
        let why = reason.isEmpty ? "" : ": \(isPlain ? reason : quoted(reason))"
        return "\(verb) on \(since)\(why)"
    }

    /// For the verification of a supply chain.
    var functionary: RevokedFunctionary {
        RevokedFunctionary(keyID: keyID, links: Set(links), words: words)
    }
}
