// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning
package import TUFMetadata

extension RepositorySimulator {
    /// Puts a rotation file on the server (TAP 8) and lists it in the next snapshot.
    ///
    /// - Parameters:
    ///   - keys: the role's from now on; none for its end (TAP 20).
    ///   - signers: those before.
    ///   - signed: changes the document before it is signed.
    package mutating func rotate(
        _ role: RoleName, _ number: Int, to keys: [TestKey], threshold: Int = 1,
        signedBy signers: [TestKey], signed: (inout JSON) -> Void = { _ in }
    ) {
        var document: JSON = [
            "_type": "rotate", "version": .integer(number), "role": .string(role.text),
            "keys": keyMap(keys), "threshold": .integer(threshold),
        ]
        signed(&document)
        let message = document.canonicalBytes()
        let file: JSON = [
            "signatures": .array(signers.map { $0.sign(message) }), "signed": document,
        ]
        let bytes = file.compactBytes()
        server["rotate/\(role.encoded).rotate.\(number)"] = bytes
        var entry: JSON = ["version": .integer(number)]
        if listsDigests {
            entry.set("length", .integer(bytes.count))
            entry.put(
                .text(DigestAlgorithm.sha256.hexDigest(of: bytes)), at: "hashes", "sha256")
        }
        let name = UTF8Text("rotate/\(role.text).rotate.\(number)")
        otherFiles.removeAll { $0.key == name }
        otherFiles.append(JSON.Member(name, entry))
    }
}
