// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import MetadataSigning
import Testing

/// A file of `Fixtures/Vectors/InTotoMetadata`.
func vectors(_ name: String, filePath: String = #filePath) throws -> JSON {
    let root = filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/Fixtures/Vectors/InTotoMetadata/\(name)"
    let file = try #require(fopen(path, "rb"), "\(path) is missing")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
        bytes += chunk[0..<count]
    }
    return try JSONDocument(bytes).root.tree()
}

/// The documents that Python wrote: what it writes, and the bytes it signs.
func writtenVectors() throws -> [(signed: JSON, signable: [UInt8])] {
    try #require(try vectors("documents.json")["written"]?.elements).map { row in
        (
            try #require(row["signed"]),
            Array(try #require(row["signable"]?.text).utf8)
        )
    }
}

/// The tree with one place changed: names and indices split at `.`; `nil` takes the member away.
func edited(_ tree: JSON, _ place: some Collection<Substring>, _ value: JSON?) throws -> JSON {
    let name = try #require(place.first)
    let rest = place.dropFirst()
    switch tree {
    case .array(var elements):
        let index = try #require(Int(name))
        elements[index] = try rest.isEmpty ? #require(value) : edited(elements[index], rest, value)
        return .array(elements)
    case .object(var members):
        let index = members.firstIndex { $0.key == UTF8Text(String(name)) }
        let old = index.map { members.remove(at: $0).value }
        let new = try rest.isEmpty ? value : edited(try #require(old), rest, value)
        if let new { members.append(JSON.Member(UTF8Text(String(name)), new)) }
        return .object(members)
    default: throw JSONError.missing(path: String(name))
    }
}

func edited(_ tree: JSON, _ place: String, _ value: JSON?) throws -> JSON {
    try edited(tree, place.split(separator: "."), value)
}

func value(_ tree: JSON) throws -> JSONValue { try JSONDocument(tree.compactBytes()).root }

func value(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8)).root }

/// The words of the refusal, or `nil`.
func refusal<Document>(
    of tree: JSON, _ decode: (JSONValue) throws(JSONError) -> Document
) throws -> String? {
    let value = try value(tree)
    do throws(JSONError) {
        _ = try decode(value)
        return nil
    } catch {
        return error.description
    }
}

func readLayout(_ value: JSONValue) throws(JSONError) -> Layout { try Layout(value) }
func readLink(_ value: JSONValue) throws(JSONError) -> Link { try Link(value) }
