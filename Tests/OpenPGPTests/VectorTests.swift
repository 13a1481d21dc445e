// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import OpenPGP
import Testing

@Suite("Kept keys of gpg: the same today as when they were made")
struct VectorTests {
    private func vectors() throws -> JSON {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let folder = TestFolder()
        try shell(["cp", "\(root)/Fixtures/Vectors/OpenPGP/certificates.json", folder.path])
        let bytes = try #require(folder.bytes("certificates.json"))
        return try JSONDocument(bytes).root.tree()
    }

    @Test("each certificate is read, as Python reads it and strictly, and its signatures count")
    func all() throws {
        let vectors = try vectors()
        let message = Array((vectors["message"]?.text?.string ?? "").utf8)
        let keys = try #require(vectors["keys"]?.elements)
        #expect(keys.count == 6)
        for entry in keys {
            let name = entry["name"]?.text?.string ?? ""
            let export = try #require(bytes(fromBase64: entry["certificate"]?.text?.string ?? ""))
            let id = entry["object"]?["keyid"]?.text?.string ?? ""
            let python = try OpenPGPKey(asPythonReads: export, keyID: id)
            #expect(python.json.canonicalBytes() == entry["object"]?.canonicalBytes(), "\(name)")
            let certificate = try OpenPGPCertificate(export)
            let key = try PublicKey(file: certificate.armored)
            let signatures = try #require(entry["signatures"]?.elements)
            #expect(!signatures.isEmpty)
            for signature in signatures {
                let file: JSON = [
                    "signatures": [signature], "signed": try JSONDocument(message).root.tree(),
                ]
                let made = Instant("2026-12-01T00:00:00Z")!
                let count = try SignedFile(file.compactBytes()).count(
                    by: Authority([.init(key)], threshold: 1, at: made))
                #expect(count.isMet != name.hasSuffix("revoked"), "\(name): \(count)")
            }
        }
    }
}
