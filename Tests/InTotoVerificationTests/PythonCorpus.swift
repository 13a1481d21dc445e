// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoVerification
import MetadataSigning

/// One small supply chain and what Python's in-toto says of it; see the fixture's README.
struct PythonCase: Sendable, CustomStringConvertible {
    let name: String
    /// Whether Python takes the product.
    let passes: Bool
    private let layout: [UInt8]
    private let files: [UTF8Text: [UInt8]]
    private let parameters: [String: String]
    private let product: Product

    var description: String { name }

    /// All cases of the fixture.
    static func all() throws -> [PythonCase] {
        let path = fixture("SupplyChains/python-in-toto-3.1.0/cases.json")
        let document = try JSONDocument(contents(of: path))
        var cases: [PythonCase] = []
        for value in try document.root.object().required("cases").array() {
            cases.append(try PythonCase(value.object()))
        }
        return cases
    }

    private init(_ object: JSONObject) throws {
        name = try object.required("name").text().string
        passes = try object.required("passes").boolean()
        layout = try PythonCase.file(object.required("layout"))
        var files: [UTF8Text: [UInt8]] = [:]
        for member in try object.required("links").object() {
            files[member.key] = try PythonCase.file(member.value)
        }
        self.files = files
        var parameters: [String: String] = [:]
        let given = try object.required("parameters")
        if given.kind == .object {
            for member in try given.object() {
                parameters[member.key.string] = try member.value.text().string
            }
        }
        self.parameters = parameters
        let product = try object.required("product").object()
        self.product = Product(
            path: try product.required("name").text(),
            digests: [.sha256: try product.required("sha256").text().string])
    }

    /// Files stand in the fixture as JSON, or as text where they are none.
    private static func file(_ value: JSONValue) throws -> [UInt8] {
        value.kind == .string ? Array(try value.text().utf8) : value.tree().compactBytes()
    }

    /// Verifies the case as a user would.
    func verify() async throws {
        let owner = try Functionary("owner")
        let authority = Authority([.init(owner.id, owner.key.publicKey)], threshold: 1)
        let verified = try InTotoFile(layout).verified(by: authority) {
            value throws(JSONError) in try Layout(value)
        }
        _ = try await SupplyChainVerifier(
            layout: verified, evidence: Evidence(files: files), parameters: parameters,
            at: TestChain.now, product: ProductBinding(product)
        ).verify()
    }
}

/// The path of a fixture.
private func fixture(_ name: String, from file: String = #filePath) -> String {
    var folders = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    folders.append("Fixtures")
    return folders.joined(separator: "/") + "/" + name
}

private struct UnreadableFixture: Error {
    let path: String
}

private func contents(of path: String) throws -> [UInt8] {
    guard let stream = fopen(path, "r") else { throw UnreadableFixture(path: path) }
    defer { fclose(stream) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, stream)
        if count == 0 { return contents }
        contents.append(contentsOf: buffer[0..<count])
    }
}
