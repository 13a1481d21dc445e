// SPDX-License-Identifier: Apache-2.0
package import TUFMetadata

/// What no honest publisher shows, in files that its own keys signed.
package struct SplitView: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// Two different files under one version.
        case twoFiles = "two-files"
        /// A place shows an older state than another one shows with it, or than it showed before.
        case wentBack = "went-back"
        /// A root that the origin does not have.
        case unknownRoot = "unknown-root"
    }

    /// One side: a place, and the file as it was received there.
    package struct Side: Sendable, Equatable {
        package let place: String
        package let version: Int
        package let file: [UInt8]

        package init(place: String, version: Int, file: [UInt8]) {
            self.place = place
            self.version = version
            self.file = file
        }
    }

    package let kind: Kind
    package let role: RoleName
    package let one: Side
    /// What it is set against; of a root that the origin has not, the origin's newest.
    package let other: Side
    /// The root by whose keys both are signed.
    package let root: [UInt8]

    package init(kind: Kind, role: RoleName, one: Side, other: Side, root: [UInt8]) {
        self.kind = kind
        self.role = role
        self.one = one
        self.other = other
        self.root = root
    }
}

extension SplitView: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .twoFiles:
            "\(role.shownFile) version \(one.version): \(one.place) and \(other.place) show two "
                + "different files"
        case .wentBack:
            "\(role.shownFile) went back at \(one.place): version \(one.version), after version "
                + "\(other.version) at \(other.place)"
        case .unknownRoot:
            "root version \(one.version) is at \(one.place), and \(other.place) has only "
                + "version \(other.version)"
        }
    }
}
