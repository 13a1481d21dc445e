// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// Which target files a mirror keeps; it keeps all metadata, so that whatever it has, and that it
/// has not a file, can be verified.
package struct MirrorSelection: Sendable, Equatable {
    /// Files of these roles; of all if there are none.
    package let roles: [RoleName]
    /// Files whose paths match one of these, where `*` also matches a slash; all if there are none.
    package let patterns: [Wildcard]

    package static let everything = MirrorSelection(roles: [], patterns: [])

    package init(roles: [RoleName], patterns: [Wildcard]) {
        self.roles = Set(roles).sorted()
        self.patterns = Set(patterns.map(\.text)).sorted().map { Wildcard($0) }
    }

    package var isEverything: Bool { roles.isEmpty && patterns.isEmpty }

    package func contains(_ role: RoleName) -> Bool { roles.isEmpty || roles.contains(role) }

    /// Whether a file of a selected role is kept.
    package func contains(_ path: TargetPath) -> Bool {
        patterns.isEmpty || patterns.contains { $0.matches(path.text) }
    }

    /// Layouts and the keys that sign them, which every kept file may need.
    static func isPolicy(_ path: TargetPath) -> Bool {
        let bytes = path.text.utf8
        return bytes.starts(with: "in-toto-pubkeys/".utf8)
            || bytes.starts(with: "in-toto-metadata/".utf8)
                && bytes.suffix(7).elementsEqual(".layout".utf8)
    }

    // MARK: as it is kept

    var json: JSON {
        [
            "roles": .array(roles.map { .string($0.text) }),
            "paths": .array(patterns.map { .string($0.text) }),
        ]
    }

    init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        self.init(
            roles: try object.required("roles").texts().map(RoleName.init),
            patterns: try object.required("paths").texts().map { Wildcard($0) })
    }
}
