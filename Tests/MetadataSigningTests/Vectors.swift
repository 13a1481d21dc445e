// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Testing

/// A file of `Fixtures/Vectors/MetadataSigning`.
func vectorBytes(_ name: String, filePath: String = #filePath) throws -> [UInt8] {
    let root = filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/Fixtures/Vectors/MetadataSigning/\(name)"
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

func vectors(_ name: String) throws -> JSON {
    try JSONDocument(try vectorBytes(name)).root.tree()
}

extension JSON {
    /// The text of a member that the vector must have.
    func string(_ name: UTF8Text) throws -> String { try #require(self[name]?.text).string }

    func list(_ name: UTF8Text) throws -> [JSON] { try #require(self[name]?.elements) }
}

func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

/// The key of an object as metadata holds it.
func publicKey(_ type: String, _ scheme: String, _ value: String) throws -> PublicKey {
    let object: JSON = [
        "keytype": .text(type), "scheme": .text(scheme), "keyval": ["public": .text(value)],
    ]
    return try PublicKey(try JSONDocument(object.compactBytes()).root)
}

/// An ed25519 key that is the same in each run.
func seeded(_ seed: UInt8) throws -> PrivateKey {
    try PrivateKey(ed25519Seed: [UInt8](repeating: seed, count: 32))
}

extension PublicKey {
    func accepts(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        message.withUnsafeBytes { verifies(signature, over: $0) }
    }
}

/// One public key of P-256 in PEM, and the same one written otherwise.
func p256Encodings() throws -> (pem: String, others: [(name: String, value: String)]) {
    let keys = try vectors("keys.json")
    let pem = try #require(keys["public"]).string("p256")
    let others = try #require(keys["p256"]?.members).map { member in
        (member.key.string, try #require(member.value.text).string)
    }
    return (pem, others)
}
