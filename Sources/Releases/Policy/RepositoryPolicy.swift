// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// What the offline-signed top-level targets says about evidence: `x-carnet`.
///
/// ```json
/// {"layouts": "layouts", "unattested": ["demo/*/CHANGELOG.txt"]}
/// ```
///
/// Only this role can say it (rule 1): the same member in a delegated role means nothing.
public struct RepositoryPolicy: Sendable {
    /// Member of top-level targets.
    public static let member: UTF8Text = "x-carnet"

    /// The role that holds layouts and their keys: top-level targets itself in a plain ITE-2
    /// repository.
    public let layoutsRole: RoleName
    /// Files that need no evidence.
    public let unattested: [PathPattern]
    /// Whether the repository says what its layouts govern; a plain ITE-2 repository does not.
    public let governs: Bool

    /// Reads the policy of a repository.
    public init(_ targets: Targets) throws(JSONError) {
        guard let value = try targets.value.object()[RepositoryPolicy.member] else {
            layoutsRole = .targets
            unattested = []
            governs = false
            return
        }
        let object = try value.object()
        layoutsRole = RoleName(try object.required("layouts").text())
        unattested = try object["unattested"]?.texts().map(PathPattern.init) ?? []
        governs = true
    }

    /// Whether the policy lets `path` go without evidence.
    public func needsNoEvidence(_ path: TargetPath) -> Bool {
        unattested.contains { $0.matches(path) }
    }

    /// The member as it is written.
    public static func json(layoutsRole: RoleName, unattested: [UTF8Text]) -> JSON {
        [
            "layouts": .string(layoutsRole.text),
            "unattested": .array(unattested.map(JSON.string)),
        ]
    }
}
