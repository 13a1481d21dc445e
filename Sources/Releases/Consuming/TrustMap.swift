// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// Which repositories have to agree on which files: the map file of TAP 4.
///
/// ```json
/// {"repositories": {"acme": ["https://acme.example/"], "notary": ["https://notary.example/"]},
///  "mapping": [{"paths": ["*"], "repositories": ["acme", "notary"],
///               "threshold": 2, "terminating": true}]}
/// ```
///
/// A map adds no trust: each repository is one that the user trusts by its root. Values are made
/// by ``init(_:)`` alone, so each obeys the rules of `Docs/Formats/TrustMap.md`.
public struct TrustMap: Sendable, Equatable {
    /// What stands in a repository's place where the map shall choose: `any/PATH`.
    public static let reservedName = "any"

    /// A repository and where it is.
    public struct Repository: Sendable, Equatable {
        /// The name under which it is trusted.
        public let name: String
        /// Its mirrors in the order in which to ask them, each holding `metadata/` and `targets/`.
        public let urls: [String]
    }

    /// Who has to agree on the files that some patterns cover.
    public struct Entry: Sendable, Equatable {
        /// As written.
        public let paths: [UTF8Text]
        /// Names, each once, in the order in which to ask them.
        public let repositories: [String]
        /// How many of them have to agree: 1 to their number.
        public let threshold: Int
        /// Whether the entries below are not asked if these do not agree.
        public let isTerminating: Bool
        private let patterns: [Wildcard]

        init(
            paths: [UTF8Text], repositories: [String], threshold: Int, isTerminating: Bool
        ) {
            self.paths = paths
            self.repositories = repositories
            self.threshold = threshold
            self.isTerminating = isTerminating
            patterns = paths.map { Wildcard(TrustMap.withoutLeadingSlashes($0)) }
        }

        /// Whether one of the patterns fits the whole path. `*` and `?` take slashes as well: for
        /// TAP 4, unlike a delegation, the pattern `*` is every file.
        public func covers(_ path: TargetPath) -> Bool {
            patterns.contains { $0.matches(path.text) }
        }

        /// Whether it covers every path.
        var coversEverything: Bool { patterns.contains { $0.text == "*" } }
    }

    /// In the order of the file.
    public let repositories: [Repository]
    /// In the order in which to ask them.
    public let entries: [Entry]

    init(repositories: [Repository], entries: [Entry]) {
        self.repositories = repositories
        self.entries = entries
    }

    /// The repository of this name.
    public func repository(_ name: String) -> Repository? {
        repositories.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The map as the file has it.
    public var json: JSON {
        [
            "repositories": .object(
                repositories.map { repository in
                    JSON.Member(
                        UTF8Text(repository.name), .array(repository.urls.map(JSON.text)))
                }),
            "mapping": .array(entries.map(\.json)),
        ]
    }

    /// Target paths never begin with a slash; patterns in the TAP's own example do, and one that
    /// could match nothing would silently leave its files to the entries below.
    static func withoutLeadingSlashes(_ pattern: UTF8Text) -> UTF8Text {
        UTF8Text(String(Substring(pattern.utf8.drop { $0 == UInt8(ascii: "/") })))
    }
}

extension TrustMap.Entry {
    fileprivate var json: JSON {
        [
            "paths": .array(paths.map(JSON.string)),
            "repositories": .array(repositories.map(JSON.text)),
            "threshold": .integer(threshold), "terminating": .boolean(isTerminating),
        ]
    }
}
