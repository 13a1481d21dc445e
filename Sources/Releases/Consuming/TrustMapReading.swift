// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import TUFMetadata

extension TrustMap {
    /// Bounds on a map file.
    public enum Limits {
        public static let bytes = 256 << 10
        public static let repositories = 64
        public static let urls = 16
        public static let urlBytes = 2048
        public static let entries = 1024
        public static let paths = 1024
        public static let pathBytes = 1024
        /// Repositories of one entry.
        public static let repositoriesOfEntry = 16
    }

    /// Reads a map file (TAP 4, "map.json").
    ///
    /// - Throws: ``JSONError``, with the place in the file: a member that is missing or that
    ///   TAP 4 does not have, a name that is no name, a repository that is not listed, and
    ///   whatever else could make an entry mean less than its author thinks.
    public init(_ bytes: [UInt8]) throws(JSONError) {
        let limits = JSONLimits(
            maximumBytes: Limits.bytes, maximumDepth: 8, maximumValues: Limits.bytes)
        let file = try JSONDocument(bytes, limits: limits).root.object()
        try TrustMap.refuseOthers(in: file, than: ["repositories", "mapping"])
        let repositories = try TrustMap.repositories(try file.required("repositories"))
        let mapping = try file.required("mapping")
        let values = try TrustMap.list(mapping, "entries", atMost: Limits.entries)
        var entries: [Entry] = []
        for value in values { entries.append(try Entry(value, among: repositories)) }
        self.init(repositories: repositories, entries: entries)
    }

    private static func repositories(_ value: JSONValue) throws(JSONError) -> [Repository] {
        var repositories: [Repository] = []
        for member in try value.object() {
            guard repositories.count < Limits.repositories else {
                throw value.mismatch("at most \(Limits.repositories) repositories")
            }
            try check(name: member.key, at: value.path)
            repositories.append(
                Repository(name: member.key.string, urls: try urls(member.value)))
        }
        guard !repositories.isEmpty else { throw value.mismatch("one repository or more") }
        return repositories
    }

    /// A name becomes a folder's name: none that could leave the folder of all repositories.
    private static func check(name: UTF8Text, at path: String) throws(JSONError) {
        guard name != UTF8Text(reservedName) else {
            throw .mismatch(
                path: path, found: "name \(quoted(name))",
                expected: "another, for this one stands for the map itself,")
        }
        guard TrustedRepository.isName(name.string) else {
            throw .mismatch(
                path: path, found: "name \(quoted(name))",
                expected: "1 to 64 letters, digits and . _ + -, no dot first,")
        }
    }

    private static func urls(_ value: JSONValue) throws(JSONError) -> [String] {
        let values = try list(value, "URLs", atMost: Limits.urls)
        var urls: [UTF8Text] = []
        for value in values {
            let url = try value.text()
            guard isURL(url) else { throw value.mismatch("a URL such as https://example.org/x") }
            guard !urls.contains(url) else { throw value.mismatch("each URL once") }
            urls.append(url)
        }
        return urls.map(\.string)
    }

    private static func isURL(_ url: UTF8Text) -> Bool {
        let isPlain = url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let hasPlace = ["https://", "http://", "file:///"].contains { scheme in
            let start = url.string.utf8.prefix(scheme.utf8.count)
            let rest = url.string.utf8.dropFirst(scheme.utf8.count)
            return String(Substring(start)).lowercased() == scheme
                && rest.first.map { $0 != UInt8(ascii: "/") } == true
        }
        return isPlain && hasPlace && url.count <= Limits.urlBytes
    }

    /// The elements of a list that may be neither empty nor too long.
    static func list(
        _ value: JSONValue, _ what: String, atMost maximum: Int
    ) throws(JSONError) -> [JSONValue] {
        let values = try value.array()
        guard !values.isEmpty else {
            throw .mismatch(path: value.path, found: "no \(what)", expected: "one or more")
        }
        guard values.count <= maximum else {
            throw .mismatch(
                path: value.path, found: "\(values.count) \(what)",
                expected: "at most \(maximum)")
        }
        return values
    }

    /// A misspelt member must not go unnoticed.
    static func refuseOthers(
        in object: JSONObject, than known: [UTF8Text]
    ) throws(JSONError) {
        for member in object where !known.contains(member.key) {
            throw .mismatch(
                path: object.value.path, found: "member \(quoted(member.key))",
                expected: "only " + known.map(\.string).joined(separator: ", "))
        }
    }
}

extension TrustMap.Entry {
    init(
        _ value: JSONValue, among known: [TrustMap.Repository]
    ) throws(JSONError) {
        let object = try value.object()
        try TrustMap.refuseOthers(
            in: object, than: ["paths", "repositories", "threshold", "terminating"])
        let names = try Self.names(try object.required("repositories"), among: known)
        self.init(
            paths: try Self.patterns(try object.required("paths")), repositories: names,
            threshold: try object.required("threshold").integer(in: 1...names.count),
            isTerminating: try object.required("terminating").boolean())
    }

    private static func names(
        _ value: JSONValue, among known: [TrustMap.Repository]
    ) throws(JSONError) -> [String] {
        let maximum = TrustMap.Limits.repositoriesOfEntry
        var names: [UTF8Text] = []
        for value in try TrustMap.list(value, "repositories", atMost: maximum) {
            let name = try value.text()
            guard known.contains(where: { UTF8Text($0.name) == name }) else {
                throw value.mismatch("one of \(known.map(\.name).joined(separator: ", "))")
            }
            guard !names.contains(name) else { throw value.mismatch("each repository once") }
            names.append(name)
        }
        return names.map(\.string)
    }

    private static func patterns(_ value: JSONValue) throws(JSONError) -> [UTF8Text] {
        var patterns: [UTF8Text] = []
        for value in try TrustMap.list(value, "paths", atMost: TrustMap.Limits.paths) {
            let pattern = try value.text()
            guard isUsable(pattern) else {
                throw value.mismatch("a pattern that some target path can match")
            }
            patterns.append(pattern)
        }
        return patterns
    }

    /// Whether some path can match: an entry that covers nothing would leave its files to the
    /// entries below, without a word.
    private static func isUsable(_ text: UTF8Text) -> Bool {
        let pattern = TrustMap.withoutLeadingSlashes(text)
        guard (1...TrustMap.Limits.pathBytes).contains(pattern.count) else { return false }
        if Wildcard(pattern).isLiteral { return TargetPath(pattern) != nil }
        return pattern.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
    }
}
