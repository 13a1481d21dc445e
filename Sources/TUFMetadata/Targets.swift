// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// Target files and delegations, of the top-level role or a delegated one (TUF 1.0.34 §4.5).
public struct Targets: Sendable {
    public let version: Int
    public let expires: Instant
    public let files: TargetFiles
    public let delegations: Delegations?
    /// The whole `signed` part, unknown members included.
    public let value: JSONValue

    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let common = try CommonFields(object, type: "targets")
        (version, expires) = (common.version, common.expires)
        files = try TargetFiles(try object.required("targets").object())
        if let listed = object["delegations"] {
            delegations = try Delegations(listed)
        } else {
            delegations = nil
        }
        self.value = value
    }
}

/// What is signed about one target file.
public struct TargetFile: Sendable {
    public let path: TargetPath
    /// Length in bytes, exactly.
    public let length: Int
    /// At least one digest.
    public let hashes: [DigestAlgorithm: String]
    /// Whatever the signer added; TUF gives it no meaning.
    public let custom: JSON?

    init(path: TargetPath, _ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        self.path = path
        length = try object.required("length").integer(in: 0...countLimit)
        hashes = try TUFMetadata.hashes(try object.required("hashes"))
        if let custom = object["custom"] {
            _ = try custom.object()
            self.custom = custom.tree()
        } else {
            self.custom = nil
        }
    }

    /// The digest that is checked, and that stands in the file name: SHA-256 if listed.
    public var digest: (algorithm: DigestAlgorithm, hex: String) {
        for algorithm in [DigestAlgorithm.sha256, .sha512, .sha384] {
            if let hex = hashes[algorithm] { return (algorithm, hex) }
        }
        preconditionFailure("a target file has a digest")
    }
}

/// The `targets` member: decoded entry by entry, when asked.
public struct TargetFiles: Sendable, Sequence {
    private let entries: MemberIndex

    /// Checks every entry once, so that reading one later cannot fail.
    ///
    /// An entry with an unsafe path is no error of the file: nobody can ask for it.
    init(_ object: JSONObject) throws(JSONError) {
        let document = object.value.document
        entries = try MemberIndex(object) { (key, value) throws(JSONError) in
            if let path = key.plainText {
                if !TargetPath.isSafe(path) || Shape.isPlainTargetFile(value) { return }
            }
            guard let path = TargetPath(try JSONValue(key, of: document).text()) else { return }
            _ = try TargetFile(path: path, JSONValue(value, of: document))
        }
    }

    /// The entry of this path, or `nil`.
    public subscript(path: TargetPath) -> TargetFile? {
        entries[path.text].flatMap { try? TargetFile(path: path, $0) }
    }

    /// The entry of this path as it is written, or `nil`.
    package func entry(_ path: TargetPath) -> JSON? { entries[path.text]?.tree() }

    /// The entry at each path, in the order of the document.
    public struct Iterator: IteratorProtocol {
        var members: JSONObject.Iterator

        public mutating func next() -> TargetFile? {
            while let member = members.next() {
                if let path = TargetPath(member.key),
                    let file = try? TargetFile(path: path, member.value)
                {
                    return file
                }
            }
            return nil
        }
    }

    public func makeIterator() -> Iterator { Iterator(members: entries.object.makeIterator()) }

    /// The paths alone, in the order of the document: for who looks for some by their names.
    public var paths: some Sequence<TargetPath> {
        entries.object.lazy.compactMap { TargetPath($0.key) }
    }
}
