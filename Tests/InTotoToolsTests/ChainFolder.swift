// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools
import MetadataSigning

/// A folder with a chain that one key signs all of.
struct ChainFolder: ~Copyable {
    let folder: TestFolder
    let key: PrivateKey

    init() throws {
        let key = try PrivateKey(ed25519Seed: [UInt8](repeating: 7, count: 32))
        let folder = try TestFolder()
        mkdir("\(folder.path)/product", 0o755)
        self.key = key
        self.folder = folder
    }

    var id: String { key.publicKey.keyID.text.string }

    var keys: JSON {
        var object = key.publicKey.json
        object.set("keyid", .text(id))
        return .object([.init(UTF8Text(id), object)])
    }

    func step(_ name: String, threshold: Int = 1, products: JSON = []) -> JSON {
        [
            "_type": "step", "name": .text(name), "pubkeys": [.text(id)],
            "threshold": .integer(threshold), "expected_command": [], "expected_materials": [],
            "expected_products": products,
        ]
    }

    func inspection(_ name: String, _ command: JSON, products: JSON = []) -> JSON {
        [
            "_type": "inspection", "name": .text(name), "run": command,
            "expected_materials": [], "expected_products": products,
        ]
    }

    func layout(_ steps: [JSON], _ inspections: [JSON] = []) -> JSON {
        [
            "_type": "layout", "expires": "2100-01-01T00:00:00Z", "readme": "", "keys": keys,
            "steps": .array(steps), "inspect": .array(inspections),
        ]
    }

    func link(_ name: String, products: [String] = []) -> JSON {
        [
            "_type": "link", "name": .text(name), "materials": [:],
            "products": .object(products.map { .init(UTF8Text($0), ["sha256": "aa"]) }),
            "byproducts": [:], "command": [], "environment": [:],
        ]
    }

    /// A file of the chain, signed.
    func signed(_ document: JSON) throws -> [UInt8] {
        let file: JSON = [
            "signed": document,
            "signatures": [
                ["keyid": .text(id), "sig": .text(hex(try key.sign(document.canonicalBytes())))]
            ],
        ]
        return file.compactBytes()
    }

    func write(_ document: JSON, _ step: String, in path: String = "") throws {
        try folder.write(signed(document), to: "\(path)\(step).\(id.prefix(8)).link")
    }

    /// Why the chain is refused; `nil` if it is not.
    func refusal(_ layout: [UInt8]) -> ToolError? {
        let now = Instant(seconds: time(nil))
        var options = ToolVerifier.Options(now: now)
        options.linkDirectory = folder.path
        options.inspectionDirectory = "\(folder.path)/product"
        do throws(ToolError) {
            try ToolVerifier(options).verify(
                try ToolDocument(layout, at: now), keys: [ToolKey(key.publicKey)])
            return nil
        } catch {
            return error
        }
    }
}
