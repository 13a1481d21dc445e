// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
public import MetadataSigning
import TUFClient

/// Why a file is refused, as a person needs to hear it: one cause, and what can be done.
public struct Refusal: Sendable, Equatable {
    /// What kind of refusal it is; it decides the exit code.
    public enum Kind: String, Sendable {
        /// Something is there that must not be so: alarm.
        case contradiction
        /// Evidence is not there (yet): wait.
        case absence
        /// The state offered is older than what is known, or expired.
        case stale
        /// Nothing could be learned.
        case unreachable
        /// There is no root to begin with.
        case untrusted
        /// This machine's own disk, or the user's own words; it says nothing of the file.
        case local
    }

    /// Stable name of the cause, such as `E-STEP-THRESHOLD`.
    public let code: String
    public let kind: Kind
    /// One sentence.
    public let cause: String
    public let expected: String?
    public let found: String?
    /// Who can mend it, and how.
    public let remedy: String
    /// What the user can do now.
    public let next: String

    init(
        code: String, kind: Kind = .contradiction, cause: String, expected: String? = nil,
        found: String? = nil, remedy: String, next: String
    ) {
        self.code = code
        self.kind = kind
        self.cause = cause
        self.expected = expected
        self.found = found
        self.remedy = remedy
        self.next = next
    }

    public var exitCode: Int32 {
        switch kind {
        case .contradiction: 1
        case .absence: 3
        case .stale: 4
        case .unreachable: 5
        case .untrusted: 6
        case .local: 2
        }
    }
}

/// Names of people and machines by any id of their keys.
public struct NameBook: Sendable {
    private var names: [KeyID: String] = [:]

    public init(_ names: [KeyID: String] = [:]) { self.names = names }

    /// Lets the name of one id stand for the others of the same key.
    mutating func unite(_ ids: [KeyID]) {
        guard let name = ids.compactMap({ names[$0] }).first else { return }
        for id in ids { names[id] = name }
    }

    /// The name, or the key id where nobody gave one.
    public func name(_ id: KeyID) -> String {
        names[id].map(plain) ?? "key \(shown(id))"
    }

    public func names(_ ids: [KeyID]) -> String { joined(ids.map(name)) }

    /// Who made a link, by the eight digits in its file name: `tag.776a00e2.link`.
    func author(ofLink file: UTF8Text) -> String {
        let parts = file.string.split(separator: ".")
        let digits = parts.count >= 3 ? String(parts[parts.count - 2]) : file.string
        let known = names.filter { $0.key.prefix == digits }.map(\.value)
        return Set(known).count == 1 ? plain(known[0]) : "key \(shown(KeyID(UTF8Text(digits))))"
    }

    /// A name from metadata, harmless in a sentence.
    private func plain(_ name: String) -> String {
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || " ._+-@".unicodeScalars.contains(scalar)
        }
        return isPlain && name.utf8.count <= 80 ? name : quoted(name)
    }
}

/// `a`, `a and b`, `a, b and c`.
func joined(_ words: [String], _ conjunction: String = "and") -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nobody" }
    return words.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
}

extension NameBook {
    /// `dist/demo.whl has sha256 9bb1… by alice and sha256 0c1d… by bob`.
    func difference(_ disagreement: ArtifactDisagreement) -> String {
        func words(_ side: ArtifactDisagreement.Side) -> String {
            let digests = side.digests?.map {
                "\(quotedIfOdd($0.algorithm.string)) \(quotedIfOdd($0.hex.string))"
            }
            return "\(digests?.joined(separator: ", ") ?? "nothing") by \(name(side.keyID))"
        }
        return "\(quotedIfOdd(disagreement.artifact.string)) has \(words(disagreement.left)) "
            + "and \(words(disagreement.right))"
    }

    private func quotedIfOdd(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return isPlain && text.utf8.count <= 200 ? text : quoted(text)
    }

    /// `alice and bob disagree`.
    func disagreement(_ disagreement: ArtifactDisagreement) -> String {
        "\(name(disagreement.left.keyID)) and \(name(disagreement.right.keyID)) disagree"
    }
}
