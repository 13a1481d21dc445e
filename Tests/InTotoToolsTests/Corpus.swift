// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools
import MetadataSigning

/// One supply chain and what in-toto-verify 3.1.0 says of it; see the fixture's README.
struct CorpusCase: Sendable, CustomStringConvertible {
    let name: String
    /// The class of python's exception; `nil` if it passes.
    let error: String?
    /// Links that in-toto-verify left behind, by name: SHA-256.
    let made: [String: String]
    let warnings: Int
    let timeoutSeconds: Int
    let parameters: [(String, String)]?
    let layout: [UInt8]
    let keys: [[UInt8]]
    let openPGP: JSON?
    let links: [(String, [UInt8])]
    let product: [(String, [UInt8])]
    let symbolicLinks: [(String, String)]

    var description: String { name }
}

/// The fixture: a table of lines, files made of them, and cases that name the files.
struct Corpus: Sendable {
    let cases: [CorpusCase]

    init() throws {
        let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let path =
            (folders + ["Fixtures", "SupplyChains", "python-in-toto-verify", "cases.json"])
            .joined(separator: "/")
        let root = try JSONDocument(ToolFile.read(path)).root.object()
        let lines = try root.required("lines").texts().map { Array($0.utf8) }
        var files: [[UInt8]] = []
        for file in try root.required("files").array() {
            files.append(try Corpus.file(file, lines))
        }
        var cases: [CorpusCase] = []
        for value in try root.required("cases").array() {
            cases.append(try Corpus.readCase(value.object(), files))
        }
        self.cases = cases
    }

    private static func file(_ value: JSONValue, _ lines: [[UInt8]]) throws -> [UInt8] {
        if value.kind == .string { return bytes(fromBase64: try value.text().string) ?? [] }
        let numbers = try value.array().map { try $0.integer(in: 0...lines.count - 1) }
        return Array(numbers.map { lines[$0] }.joined(separator: [UInt8(ascii: "\n")]))
    }

    private static func readCase(_ object: JSONObject, _ files: [[UInt8]]) throws -> CorpusCase {
        func file(_ value: JSONValue) throws -> [UInt8] {
            files[try value.integer(in: 0...files.count - 1)]
        }
        func named(_ member: UTF8Text) throws -> [(String, [UInt8])] {
            try object[member]?.object().map { ($0.key.string, try file($0.value)) } ?? []
        }
        func texts(_ member: UTF8Text) throws -> [(String, String)]? {
            try object[member]?.object().map { ($0.key.string, try $0.value.text().string) }
        }
        let error = try object.required("error")
        return CorpusCase(
            name: try object.required("name").text().string,
            error: error.kind == .null ? nil : try error.text().string,
            made: Dictionary(
                uniqueKeysWithValues: try texts("made") ?? []),
            warnings: try object["warnings"]?.integer() ?? 0,
            timeoutSeconds: try object["timeout"]?.integer() ?? 10,
            parameters: try texts("parameters"), layout: try file(try object.required("layout")),
            keys: try object.required("keys").array().map { try file($0) },
            openPGP: object["gpg"]?.tree(), links: try named("links"),
            product: try named("product"), symbolicLinks: try texts("links_to") ?? [])
    }
}
