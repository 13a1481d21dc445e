// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// What rests on a key: roles, policies, and released files.
public struct Impact: Sendable {
    /// A role that the key may sign.
    public struct Role: Sendable {
        public let name: RoleName
        /// Signatures needed, and keys that can make one.
        public let threshold: Int
        public let keys: Int
        /// Released files that the role lists.
        public let files: Int

        /// Whether the key needs nobody else.
        public var isAlone: Bool { threshold == 1 }
    }

    /// A layout that has to do with the key.
    public struct Policy: Sendable {
        public struct Step: Sendable {
            public let name: UTF8Text
            public let threshold: Int
            public let functionaries: Int
        }

        public let name: String
        public let path: TargetPath
        /// If the key may sign the layout: signatures needed, and keys that can make one.
        public let signing: (threshold: Int, keys: Int)?
        /// Steps that it may do.
        public let steps: [Step]
        /// What the owners have said of it already.
        public let revocation: Revocation?
    }

    /// A released file whose evidence has links by the key.
    public struct Release: Sendable {
        public struct Link: Sendable {
            public let path: TargetPath
            /// SHA-256 of the link's file, in hexadecimal digits.
            public let sha256: UTF8Text
        }

        public let path: TargetPath
        /// The layout that it names.
        public let layout: TargetPath?
        public let links: [Link]
        /// Why it is refused as things are; `nil` if it verifies.
        public let refusal: Refusal?
        /// Why it would be refused if none of the links counted; `nil` if it would verify.
        public let without: Refusal?
    }

    public let key: KnownKey
    public let roles: [Role]
    public let policies: [Policy]
    /// In the order of their paths.
    public let releases: [Release]

    /// Those that verify now and would not without the key's links.
    public var falling: [Release] { releases.filter { $0.refusal == nil && $0.without != nil } }
    /// Those that verify now and would still.
    public var standing: [Release] { releases.filter { $0.refusal == nil && $0.without == nil } }
    /// Those that are refused as things are.
    public var refused: [Release] { releases.filter { $0.refusal != nil } }
}
