// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoVerification
import Inspecting
import MetadataSigning
import Testing

@Suite("Built-in inspections against in-toto 3.1.0 with the real tools")
struct InspectionInteropTests {
    /// What in-toto recorded when the real program ran.
    struct Case: Sendable {
        let product: String
        let command: [UTF8Text]
        let materials: [String: String]
        let products: [String: String]
        /// Whether the archive is of a kind that is read.
        let isTaken: Bool

        init(_ line: String) throws {
            let object = try JSONDocument(Array(line.utf8)).root.object()
            product = try object.required("product").text().string
            command = try object.required("command").texts()
            materials = try Case.artifacts(object.required("materials"))
            products = try Case.artifacts(object.required("products"))
            isTaken = try object.required("taken").boolean()
            let status = try object.required("status").integer()
            try #require(status == 0, "the real command fails: \(line.prefix(300))")
        }

        private static func artifacts(_ value: JSONValue) throws -> [String: String] {
            var artifacts: [String: String] = [:]
            for member in try value.object() {
                artifacts[member.key.string] =
                    try member.value.object().required("sha256").text().string
            }
            return artifacts
        }
    }

    @Test("what is recorded is what in-toto records, for 140 products and commands")
    func sameAsPython() async throws {
        let folder = TestFolder()
        let cases = try Python.run("inspections.py", [folder.path]).map(Case.init)
        #expect(cases.count >= 140)
        for one in cases {
            let name = UTF8Text(String(one.product.split(separator: "/").last ?? ""))
            let before = try #require(one.materials[name.string])
            let product = Product(path: name, digests: [.sha256: before])
            let inspection = Inspection(
                name: "unpack", run: one.command, expectedMaterials: [], expectedProducts: [])
            let runner = BuiltInInspections(of: .path(one.product))
            do throws(InspectionFailure) {
                let record = try await runner.run(inspection, on: product)
                let isTaken = one.isTaken
                #expect(isTaken, "\(one.product) \(one.command)")
                #expect(digests(record?.materials) == one.materials, "\(one.command)")
                #expect(digests(record?.products) == one.products, "\(one.command)")
                #expect(record?.manner == .builtIn)
            } catch {
                let isTaken = one.isTaken
                #expect(!isTaken, "\(one.command): \(error)")
            }
        }
        let left = try folder.names().filter { $0.hasPrefix("./cell") && $0.contains("carnet") }
        #expect(left.isEmpty)
    }

    private func digests(_ artifacts: Artifacts?) -> [String: String]? {
        artifacts.map { artifacts in
            Dictionary(uniqueKeysWithValues: artifacts.map { ($0.name.string, $0.sha256 ?? "") })
        }
    }
}
