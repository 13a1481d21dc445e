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
    private let object: JSONObject

    /// Checks every entry once, so that reading one later cannot fail.
    ///
    /// An entry with an unsafe path is no error of the file: nobody can ask for it.
    init(_ object: JSONObject) throws(JSONError) {
        self.object = object
        for member in object {
            if let path = TargetPath(member.key) { _ = try TargetFile(path: path, member.value) }
        }
    }

    /// The entry of this path, or `nil`.
    public subscript(path: TargetPath) -> TargetFile? {
        object[path.text].flatMap { try? TargetFile(path: path, $0) }
    }

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

    public func makeIterator() -> Iterator { Iterator(members: object.makeIterator()) }
}
