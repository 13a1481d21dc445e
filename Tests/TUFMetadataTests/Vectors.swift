// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import TUFMetadata
import Testing

/// A file of `Fixtures/Vectors/TUFMetadata`.
func vectorBytes(_ name: String, filePath: String = #filePath) throws -> [UInt8] {
    let root = filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/Fixtures/Vectors/TUFMetadata/\(name)"
    let file = try #require(fopen(path, "rb"), "\(path) is missing")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        guard count > 0 else { return bytes }
        bytes += chunk[0..<count]
    }
}

/// The rows of one table of `delegations.json`.
func delegationVectors(_ name: UTF8Text) throws -> [[JSON]] {
    let tree = try JSONDocument(try vectorBytes("delegations.json")).root.tree()
    return try #require(tree[name]?.elements).map { try #require($0.elements) }
}

func path(_ text: UTF8Text) throws -> TargetPath {
    try #require(TargetPath(text), "\(quoted(text)) is refused")
}

/// A document, changed in one place.
struct Edit: Sendable, CustomTestStringConvertible {
    /// Names of members and indices of elements, as in `roles.root.keyids.0`, split at `.`.
    let place: String
    /// What stands there instead, as JSON; `nil` takes it away.
    let text: String?

    init(_ place: String, _ text: String?) {
        self.place = place
        self.text = text
    }

    var testDescription: String { "\(place) = \(text ?? "nothing")" }

    func apply(to base: String) throws -> JSONValue {
        let tree = try JSONDocument(Array(base.utf8)).root.tree()
        let value = try text.map { try JSONDocument(Array($0.utf8)).root.tree() }
        let edited = try change(tree, place.split(separator: ".").map(String.init)[...], value)
        return try JSONDocument(edited.compactBytes()).root
    }

    private func change(_ tree: JSON, _ place: ArraySlice<String>, _ value: JSON?) throws -> JSON {
        let name = try #require(place.first)
        switch tree {
        case .array(var elements):
            let index = try #require(Int(name))
            elements[index] =
                place.count == 1
                ? try #require(value) : try change(elements[index], place.dropFirst(), value)
            return .array(elements)
        case .object(var members):
            let index = members.firstIndex { $0.key == UTF8Text(name) }
            let new =
                place.count == 1
                ? value
                : try change(members[try #require(index)].value, place.dropFirst(), value)
            if let index { members.remove(at: index) }
            if let new { members.append(JSON.Member(UTF8Text(name), new)) }
            return .object(members)
        default:
            Issue.record("\(self.place) leads nowhere")
            return tree
        }
    }

    /// The words of the refusal when `decode` reads the changed document; `nil` if it does not.
    func refusal<Document>(
        of base: String, _ decode: (JSONValue) throws(JSONError) -> Document
    ) throws -> String? {
        let value = try apply(to: base)
        do throws(JSONError) {
            _ = try decode(value)
            return nil
        } catch {
            return error.description
        }
    }
}

/// Small documents that are right, to be changed.
enum Base {
    static let digest = String(repeating: "ab", count: 32)
    static let role = #"{"keyids":["k1"],"threshold":1}"#
    static let key = """
        {"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"\(digest)"}}
        """
    static let root = """
        {"_type":"root","spec_version":"1.0.34","version":3,"expires":"2030-01-01T00:00:00Z",
        "consistent_snapshot":true,"keys":{"k1":\(key),"k2":\(key)},
        "roles":{"root":{"keyids":["k1","k2"],"threshold":2},"timestamp":\(role),
        "snapshot":\(role),"targets":\(role)}}
        """
    static let timestamp = """
        {"_type":"timestamp","spec_version":"1.0.34","version":3,"expires":"2030-01-01T00:00:00Z",
        "meta":{"snapshot.json":{"version":4,"length":99,"hashes":{"sha256":"\(digest)"}}}}
        """
    static let snapshot = """
        {"_type":"snapshot","spec_version":"1.0.34","version":3,"expires":"2030-01-01T00:00:00Z",
        "meta":{"targets.json":{"version":5},"a/b.json":{"version":6,"length":7}}}
        """
    static let targets = """
        {"_type":"targets","spec_version":"1.0.34","version":3,"expires":"2030-01-01T00:00:00Z",
        "targets":{"a":{"length":5,"hashes":{"sha256":"\(digest)"},"custom":{"x":1}}},
        "delegations":{"keys":{"k1":\(key)},"roles":[{"name":"r","keyids":["k1"],"threshold":1,
        "terminating":true,"paths":["a/*"]}]}}
        """
    static let bins = """
        {"_type":"targets","spec_version":"1.0.34","version":3,"expires":"2030-01-01T00:00:00Z",
        "targets":{},"delegations":{"keys":{"k1":\(key)},"succinct_roles":{"keyids":["k1"],
        "threshold":1,"bit_length":8,"name_prefix":"bin"}}}
        """
}
